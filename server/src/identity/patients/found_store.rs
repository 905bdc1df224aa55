//! The search of the desk, over the index of people.

use std::collections::HashSet;

use medlane_shared::{
    access::Grant,
    identity::{MATCHES_MAX, PatientView, pair_entry},
    ids::PersonId,
};
use sqlx::AssertSqlSafe;

use super::store::patient_list;
use crate::{
    db::{Conn, on, parse},
    identity::entry_store::{LookedFor, end, fits, wanted},
};

/// The most patients that a search shows: whoever looks for one has to say more.
const SHOWN_MAX: i64 = 50;
/// The most rows that are looked at for [`MATCHES_MAX`] patients: a name may begin twice with the same letters, and so may
/// the names of merged records.
const ROWS_MAX: u32 = 3 * MATCHES_MAX;
/// Up to how many rows the words of a search are counted, to begin with the rarest one.
const COUNTED_MAX: i64 = 2_000;
/// The patients who match a text: the first `limit` of them by name (at most [`SHOWN_MAX`]), and how many there are, up to one more than
/// [`MATCHES_MAX`]. A record that was merged into a patient's counts as theirs.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_find(
    conn: &mut Conn,
    grant: &Grant,
    q: &str,
    limit: i64,
) -> sqlx::Result<(Vec<PatientView>, u32)> {
    let mut wanted = wanted(conn, grant.clinic(), q).await?;
    let Some((count, rarest)) = rarest(conn, grant, &wanted).await? else { return Ok((Vec::new(), 0)) };
    let parts = match in_twos(conn, grant, &wanted).await? {
        // Among equals two words are rarer: the counts have an end.
        Some((together, parts)) if together <= count => parts,
        _ => wanted.swap_remove(rarest).parts(),
    };
    let mut found: Vec<(String, PersonId)> = Vec::new();
    let mut seen = HashSet::new();
    let most = usize::try_from(MATCHES_MAX).unwrap_or(usize::MAX).saturating_add(1);
    for part in parts {
        for (name, id) in matching(conn, grant, &part, &wanted).await? {
            if found.len() < most && seen.insert(id) {
                found.push((name, id));
            }
        }
    }
    let matches = u32::try_from(found.len()).unwrap_or(u32::MAX);
    found.sort();
    found.truncate(usize::try_from(limit.min(SHOWN_MAX)).unwrap_or_default());
    let ids: Vec<PersonId> = found.into_iter().map(|(_, id)| id).collect();
    Ok((patient_list(conn, grant, &ids).await?, matches))
}

/// How many entries begin so, counted up to a limit.
async fn few(conn: &mut Conn, grant: &Grant, entry: &str) -> sqlx::Result<i64> {
    let sql = "select count(*) from (select 1 from found_by where clinic_id = $1 and entry >= $2 and entry < $3 \
               limit $4) as few";
    on!(conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
        .bind(entry)
        .bind(end(entry))
        .bind(COUNTED_MAX)
        .fetch_one(c)
        .await)
}

/// The look-ups for the two words that the fewest people have together, if there are two words: nobody has to be looked at
/// who has one of two common names alone. All criteria are still to be checked.
async fn in_twos(
    conn: &mut Conn,
    grant: &Grant,
    all: &[LookedFor],
) -> sqlx::Result<Option<(i64, Vec<LookedFor>)>> {
    if all.iter().any(|one| !(one.days.is_empty() && one.records.is_empty())) {
        return Ok(None);
    }
    let mut least: Option<(i64, String, usize, usize)> = None;
    for at in 0..all.len() {
        for other in at + 1..all.len() {
            let words = all[at].entries.first().zip(all[other].entries.first());
            let Some(entry) = words.and_then(|(one, other)| pair_entry(one, other)) else { continue };
            let count = few(conn, grant, &entry).await?;
            if least.as_ref().is_none_or(|(few, ..)| count < *few) {
                least = Some((count, entry, at, other));
            }
        }
    }
    Ok(least.map(|(count, entry, at, other)| {
        // A word can also stand written together with the one before it.
        let joined = [at, other].into_iter().flat_map(|at| all[at].entries.iter().skip(1).cloned());
        let entries = std::iter::once(entry).chain(joined);
        let one = |entry| LookedFor { entries: vec![entry], ..LookedFor::default() };
        (count, entries.map(one).collect())
    }))
}

/// The criterion that the fewest people fit, and how many do, counted up to a limit. A number or a day is rarer than a name.
async fn rarest(conn: &mut Conn, grant: &Grant, all: &[LookedFor]) -> sqlx::Result<Option<(i64, usize)>> {
    if let Some(at) = all.iter().position(|one| !(one.days.is_empty() && one.records.is_empty())) {
        return Ok(Some((0, at)));
    }
    if all.len() < 2 {
        return Ok((!all.is_empty()).then_some((0, 0)));
    }
    let mut least = None;
    for (at, one) in all.iter().enumerate() {
        let mut count = 0;
        for entry in &one.entries {
            count += few(conn, grant, entry).await?;
        }
        // Of two common words, the longer one is rarer.
        let length = one.entries.first().map_or(0, String::len);
        let rank = (count, usize::MAX - length, at);
        least = least.map_or(Some(rank), |least| Some(rank.min(least)));
    }
    Ok(least.map(|(count, _, at)| (count, at)))
}

/// Name and id of the patients who fit one part of a criterion, and all other criteria.
async fn matching(
    conn: &mut Conn,
    grant: &Grant,
    part: &LookedFor,
    others: &[LookedFor],
) -> sqlx::Result<Vec<(String, PersonId)>> {
    let mut args = vec![grant.clinic().to_string()];
    // SQLite joins in this order: of those who have an entry, most fit.
    let joined = "person p cross join person s where s.id = coalesce(p.merged_into, p.id)";
    let (from, order) = if let Some(entry) = part.entries.first() {
        args.extend([entry.clone(), end(entry)]);
        let entry = "f.clinic_id = $1 and f.entry >= $2 and f.entry < $3 and p.id = f.person_id";
        (format!("found_by f cross join {joined} and {entry}"), "order by f.entry")
    } else {
        (format!("{joined} and p.clinic_id = $1 and {}", fits(part, &mut args)), "order by p.id")
    };
    let others: Vec<String> = others.iter().map(|one| fits(one, &mut args)).collect();
    let others = if others.is_empty() { String::new() } else { format!(" and {}", others.join(" and ")) };
    let sql = AssertSqlSafe(format!(
        "select s.name, s.id from {from}{others} and s.clinic_id = $1 and s.deleted_at_ms is null \
         and s.merged_into is null \
         and exists (select 1 from person_role r where r.person_id = s.id and r.role = 'patient') \
         {order} limit {ROWS_MAX}"
    ));
    let rows: Vec<(String, String)> = on!(conn, |c| {
        let mut query = sqlx::query_as(sql);
        for arg in args {
            query = query.bind(arg);
        }
        query.fetch_all(c).await?
    });
    rows.into_iter().map(|(name, id)| Ok((name, parse(&id)?))).collect()
}
