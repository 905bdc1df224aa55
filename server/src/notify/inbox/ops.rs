//! Puts notices into a person's inbox, and marks them as read.

use medlane_shared::{
    fault::Language,
    ids::{NoticeId, PersonId},
};

use super::store;
use crate::{
    engine::own_by,
    keys::DoesNotSeal,
    notify::inbox::{Inboxes, NOTICE},
    notify::{Named, Template},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Puts a notice into a person's inbox, within the operation that causes it.
///
/// # Errors
/// An error of the database.
pub async fn put(
    unit: &mut Unit<'_>,
    person: PersonId,
    template: Template,
    named: &[Named<'_>],
    language: Language,
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let id = NoticeId::new(at, rand::random());
    let (subject, text) = template.write(language, &unit.clinic_name(), named);
    let words = serde_json::to_vec(&(subject, text)).map_err(|_| DoesNotSeal)?;
    let sealed = unit.clinic_key().seal(&store::place(clinic, id), &words)?;
    store::notice_insert(unit.writes().await?, clinic, id, (person, template.text()), sealed, at).await?;
    moved(unit, person);
    Ok(())
}

fn moved(unit: &mut Unit<'_>, person: PersonId) {
    unit.change::<Inboxes>(person);
    unit.changed(NOTICE, person, None, Some(person));
}

/// Marks all notices of the caller as read.
#[derive(Debug, Clone, Copy)]
pub struct Read;

impl Op for Read {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let at = unit.at();
        store::notice_read(unit.writes().await?, &grant, at).await?;
        moved(unit, person);
        Ok(unit.commit(Entry::new("inbox.read", format!("person:{person}")).by(&grant), ()))
    }
}
