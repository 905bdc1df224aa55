//! Inviting, suspending, reinstating, promoting and removing people.

use medlane_shared::{
    access::{Actor, Grant, Role},
    fault::{Code, Fault, FieldCode, Language},
    identity::{Accepted, PersonView, ProvenHow, Standing},
    ids::{BranchId, PersonId, VerificationId},
    notify::Channel,
};
use serde_json::json;

use super::{
    managed::{as_patient, managed, manages, reason, seen},
    store,
};
use crate::{
    attempts::{self, Try},
    clinic::{Catalogue, given_prune, publish},
    identity::{
        confirm,
        contact::{Contact, holder, person_store, secret_hash_of, sends, settle, store as verification},
        entry_store::entry_renew,
        ops::{end_all, password_replace},
        people::{Person, person_insert},
        profile::left,
        store::{account_by_email, account_by_id, account_erase, account_held},
    },
    notify::{self, Message, Template},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// How long an invitation is valid, in milliseconds.
const INVITATION_MS: i64 = 7 * 86_400_000;
/// The purpose of an invitation among the verifications.
const PURPOSE: &str = "invite";
/// The data that is erased with a removed account. The person's identity stays.
const ERASED: &[&str] =
    &["password", "factor", "contacts", "sessions", "push", "verifications", "avatar", "notices"];

/// Checks the roles and branches of a person.
fn check(unit: &Unit<'_>, roles: &[Role], branches: &[BranchId]) -> Result<(), Failure> {
    let wrong = |field: &str, why: FieldCode| Failure::from(Fault::new(Code::Invalid).field(field, why));
    let mut once = roles.to_vec();
    once.sort();
    once.dedup();
    if roles.is_empty() || once.len() != roles.len() || roles.iter().any(|role| role.is_device()) {
        return Err(wrong("roles", FieldCode::Choice));
    }
    let catalogue = unit.keep::<Catalogue>();
    if branches.iter().any(|branch| catalogue.branch(*branch).is_none()) {
        return Err(wrong("branches", FieldCode::Branch));
    }
    let needs_branch = |role: &Role| role.is_staff() && *role != Role::Admin;
    if branches.is_empty() && roles.iter().any(needs_branch) {
        return Err(wrong("branches", FieldCode::BranchNeeded));
    }
    Ok(())
}

/// The link of an invitation: its id and secret, made by the caller, and its page.
#[derive(Debug, Clone)]
pub struct Link {
    /// The invitation.
    pub id: VerificationId,
    /// The secret that proves it.
    pub secret: String,
    /// The address of the page, up to the `#`.
    pub page: String,
}

/// Invites staff.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The id of the new person, made by the caller.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, in lower case.
    pub email: String,
    /// The roles that they will hold.
    pub roles: Vec<Role>,
    /// The branches that they will belong to.
    pub branches: Vec<BranchId>,
    /// The language of the invitation.
    pub language: Language,
    /// The invitation's link.
    pub link: Link,
}

impl Op for Invite {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let grant = manages(unit.actor(), &self.roles, &self.branches)?;
        check(unit, &self.roles, &self.branches)?;
        if self.roles.contains(&Role::Patient) {
            return Err(Fault::new(Code::Invalid).field("roles", FieldCode::Staff).into());
        }
        free(unit, &grant, &self.email).await?;
        confirm::demand(unit).await?;
        let person = Person {
            id: self.person,
            name: self.name.clone(),
            email: Some(self.email.clone()),
            phone: None,
            birth_date: None,
            language: Some(self.language.tag().to_owned()),
            password: None,
            gender: None,
            roles: self.roles.clone(),
            branches: self.branches.clone(),
        };
        person_insert(unit, &[person]).await?;
        post(unit, self.person, (&self.name, &self.email), self.language, &self.link).await?;
        let entry = Entry::new("person.invite", format!("person:{}", self.person))
            .by(&grant)
            .detail(json!({ "before": null, "after": { "roles": self.roles, "branches": self.branches } }));
        Ok(unit.commit(entry, self.person))
    }
}

/// Checks that an address can be invited: no account has it, and it has no invitation.
async fn free(unit: &mut Unit<'_>, grant: &Grant, email: &str) -> Result<(), Failure> {
    let clinic = unit.clinic();
    if account_by_email(unit.reads().await?, clinic, email).await?.is_some()
        || person_store::email_is_invited(unit.reads().await?, grant, email).await?
    {
        return Err(Fault::new(Code::AccountExists).field("email", FieldCode::Taken).into());
    }
    Ok(())
}

/// Sends an invitation again.
#[derive(Debug, Clone)]
pub struct Reinvite {
    /// The person.
    pub person: PersonId,
    /// The invitation's link.
    pub link: Link,
}

impl Op for Reinvite {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let (person, grant) = managed(unit, self.person).await?;
        let email = person.email.clone().filter(|_| person.invited && person.standing == Standing::Active);
        let email = email.ok_or_else(|| Fault::new(Code::Invalid).field("id", FieldCode::NotInvited))?;
        let clinic = unit.clinic();
        let account = account_held(unit.reads().await?, &grant, self.person).await?;
        let language = account.and_then(|account| account.language);
        let language = language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        confirm::demand(unit).await?;
        let at = unit.at();
        verification::verification_end(unit.writes().await?, clinic, PURPOSE, self.person, at).await?;
        post(unit, self.person, (&person.name, &email), language, &self.link).await?;
        let entry = Entry::new("person.invite", format!("person:{}", self.person)).by(&grant);
        Ok(unit.commit(entry, self.person))
    }
}

async fn post(
    unit: &mut Unit<'_>,
    person: PersonId,
    (name, email): (&str, &str),
    language: Language,
    link: &Link,
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let contact = Contact { channel: Channel::Email, address: email.to_owned() };
    let tries = sends(unit, &contact, PURPOSE);
    attempts::check(unit.reads().await?, &tries, at).await?;
    attempts::count(unit, &tries).await?;
    let expires_at = at.plus_ms(INVITATION_MS);
    let row = verification::Verification {
        id: link.id,
        purpose: PURPOSE.to_owned(),
        person: Some(person),
        sealed: Vec::new(),
        code_hash: Some(secret_hash_of(unit.core(), link.id, &link.secret)),
        tries: 0,
        expires_at,
        settled_at: None,
        created_at: at,
    };
    verification::verification_put(unit.writes().await?, clinic, &row).await?;
    let address = format!("{}#{}.{}", link.page, link.id, link.secret);
    let message = Message {
        person: Some(person),
        channel: Channel::Email,
        to: email,
        template: Template::Invitation,
        named: &[("name", name), ("link", &address)],
        language,
        due_at: None,
        expires_at: Some(expires_at),
        held: None,
    };
    notify::post(unit, message).await.map(drop)
}

/// Accepts an invitation: the person chooses a password.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The invitation.
    pub id: VerificationId,
    /// The secret that proves it.
    pub secret: String,
    /// The hash of the password. Without it the invitation is only checked, before a password is hashed.
    pub password: Option<String>,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
}

impl Op for Accept {
    type Out = Option<Accepted>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        let row = verification::verification_by_id(unit.reads().await?, clinic, self.id).await?;
        let own = secret_hash_of(unit.core(), self.id, &self.secret);
        let stands = |row: &verification::Verification| {
            row.purpose == PURPOSE
                && row.settled_at.is_none()
                && at < row.expires_at
                && row.code_hash.as_ref() == Some(&own)
        };
        let Some(row) = row.filter(stands) else {
            attempts::count(unit, &self.tries).await?;
            let entry = Entry::new("person.accept", format!("verification:{}", self.id)).refused();
            return Ok(unit.commit(entry, None));
        };
        let person = row.person.ok_or(Code::CodeExpired)?;
        let account = account_by_id(unit.reads().await?, clinic, person).await?.ok_or(Code::CodeExpired)?;
        let is_staff = account.roles.iter().any(|role| role.is_staff());
        if account.suspended || account.password.is_some() || !is_staff {
            return Err(Code::CodeExpired.into());
        }
        let email = account.email.ok_or(Code::CodeExpired)?;
        let contact = Contact { channel: Channel::Email, address: email.clone() };
        // A person has registered with this address meanwhile. An administrator can give that account the role.
        if holder(unit, &contact).await?.is_some_and(|holder| holder.is_other_than(person)) {
            return Err(Fault::new(Code::AccountExists).field("email", FieldCode::Taken).into());
        }
        let accepted = Accepted { email, roles: account.roles };
        let Some(password) = &self.password else {
            return Ok(unit.commit_unaudited().map(|()| Some(accepted)));
        };
        password_replace(unit, person, password).await?;
        person_store::contact_yield(unit.writes().await?, clinic, &contact, person).await?;
        // The link was sent to this address and opened, so the address is confirmed.
        person_store::contact_prove(unit.writes().await?, person, &contact, ProvenHow::Link, at).await?;
        settle(unit, row).await?;
        let entry = Entry::new("person.accept", format!("person:{person}")).proven(Some(person), None);
        Ok(unit.commit(entry, Some(accepted)))
    }
}

/// Suspends, reinstates or removes a person.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The person.
    pub person: PersonId,
    /// Their new standing.
    pub standing: Standing,
    /// Why.
    pub why: Option<String>,
    /// The contact of a removed person who comes back.
    pub email: Option<String>,
    /// The invitation's link, for staff who come back.
    pub link: Option<Link>,
    /// The version that the caller saw.
    pub version: i64,
}

/// Brings a removed person back. Their password and contacts were erased. Staff get a new invitation; a patient
/// becomes a record again, and reception confirms a contact.
async fn return_of(
    unit: &mut Unit<'_>,
    grant: &Grant,
    before: &PersonView,
    stand: &Stand,
) -> Result<(), Failure> {
    let is_staff = before.roles.iter().any(|role| role.is_staff());
    let Some(email) = &stand.email else {
        let needed = Fault::new(Code::Invalid).field("email", FieldCode::Missing);
        return if is_staff { Err(needed.into()) } else { Ok(()) };
    };
    free(unit, grant, email).await?;
    store::email_put(unit.writes().await?, grant, before.id, email).await?;
    if is_staff {
        let link = stand.link.as_ref().ok_or(Code::SwitchedOff)?;
        let account = account_held(unit.reads().await?, grant, before.id).await?;
        let language = account.and_then(|account| account.language);
        let language = language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        post(unit, before.id, (&before.name, email), language, link).await?;
    }
    Ok(())
}

impl Op for Stand {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let (before, grant) = managed(unit, self.person).await?;
        seen(&before, self.version)?;
        if !before.standing.may_become(self.standing) {
            return Err(Fault::new(Code::StandingRefused).present(&before).into());
        }
        let leaves = self.standing != Standing::Active;
        let why = if leaves { Some(reason(self.why.as_deref())?) } else { None };
        if leaves {
            stays(unit, &before, &[]).await?;
        }
        // A suspension has to be quick, and can be taken back. A removal erases what nothing brings back.
        if self.standing != Standing::Suspended {
            confirm::demand(unit).await?;
        }
        let returns = before.standing == Standing::Deleted && self.standing == Standing::Active;
        if returns {
            return_of(unit, &grant, &before, self).await?;
        }
        let at = unit.at();
        store::standing_put(unit.writes().await?, &grant, self.person, self.standing, why, at).await?;
        if leaves {
            end_all(unit, self.person, None).await?;
        }
        if self.standing == Standing::Deleted {
            left(unit, &grant, self.person).await?;
            account_erase(unit.writes().await?, &grant, self.person).await?;
            entry_renew(unit.writes().await?, self.person).await?;
            given_prune(unit.writes().await?, &grant, self.person).await?;
        }
        // A suspended or removed doctor gives no service.
        if before.roles.iter().any(|role| role.is_staff()) {
            publish(unit).await?;
        }
        let action = match self.standing {
            Standing::Active => "person.reinstate",
            Standing::Suspended => "person.suspend",
            Standing::Deleted => "person.delete",
        };
        let entry =
            Entry::new(action, format!("person:{}", self.person)).by(&grant).patient(as_patient(&before));
        let entry = entry.detail(json!({
            "before": before.standing, "after": self.standing, "why": why,
            "erased": (self.standing == Standing::Deleted).then_some(ERASED),
        }));
        Ok(unit.commit(entry, self.person))
    }
}

/// Changes a person's roles and branches.
#[derive(Debug, Clone)]
pub struct Promote {
    /// The person.
    pub person: PersonId,
    /// The roles that they will hold.
    pub roles: Vec<Role>,
    /// The branches that they will belong to.
    pub branches: Vec<BranchId>,
    /// The version that the caller saw.
    pub version: i64,
}

impl Op for Promote {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let (before, grant) = managed(unit, self.person).await?;
        manages(unit.actor(), &self.roles, &self.branches)?;
        seen(&before, self.version)?;
        check(unit, &self.roles, &self.branches)?;
        stays(unit, &before, &self.roles).await?;
        confirm::demand(unit).await?;
        store::roles_put(unit.writes().await?, &grant, self.person, &self.roles, &self.branches).await?;
        let gives_no_more = given_prune(unit.writes().await?, &grant, self.person).await?;
        // This can change who gives a service as a doctor, and who at a desk.
        publish(unit).await?;
        end_all(unit, self.person, None).await?;
        let was_or_is = [&before.roles, &self.roles].into_iter().any(|roles| roles.contains(&Role::Patient));
        let entry = Entry::new("person.roles", format!("person:{}", self.person)).by(&grant);
        let entry = entry.patient(was_or_is.then_some(self.person)).detail(json!({
            "before": { "roles": before.roles, "branches": before.branches },
            "after": { "roles": self.roles, "branches": self.branches }, "gives_no_more": gives_no_more,
        }));
        Ok(unit.commit(entry, self.person))
    }
}

/// Checks that nobody takes away their own rights, and that the clinic keeps an administrator.
async fn stays(unit: &mut Unit<'_>, before: &PersonView, after: &[Role]) -> Result<(), Failure> {
    let loses = before.roles.contains(&Role::Admin) && !after.contains(&Role::Admin);
    let clinic = unit.clinic();
    let is_active = before.standing == Standing::Active && !before.invited;
    if loses && is_active && store::admins_active(unit.reads().await?, clinic).await? <= 1 {
        return Err(Code::LastAdmin.into());
    }
    let own = matches!(unit.actor(), Actor::Known(_)) && unit.actor().person() == Some(before.id);
    if own { Err(Fault::new(Code::Invalid).field("id", FieldCode::Yourself).into()) } else { Ok(()) }
}
