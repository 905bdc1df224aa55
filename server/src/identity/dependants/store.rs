//! Rows of guardians and dependants.

use std::{collections::HashMap, sync::Arc};

use medlane_shared::{
    access::Grant,
    identity::{Dependant, Gender},
    ids::{ClinicId, PersonId},
    time::Timestamp,
};

use crate::{
    db::{Conn, Value, about, insert_rows, on, parse, whose},
    identity::store::record_number_of,
};

/// The dependants of each guardian.
pub type Guarded = HashMap<PersonId, Arc<[PersonId]>>;

/// Id, name, date of birth, gender, record number, and the time since when.
type DependantRow = (String, String, Option<String>, Option<String>, Option<i64>, i64);

/// The caller's dependants, in the order in which they were added. Nobody acts for a record that was merged into another.
///
/// # Errors
/// An error of the database driver.
pub async fn dependant_list(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Vec<Dependant>> {
    let sql = "select p.id, p.name, p.birth_date, p.gender, p.record_number, g.created_at_ms from guardian g \
        join person p on p.id = g.dependant_id \
        where g.guardian_id = $1 and g.ended_at_ms is null and p.clinic_id = $2 and p.deleted_at_ms is null \
        and p.merged_into is null order by g.created_at_ms, p.id";
    let rows: Vec<DependantRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(whose(grant)?.to_string())
        .bind(grant.clinic().to_string())
        .fetch_all(c)
        .await?);
    rows.into_iter()
        .map(|(id, name, birth_date, gender, record_number, since)| {
            Ok(Dependant {
                id: parse(&id)?,
                name,
                birth_date,
                gender: gender.as_deref().and_then(Gender::from_text),
                record_number: record_number_of(record_number),
                since: Timestamp::from_ms(since),
            })
        })
        .collect()
}

/// The ids of a person's dependants, in the order in which they were added.
///
/// # Errors
/// An error of the database driver.
pub async fn dependant_ids(
    conn: &mut Conn,
    clinic: ClinicId,
    guardian: PersonId,
) -> sqlx::Result<Vec<PersonId>> {
    let sql = "select p.id from guardian g join person p on p.id = g.dependant_id \
        where g.guardian_id = $1 and g.ended_at_ms is null and p.clinic_id = $2 and p.deleted_at_ms is null \
        and p.merged_into is null order by g.created_at_ms, p.id";
    let rows: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(guardian.to_string())
        .bind(clinic.to_string())
        .fetch_all(c)
        .await?);
    rows.iter().map(|id| parse(id)).collect()
}

/// All guardians of a clinic, with their dependants.
///
/// # Errors
/// An error of the database driver.
pub async fn guarded_load(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Guarded> {
    let sql = "select g.guardian_id, g.dependant_id from guardian g join person p on p.id = g.dependant_id \
        where p.clinic_id = $1 and g.ended_at_ms is null and p.deleted_at_ms is null and p.merged_into is null";
    let rows: Vec<(String, String)> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    let mut guarded: HashMap<PersonId, Vec<PersonId>> = HashMap::new();
    for (guardian, dependant) in rows {
        guarded.entry(parse(&guardian)?).or_default().push(parse(&dependant)?);
    }
    Ok(guarded.into_iter().map(|(guardian, all)| (guardian, all.into())).collect())
}

/// Makes a person a guardian, also again after an end; then from that time on.
///
/// # Errors
/// An error of the database driver.
pub async fn guardian_put(
    conn: &mut Conn,
    grant: &Grant,
    guardian: PersonId,
    dependant: PersonId,
    at: Timestamp,
) -> sqlx::Result<()> {
    about(grant, guardian)?;
    let row = vec![Value::text(guardian), Value::text(dependant), Value::int(at.ms())];
    let head = "insert into guardian (guardian_id, dependant_id, created_at_ms)";
    let tail = "on conflict (guardian_id, dependant_id) do update set ended_at_ms = null, created_at_ms = \
        case when guardian.ended_at_ms is null then guardian.created_at_ms else excluded.created_at_ms end";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Ends the caller's guardianship.
///
/// # Errors
/// An error of the database driver.
pub async fn guardian_end(
    conn: &mut Conn,
    grant: &Grant,
    dependant: PersonId,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update guardian set ended_at_ms = $3 where guardian_id = $1 and dependant_id = $2";
    on!(conn, |c| sqlx::query(sql)
        .bind(whose(grant)?.to_string())
        .bind(dependant.to_string())
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}

/// Ends the guardianships of `kept` that a merge gave to the guardians of `merged`: those of both that are not older than it.
///
/// # Errors
/// An error of the database driver.
pub async fn guardians_take_back(
    conn: &mut Conn,
    grant: &Grant,
    (kept, merged): (PersonId, PersonId),
    at: Timestamp,
) -> sqlx::Result<()> {
    about(grant, kept)?;
    about(grant, merged)?;
    let sql = "update guardian set ended_at_ms = $3 where dependant_id = $1 and ended_at_ms is null \
        and created_at_ms >= (select merged_at_ms from person where id = $2) \
        and guardian_id in (select guardian_id from guardian where dependant_id = $2 and ended_at_ms is null)";
    on!(conn, |c| sqlx::query(sql)
        .bind(kept.to_string())
        .bind(merged.to_string())
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}

/// The guardians of a person.
///
/// # Errors
/// An error of the database driver.
pub async fn guardian_list(
    conn: &mut Conn,
    clinic: ClinicId,
    dependant: PersonId,
) -> sqlx::Result<Vec<PersonId>> {
    let sql = "select g.guardian_id from guardian g join person p on p.id = g.guardian_id \
        where g.dependant_id = $1 and g.ended_at_ms is null and p.clinic_id = $2 and p.deleted_at_ms is null order by g.created_at_ms";
    let rows: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(dependant.to_string())
        .bind(clinic.to_string())
        .fetch_all(c)
        .await?);
    rows.iter().map(|id| parse(id)).collect()
}
