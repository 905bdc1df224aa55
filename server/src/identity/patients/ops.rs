//! Registering a patient at the desk.

use medlane_shared::{
    access::{Action, Role},
    fault::{Code, Fault},
    identity::PatientView,
    ids::PersonId,
    notify::Channel,
};

use super::{at_desk, store};
use crate::{
    identity::{
        merge::{Traits, likeness},
        people::{Person, person_insert},
        store::{account_by_email, gender_put},
    },
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
        at_desk(unit.actor(), Action::PatientRegister)?;
        let PatientView { id, name, birth_date, phone, email, gender, .. } = &self.patient;
        let clinic = unit.clinic();
        if let Some(email) = email
            && account_by_email(unit.reads().await?, clinic, email).await?.is_some()
        {
            return Err(Fault::new(Code::AccountExists).field("email", "is somebody's").into());
        }
        if !self.is_new {
            let (birth_date, phone) = (birth_date.as_deref(), phone.as_deref());
            let near = store::patient_alike(unit.reads().await?, clinic, name, birth_date, phone).await?;
            let own = Traits { name, birth_date, phone };
            let is_alike = |other: &PatientView| {
                // The new, unconfirmed number is compared with confirmed numbers only.
                let phone = other.phone.as_deref().filter(|_| other.proven.contains(&Channel::Sms));
                let birth_date = other.birth_date.as_deref();
                likeness(&own, &Traits { name: &other.name, birth_date, phone }).is_some()
            };
            let alike: Vec<PatientView> = near.into_iter().filter(is_alike).collect();
            if !alike.is_empty() {
                return Err(Fault::new(Code::PatientAlike).present(&alike).into());
            }
        }
        let person = Person {
            id: *id,
            name: name.clone(),
            email: email.clone(),
            phone: phone.clone(),
            birth_date: birth_date.clone(),
            language: self.language.clone(),
            password: None,
            roles: vec![Role::Patient],
            branches: Vec::new(),
        };
        person_insert(unit, &[person]).await?;
        gender_put(unit.writes().await?, *id, *gender).await?;
        let entry = Entry::new("patient.register", format!("person:{id}")).patient(Some(*id));
        Ok(unit.commit(entry, *id))
    }
}
