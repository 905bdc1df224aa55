//! Rows of patients who may be the same person, and of merges.

use medlane_shared::{
    access::Grant,
    identity::Verdict,
    ids::{ClinicId, PersonId},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::db::{Conn, Value, insert_rows, on, parse};

/// The most pairs of each kind that are compared.
const LOOKED_AT: i64 = 5_000;

/// Two patients with something in common.
#[derive(Debug, FromRow)]
pub struct Pair {
    /// The older record.
    pub a_id: String,
    /// Its name.
    pub a_name: String,
    /// Its date of birth.
    pub a_birth: Option<String>,
    /// The newer record.
    pub b_id: String,
    /// Its name.
    pub b_name: String,
    /// Its date of birth.
    pub b_birth: Option<String>,
}

/// Pairs of patients with the same date of birth or the same whole name that were not marked as different people. The
/// phone number is no criterion: a confirmed number belongs to one person only, and anybody can enter another
/// person's number without confirming it.
///
/// # Errors
/// An error of the database driver.
pub async fn pair_list(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Vec<Pair>> {
    const HEAD: &str = "select a.id as a_id, a.name as a_name, a.birth_date as a_birth, \
        b.id as b_id, b.name as b_name, b.birth_date as b_birth from ";
    const BIRTH: &str = "person a join person b on b.clinic_id = a.clinic_id and b.id > a.id \
        and b.birth_date = a.birth_date";
    // The entries of whole names begin with `=`.
    const NAME: &str = "found_by x join found_by y on y.clinic_id = x.clinic_id and y.entry = x.entry \
        and y.person_id > x.person_id and x.entry >= '=' and x.entry < '>' \
        join person a on a.id = x.person_id and a.clinic_id = x.clinic_id join person b on b.id = y.person_id";
    const TAIL: &str = " where a.clinic_id = $1 \
        and a.merged_into is null and b.merged_into is null \
        and a.deleted_at_ms is null and b.deleted_at_ms is null \
        and exists (select 1 from person_role r where r.person_id = a.id and r.role = 'patient') \
        and exists (select 1 from person_role r where r.person_id = b.id and r.role = 'patient') \
        and not exists (select 1 from person_distinct d where d.first_id = a.id and d.second_id = b.id) \
        order by b.id desc limit $2";
    let mut pairs = Vec::new();
    for alike in [BIRTH, NAME] {
        let sql = sqlx::AssertSqlSafe(format!("{HEAD}{alike}{TAIL}"));
        let found: Vec<Pair> = on!(&mut *conn, |c| sqlx::query_as(sql)
            .bind(grant.clinic().to_string())
            .bind(LOOKED_AT)
            .fetch_all(c)
            .await?);
        pairs.extend(found);
    }
    pairs.sort_by(|one, other| (&one.a_id, &one.b_id).cmp(&(&other.a_id, &other.b_id)));
    pairs.dedup_by(|one, other| (&one.a_id, &one.b_id) == (&other.a_id, &other.b_id));
    Ok(pairs)
}

/// A patient's id, and those of the records merged into them.
///
/// # Errors
/// An error of the database driver.
pub async fn merged_ids(conn: &mut Conn, clinic: ClinicId, patient: PersonId) -> sqlx::Result<Vec<PersonId>> {
    let sql = "select id from person where clinic_id = $1 and merged_into = $2 order by id";
    let ids: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(patient.to_string())
        .fetch_all(c)
        .await?);
    let mut all = vec![patient];
    for id in &ids {
        all.push(parse(id)?);
    }
    Ok(all)
}

/// The record that a patient's record was merged into; its own id if it was not.
///
/// # Errors
/// An error of the database driver.
pub async fn kept_id(conn: &mut Conn, clinic: ClinicId, patient: PersonId) -> sqlx::Result<PersonId> {
    let sql = "select coalesce(merged_into, id) from person where clinic_id = $1 and id = $2";
    let kept: Option<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(patient.to_string())
        .fetch_optional(c)
        .await?);
    kept.as_deref().map_or(Ok(patient), parse)
}

/// Whether a patient has a chart: notes or visits, also on records merged into them.
///
/// # Errors
/// An error of the database driver.
pub async fn has_chart(conn: &mut Conn, clinic: ClinicId, patient: PersonId) -> sqlx::Result<bool> {
    let sql = "select count(*) from person p where p.clinic_id = $1 and (p.id = $2 or p.merged_into = $2) \
        and (exists (select 1 from note n where n.patient_id = p.id) \
          or exists (select 1 from ticket t where t.patient_id = p.id))";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(patient.to_string())
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// Marks a record as merged, or removes the mark.
///
/// # Errors
/// An error of the database driver.
pub async fn merge_put(
    conn: &mut Conn,
    grant: &Grant,
    id: PersonId,
    into: Option<PersonId>,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update person set merged_into = $2, merged_at_ms = $3, version = version + 1 where id = $1 \
               and clinic_id = $4";
    on!(conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(into.map(|into| into.to_string()))
        .bind(into.map(|_| at.ms()))
        .bind(grant.clinic().to_string())
        .execute(c)
        .await
        .map(drop))
}

/// Two records, the older one first.
fn in_order(pair: (PersonId, PersonId)) -> (PersonId, PersonId) {
    if pair.0 < pair.1 { pair } else { (pair.1, pair.0) }
}

/// Stores that two people are different. The older record comes first in the row.
///
/// # Errors
/// An error of the database driver.
pub async fn distinct_put(
    conn: &mut Conn,
    grant: &Grant,
    pair: (PersonId, PersonId),
    at: Timestamp,
) -> sqlx::Result<()> {
    let (first, second) = in_order(pair);
    let row = vec![Value::text(first), Value::text(second), Value::text(grant.clinic()), Value::int(at.ms())];
    let head = "insert into person_distinct (first_id, second_id, clinic_id, created_at_ms)";
    insert_rows(conn, head, "on conflict (first_id, second_id) do nothing", vec![row]).await
}

/// Deletes the note that two people are different; whether there was one.
///
/// # Errors
/// An error of the database driver.
pub async fn distinct_delete(
    conn: &mut Conn,
    grant: &Grant,
    pair: (PersonId, PersonId),
) -> sqlx::Result<bool> {
    let (first, second) = in_order(pair);
    let sql = "delete from person_distinct where clinic_id = $1 and first_id = $2 and second_id = $3";
    let deleted = on!(conn, |c| sqlx::query(sql)
        .bind(grant.clinic().to_string())
        .bind(first.to_string())
        .bind(second.to_string())
        .execute(c)
        .await?
        .rows_affected());
    Ok(deleted > 0)
}

/// Two patients about whom somebody has decided.
#[derive(Debug)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// The record that stays, or the older one of two people.
    pub first: PersonId,
    /// The other record.
    pub second: PersonId,
}

/// The pairs about which somebody has decided, the latest first, after the first `skip`.
///
/// # Errors
/// An error of the database driver.
pub async fn decision_list(
    conn: &mut Conn,
    grant: &Grant,
    skip: i64,
    limit: i64,
) -> sqlx::Result<Vec<Decision>> {
    let sql = "select 1 as is_merged, coalesce(merged_at_ms, 0) as at_ms, merged_into as first_id, id as second_id \
        from person where clinic_id = $1 and merged_into is not null and deleted_at_ms is null \
        union all select 0, d.created_at_ms, d.first_id, d.second_id from person_distinct d \
        join person a on a.id = d.first_id join person b on b.id = d.second_id \
        where d.clinic_id = $1 and a.deleted_at_ms is null and b.deleted_at_ms is null \
        order by at_ms desc, second_id desc, first_id desc limit $2 offset $3";
    let rows: Vec<(i32, i64, String, String)> = on!(conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(limit)
        .bind(skip)
        .fetch_all(c)
        .await?);
    rows.into_iter()
        .map(|(is_merged, at_ms, first, second)| {
            let verdict = if is_merged == 1 { Verdict::Merged } else { Verdict::Distinct };
            let (first, second) = (parse(&first)?, parse(&second)?);
            Ok(Decision { verdict, at: Timestamp::from_ms(at_ms), first, second })
        })
        .collect()
}
