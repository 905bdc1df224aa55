//! Adds people: through staff, the command line, and registration.

use std::collections::HashMap;

use medlane_shared::{
    access::{Actor, Role},
    fault::Code,
    identity::{Gender, ProvenHow},
    ids::{BranchId, PersonId},
};
use uuid::Uuid;

use super::{contact::person_store::numbers_proven, entry_store, store::record_number_last};
use crate::{
    db::{Value, insert_rows},
    keys::{SubjectKey, subject_key_insert},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// A new person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, in lower case.
    pub email: Option<String>,
    /// Their phone number, in E.164.
    pub phone: Option<String>,
    /// Their date of birth, `1980-01-31`.
    pub birth_date: Option<String>,
    /// Their administrative gender.
    pub gender: Option<Gender>,
    /// Their language, BCP 47.
    pub language: Option<String>,
    /// The hash of their password, as a PHC string.
    pub password: Option<String>,
    /// The roles that they hold.
    pub roles: Vec<Role>,
    /// The branches that they belong to.
    pub branches: Vec<BranchId>,
}

/// Adds people. Their contacts count as confirmed, except a number that another person has confirmed.
#[derive(Debug, Clone)]
pub struct PeopleAdd(pub Vec<Person>);

impl Op for PeopleAdd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        // Only the command line and the demo clinic use this operation. Registration and invitations have rights of
        // their own.
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let numbers = numbers_free(unit, &self.0).await?;
        insert(unit, &self.0, Some(&numbers)).await?;
        for person in &self.0 {
            unit.audit(Entry::new("person.add", format!("person:{}", person.id)));
        }
        Ok(unit.commit(Entry::new("people.add", format!("clinic:{}", unit.clinic())), ()))
    }
}

/// The numbers of new people that no other person has confirmed. A confirmed number belongs to one person only.
async fn numbers_free(unit: &mut Unit<'_>, people: &[Person]) -> Result<HashMap<String, PersonId>, Failure> {
    let clinic = unit.clinic();
    let mut free = HashMap::new();
    for (phone, id) in people.iter().filter_map(|person| Some((person.phone.clone()?, person.id))) {
        free.entry(phone).or_insert(id);
    }
    let asked: Vec<String> = free.keys().cloned().collect();
    for taken in numbers_proven(unit.reads().await?, clinic, &asked).await? {
        free.remove(&taken);
    }
    Ok(free)
}

/// Adds people with unconfirmed contacts.
pub(super) async fn person_insert(unit: &mut Unit<'_>, people: &[Person]) -> Result<(), Failure> {
    insert(unit, people, None).await
}

/// Adds people. With `numbers` (each number and its owner), their e-mail addresses and those numbers are confirmed.
async fn insert(
    unit: &mut Unit<'_>,
    people: &[Person],
    numbers: Option<&HashMap<String, PersonId>>,
) -> Result<(), Failure> {
    let (clinic, at) = (unit.clinic(), unit.at());
    // Patients are numbered in the order in which they are added. Only the writer gives numbers, so there are no
    // races.
    let mut last = record_number_last(unit.reads().await?, clinic).await?;
    let mut number = |person: &Person| {
        let is_patient = person.roles.contains(&Role::Patient);
        is_patient.then(|| {
            last += 1;
            last
        })
    };
    let how = |is_proven: bool| {
        let at = Value::Int(is_proven.then_some(at.ms()));
        [at, Value::maybe(is_proven.then_some(ProvenHow::Record.text()))]
    };
    let rows: Vec<Vec<Value>> = people
        .iter()
        .map(|person| {
            let [email_at, email_how] = how(person.email.is_some() && numbers.is_some());
            let own = person.phone.as_ref().and_then(|phone| numbers?.get(phone));
            let [phone_at, phone_how] = how(own == Some(&person.id));
            vec![
                Value::text(person.id),
                Value::text(clinic),
                Value::text(&person.name),
                Value::maybe(person.email.as_deref()),
                email_at,
                email_how,
                Value::maybe(person.phone.as_deref()),
                phone_at,
                phone_how,
                Value::maybe(person.birth_date.as_deref()),
                Value::maybe(person.language.as_deref()),
                Value::maybe(person.password.as_deref()),
                Value::int(at.ms()),
                Value::int(1),
                Value::Int(number(person)),
                Value::maybe(person.gender.map(Gender::text)),
            ]
        })
        .collect();
    let entries: Vec<Vec<Value>> = people
        .iter()
        .flat_map(|one| {
            entry_store::rows(clinic, one.id, (&one.name, one.email.as_deref(), one.phone.as_deref()))
        })
        .collect();
    let keys: Vec<(Uuid, SubjectKey)> =
        people.iter().map(|person| (person.id.0, SubjectKey::fresh())).collect();
    let root = &unit.core().root;
    let conn = unit.writes().await?;
    let head = "insert into person (id, clinic_id, name, email, email_proven_at_ms, email_proven_how, phone, \
                phone_proven_at_ms, phone_proven_how, birth_date, language, password, created_at_ms, version, \
                record_number, gender)";
    insert_rows(conn, head, "", rows).await?;
    entry_store::entry_insert(conn, entries).await?;
    subject_key_insert(conn, root, clinic, &keys, at).await?;
    let roles: Vec<Vec<Value>> = people
        .iter()
        .flat_map(|person| {
            person.roles.iter().map(|role| vec![Value::text(person.id), Value::text(role.text())])
        })
        .collect();
    insert_rows(conn, "insert into person_role (person_id, role)", "", roles).await?;
    let branches: Vec<Vec<Value>> = people
        .iter()
        .flat_map(|person| {
            person.branches.iter().map(|branch| vec![Value::text(person.id), Value::text(branch)])
        })
        .collect();
    insert_rows(conn, "insert into person_branch (person_id, branch_id)", "", branches).await?;
    Ok(())
}
