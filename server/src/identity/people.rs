//! People are added by staff and by the command line; registration comes through here too.

use medlane_shared::{
    access::{Actor, Role},
    fault::Code,
    ids::{BranchId, PersonId},
};
use uuid::Uuid;

use super::store::{record_number_last, subject_key_insert};
use crate::{
    db::{Value, insert_rows},
    keys::SubjectKey,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// A new person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address, in lower case.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// `1980-01-31`.
    pub birth_date: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// PHC string.
    pub password: Option<String>,
    /// The roles held.
    pub roles: Vec<Role>,
    /// The branches belonged to.
    pub branches: Vec<BranchId>,
}

/// Adds people.
#[derive(Debug, Clone)]
pub struct PeopleAdd(pub Vec<Person>);

impl Op for PeopleAdd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        // Only the command line and the demo clinic add people so far; registration and invitations have rights of
        // their own.
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        person_insert(unit, &self.0).await?;
        for person in &self.0 {
            unit.audit(Entry::new("person.add", format!("person:{}", person.id)));
        }
        Ok(unit.commit(Entry::new("people.add", format!("clinic:{}", unit.clinic())), ()))
    }
}

pub(super) async fn person_insert(unit: &mut Unit<'_>, people: &[Person]) -> Result<(), Failure> {
    let (clinic, at) = (unit.clinic(), unit.at());
    // Patients are numbered in the order in which they come; the writer alone gives numbers.
    let mut last = record_number_last(unit.reads().await?, clinic).await?;
    let mut number = |person: &Person| {
        let is_patient = person.roles.contains(&Role::Patient);
        is_patient.then(|| {
            last += 1;
            last
        })
    };
    let rows: Vec<Vec<Value>> = people
        .iter()
        .map(|person| {
            vec![
                Value::text(person.id),
                Value::text(clinic),
                Value::text(&person.name),
                Value::maybe(person.email.as_deref()),
                Value::maybe(person.phone.as_deref()),
                Value::maybe(person.birth_date.as_deref()),
                Value::maybe(person.language.as_deref()),
                Value::maybe(person.password.as_deref()),
                Value::int(at.ms()),
                Value::int(1),
                Value::Int(number(person)),
            ]
        })
        .collect();
    let keys: Vec<(Uuid, SubjectKey)> =
        people.iter().map(|person| (person.id.0, SubjectKey::fresh())).collect();
    let root = &unit.core().keys.root;
    let conn = unit.writes().await?;
    let head = "insert into person (id, clinic_id, name, email, phone, birth_date, language, password, \
                created_at_ms, version, record_number)";
    insert_rows(conn, head, "", rows).await?;
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
