//! The entries of the log as they are shown, and the live activity.

use std::collections::{BTreeSet, HashMap};

use medlane_shared::{
    access::Grant,
    audit::{Activity, AuditEntry, AuditQuery, ShownPatient},
    fault::{Code, Fault},
    ids::PersonId,
};

use super::{
    changes::{changed, named, people},
    store::{self, EntryRow, Wanted},
};
use crate::{
    clinic::Catalogue,
    engine::{Clinic, Core},
    gate::Sockets,
    identity::person_names,
};

/// How many entries the live activity shows.
const ACTIVITY: i64 = 50;

/// The patients that the entries name.
pub fn patients(entries: &[AuditEntry]) -> impl Iterator<Item = PersonId> {
    entries.iter().flat_map(|entry| entry.patient_id.into_iter().chain(entry.shown.iter().map(|one| one.id)))
}

/// A page of the log: lists of patients with some of them.
pub(super) async fn entries(
    core: &Core,
    of: (&Clinic, &Grant),
    wanted: &Wanted<'_>,
) -> Result<Vec<AuditEntry>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    let rows = store::audit_list(&mut conn, of.1, of.0, wanted).await.map_err(broken)?;
    let shown = store::shown_list(&mut conn, of.1, &rows, wanted.query.patient_id).await.map_err(broken)?;
    drop(conn);
    written(core, of, &rows, shown).await
}

/// A piece of the log: lists of patients with all of them.
pub(super) async fn whole(
    core: &Core,
    of: (&Clinic, &Grant),
    wanted: &Wanted<'_>,
) -> Result<Vec<AuditEntry>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    let rows = store::audit_list(&mut conn, of.1, of.0, wanted).await.map_err(broken)?;
    let shown = store::shown_all(&mut conn, of.1, &rows).await.map_err(broken)?;
    drop(conn);
    let unnamed = |(seq, ids): (i64, Vec<PersonId>)| {
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        (seq, (count, ids.into_iter().map(|id| ShownPatient { id, name: None }).collect()))
    };
    written(core, of, &rows, shown.into_iter().map(unnamed).collect()).await
}

/// The entries of rows, with the present names.
async fn written(
    core: &Core,
    (clinic, grant): (&Clinic, &Grant),
    rows: &[EntryRow],
    mut shown: HashMap<i64, (u32, Vec<ShownPatient>)>,
) -> Result<Vec<AuditEntry>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let read = |row: &EntryRow| row.entry(grant, &clinic.key);
    let mut entries: Vec<AuditEntry> = rows.iter().map(read).collect::<Result<_, _>>().map_err(broken)?;
    let changes: Vec<_> = entries
        .iter()
        .map(|entry| entry.detail.as_ref().map(|detail| changed(&entry.action, detail)).unwrap_or_default())
        .collect();
    for entry in &mut entries {
        (entry.shown_count, entry.shown) = shown.remove(&entry.seq).unwrap_or_default();
    }
    let about = entries.iter().flat_map(|entry| entry.person_id.into_iter().chain(entry.about()));
    let all = about.chain(patients(&entries)).chain(changes.iter().flat_map(|one| people(one)));
    let all: Vec<PersonId> = all.collect::<BTreeSet<_>>().into_iter().collect();
    let names = person_names(&mut core.read().await?, grant, &all).await.map_err(broken)?;
    let catalogue = clinic.state::<Catalogue>();
    for (entry, changes) in entries.iter_mut().zip(changes) {
        entry.person_name = entry.person_id.and_then(|id| names.get(&id).cloned());
        entry.target_name = entry.about().and_then(|id| names.get(&id).cloned());
        entry.patient_name = entry.patient_id.and_then(|id| names.get(&id).cloned());
        entry.changes = named(changes, &names, &catalogue);
        for patient in &mut entry.shown {
            patient.name = names.get(&patient.id).cloned();
        }
    }
    Ok(entries)
}

/// The patients whom the list of an entry showed, by name.
pub(super) async fn shown_page(
    core: &Core,
    (clinic, grant): (&Clinic, &Grant),
    seq: i64,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<ShownPatient>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    let place = clinic.number.place(seq);
    let found = store::shown_page(&mut conn, grant, place, after, limit).await.map_err(broken)?;
    let found = found.ok_or(Code::NotFound)?;
    let mut names = person_names(&mut conn, grant, &found).await.map_err(broken)?;
    Ok(found.into_iter().map(|id| ShownPatient { id, name: names.remove(&id) }).collect())
}

/// The clinic's live activity.
///
/// # Errors
/// An error of the database.
pub async fn activity(core: &Core, clinic: &Clinic, grant: &Grant) -> Result<Activity, Fault> {
    let query = AuditQuery::default();
    let wanted = Wanted { query: &query, span: None, before: i64::MAX, limit: ACTIVITY };
    let entries = entries(core, (clinic, grant), &wanted).await?;
    Ok(Activity { entries, sockets: clinic.state::<Sockets>().count() })
}
