//! Registers a patient at the desk, and corrects a patient's details.

use medlane_shared::{
    access::{Action, Grant, Role},
    fault::{Code, Fault, FieldCode, Language},
    identity::PatientView,
    ids::PersonId,
    notify::{Channel, masked},
};
use serde_json::{Value as Json, json};

use super::{desk::at_desk, store};
use crate::{
    identity::{
        merge::{Traits, likeness},
        people::{Person, person_insert},
        store::{Account, account_by_email, account_held},
        subjects::details_changed,
    },
    notify::{self, Message, Template, inbox},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Registers a patient.
#[derive(Debug, Clone)]
pub struct PatientAdd {
    /// Their data; the caller has made the id.
    pub patient: PatientView,
    /// The language of messages to them.
    pub language: Option<String>,
    /// Set if the caller has checked that the patient is none of the similar ones.
    pub is_new: bool,
}

impl Op for PatientAdd {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let grant = at_desk(unit.actor(), Action::PatientRegister)?;
        let PatientView { id, name, birth_date, phone, email, gender, .. } = &self.patient;
        let clinic = unit.clinic();
        if let Some(email) = email
            && account_by_email(unit.reads().await?, clinic, email).await?.is_some()
        {
            return Err(Fault::new(Code::AccountExists).field("email", FieldCode::Taken).into());
        }
        if !self.is_new {
            nobody_alike(unit, &grant, &self.patient, None).await?;
        }
        let person = Person {
            id: *id,
            name: name.clone(),
            email: email.clone(),
            phone: phone.clone(),
            birth_date: birth_date.clone(),
            language: self.language.clone(),
            password: None,
            gender: *gender,
            roles: vec![Role::Patient],
            branches: Vec::new(),
        };
        person_insert(unit, &[person]).await?;
        let entry = Entry::new("patient.register", format!("person:{id}")).by(&grant).patient(Some(*id));
        Ok(unit.commit(entry, *id))
    }
}

/// Refuses the patient if others are similar. For a correction of `before`, only patients that were not similar
/// before count.
async fn nobody_alike(
    unit: &mut Unit<'_>,
    grant: &Grant,
    patient: &PatientView,
    before: Option<&PatientView>,
) -> Result<(), Failure> {
    let PatientView { name, birth_date, phone, .. } = patient;
    let (birth_date, phone) = (birth_date.as_deref(), phone.as_deref());
    let near = store::patient_alike(unit.reads().await?, grant, name, birth_date, phone).await?;
    let is_alike = |one: &PatientView, other: &PatientView| {
        // The new, unconfirmed number is compared with confirmed numbers only.
        let phone = other.phone.as_deref().filter(|_| other.proven.contains(&Channel::Sms));
        let own =
            Traits { name: &one.name, birth_date: one.birth_date.as_deref(), phone: one.phone.as_deref() };
        likeness(&own, &Traits { name: &other.name, birth_date: other.birth_date.as_deref(), phone })
            .is_some()
    };
    let is_news = |other: &PatientView| {
        let knew = before.is_some_and(|before| is_alike(before, other));
        other.id != patient.id && is_alike(patient, other) && !knew
    };
    let alike: Vec<PatientView> = near.into_iter().filter(is_news).collect();
    if alike.is_empty() { Ok(()) } else { Err(Fault::new(Code::PatientAlike).present(&alike).into()) }
}

/// Corrects a patient's details and contacts.
#[derive(Debug, Clone)]
pub struct Correct {
    /// The new values.
    pub patient: PatientView,
    /// Set if the caller has checked that the patient is none of the similar ones.
    pub is_new: bool,
    /// The version that the caller saw.
    pub version: i64,
}

impl Op for Correct {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let grant = at_desk(unit.actor(), Action::PatientRegister)?;
        let (id, clinic) = (self.patient.id, unit.clinic());
        let account = account_held(unit.reads().await?, &grant, id).await?;
        // Staff change their own details, and an administrator decides what of a removed account is kept.
        let account = account.filter(|account| account.roles == [Role::Patient]).ok_or(Code::NotFound)?;
        let before = store::patient_by_id(unit.reads().await?, &grant, id).await?.ok_or(Code::NotFound)?;
        if before.version != self.version {
            return Err(Fault::new(Code::VersionStale).present(&before).into());
        }
        if let Some(email) =
            self.patient.email.as_deref().filter(|email| Some(*email) != before.email.as_deref())
            && let Some(holder) = account_by_email(unit.reads().await?, clinic, email).await?
            && holder.is_other_than(id)
        {
            return Err(Fault::new(Code::AccountExists).field("email", FieldCode::Taken).into());
        }
        if !self.is_new {
            nobody_alike(unit, &grant, &self.patient, Some(&before)).await?;
        }
        store::patient_put(unit.writes().await?, &grant, &self.patient).await?;
        let changed = changed(&before, &self.patient);
        for channel in [Channel::Email, Channel::Sms] {
            let now = if channel == Channel::Email { &self.patient.email } else { &self.patient.phone };
            if let Some(was) = account.proven(channel).filter(|was| Some(*was) != now.as_deref()) {
                tell_before(unit, &account, (channel, was)).await?;
            }
        }
        details_changed(unit, id).await?;
        let entry = Entry::new("patient.correct", format!("person:{id}"))
            .by(&grant)
            .patient(Some(id))
            .detail(told(&account, &before, &self.patient, &changed));
        Ok(unit.commit(entry, id))
    }
}

/// What the log tells of a correction: the values before and after. Contacts are masked, because they are erased with an account.
fn told(account: &Account, before: &PatientView, now: &PatientView, changed: &[&'static str]) -> Json {
    let values = |of: &PatientView| {
        let contact = |address: &Option<String>| address.as_deref().map(masked);
        let all = json!({
            "name": of.name, "birth_date": of.birth_date, "gender": of.gender, "language": of.language,
            "phone": contact(&of.phone), "email": contact(&of.email),
        });
        let Json::Object(mut all) = all else { return Json::Null };
        all.retain(|name, _| changed.contains(&name.as_str()));
        // A contact that changed is not confirmed any more.
        let kept = |channel: &Channel| {
            let address = if *channel == Channel::Email { &of.email } else { &of.phone };
            account.proven(*channel) == address.as_deref()
        };
        let proven: Vec<Channel> = account.proven_channels().into_iter().filter(kept).collect();
        all.insert("proven".to_owned(), json!(proven));
        all.into()
    };
    json!({ "changed": changed, "before": values(before), "after": values(now) })
}

/// The names of the fields that changed.
fn changed(before: &PatientView, now: &PatientView) -> Vec<&'static str> {
    let fields = [
        ("name", before.name != now.name),
        ("birth_date", before.birth_date != now.birth_date),
        ("gender", before.gender != now.gender),
        ("phone", before.phone != now.phone),
        ("email", before.email != now.email),
        ("language", before.language != now.language),
    ];
    fields.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
}

/// Notifies the patient at the confirmed contact that was replaced, and in their inbox. Otherwise a correction could
/// take away their account without their knowledge.
async fn tell_before(
    unit: &mut Unit<'_>,
    account: &Account,
    (channel, to): (Channel, &str),
) -> Result<(), Failure> {
    let language = account.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    let template = Template::ContactCorrected;
    inbox::put(unit, account.id, template, &[], language).await?;
    let message = Message {
        person: Some(account.id),
        channel,
        to,
        template,
        named: &[],
        language,
        due_at: None,
        expires_at: None,
        held: None,
    };
    notify::post(unit, message).await.map(drop)
}
