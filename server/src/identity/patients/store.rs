//! Rows of patients, with the facts that tell them from others.

use std::collections::HashMap;

use medlane_shared::{
    access::Grant,
    identity::{Gender, NUMBER_MIN_DIGITS, PatientView, RecordNumber},
    ids::PersonId,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    db::{Conn, IN_MAX, in_list, like, on, parse},
    identity::store::{proven, record_number_of},
};

/// The most patients that a search shows: whoever looks for one has to say more.
const FOUND_MAX: i64 = 50;

#[derive(FromRow)]
struct PatientRow {
    id: String,
    name: String,
    birth_date: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    gender: Option<String>,
    record_number: Option<i64>,
    email_proven_at_ms: Option<i64>,
    phone_proven_at_ms: Option<i64>,
    language: Option<String>,
    version: i64,
}

/// All existing patients, without merged records.
const PATIENTS: &str = "select p.id, p.name, p.birth_date, p.phone, p.email, p.gender, p.record_number, \
    p.email_proven_at_ms, p.phone_proven_at_ms, p.language, p.version from person p \
    where p.clinic_id = $1 and p.deleted_at_ms is null and p.merged_into is null \
    and exists (select 1 from person_role r where r.person_id = p.id and r.role = 'patient')";

impl PatientRow {
    fn view(self) -> sqlx::Result<PatientView> {
        let Self { id, name, birth_date, phone, email, gender, record_number, language, version, .. } = self;
        let gender = gender.as_deref().and_then(Gender::from_text);
        let record_number = record_number_of(record_number);
        let proven = proven(self.email_proven_at_ms, self.phone_proven_at_ms);
        let id = parse(&id)?;
        Ok(PatientView {
            id,
            name,
            birth_date,
            phone,
            email,
            gender,
            record_number,
            former_numbers: Vec::new(),
            proven,
            language,
            version,
        })
    }
}

/// An existing patient.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_by_id(
    conn: &mut Conn,
    grant: &Grant,
    id: PersonId,
) -> sqlx::Result<Option<PatientView>> {
    let sql = AssertSqlSafe(format!("{PATIENTS} and p.id = $2"));
    let row: Option<PatientRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(id.to_string())
        .fetch_optional(c)
        .await?);
    Ok(views(conn, row.into_iter().collect()).await?.pop())
}

/// The patients of these rows, with the numbers of the records that were merged into them.
async fn views(conn: &mut Conn, rows: Vec<PatientRow>) -> sqlx::Result<Vec<PatientView>> {
    const HEAD: &str =
        "select merged_into, record_number from person where record_number is not null and merged_into in";
    let mut former: HashMap<PersonId, Vec<RecordNumber>> = HashMap::new();
    for ids in rows.chunks(IN_MAX) {
        let (sql, size) = in_list(HEAD, ids.len());
        let found: Vec<(String, i64)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(ids[n.min(ids.len() - 1)].id.clone());
            }
            query.fetch_all(c).await?
        });
        for (id, number) in found {
            former.entry(parse(&id)?).or_default().extend(record_number_of(Some(number)));
        }
    }
    let view = |row: PatientRow| {
        let patient = row.view()?;
        let mut former_numbers = former.remove(&patient.id).unwrap_or_default();
        former_numbers.sort_by_key(|record| record.number());
        Ok(PatientView { former_numbers, ..patient })
    };
    rows.into_iter().map(view).collect()
}

/// The condition that a record, of this alias, is searched for.
fn fits(alias: &str) -> String {
    format!(
        "(lower({alias}.name) like $2 escape '\\' or {alias}.email like $7 escape '\\' or {alias}.birth_date = $3 \
         or ($4 <> '' and {alias}.phone like $4) or {alias}.record_number = $5)"
    )
}

/// Patients with this text in their name or number, or at the beginning of their address, with this date of birth or record
/// number, on their record or on one that was merged into it; sorted by name. What all addresses of a clinic have in common finds nobody.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_find(
    conn: &mut Conn,
    grant: &Grant,
    q: &str,
    limit: i64,
) -> sqlx::Result<Vec<PatientView>> {
    let plain = q.trim().to_lowercase();
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    // A text that looks like a number is searched for by its digits, however they are grouped.
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let number =
        if is_number && digits.len() >= NUMBER_MIN_DIGITS { format!("%{digits}%") } else { String::new() };
    let record = q.parse::<RecordNumber>().map_or(0, |record| i64::from(record.number()));
    let sql = AssertSqlSafe(format!(
        "{PATIENTS} and ({} or exists (select 1 from person m where m.merged_into = p.id and {})) \
         order by p.name, p.id limit $6",
        fits("p"),
        fits("m")
    ));
    let rows: Vec<PatientRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(format!("%{}%", like(&plain)))
        .bind(&plain)
        .bind(number)
        .bind(record)
        .bind(limit.min(FOUND_MAX))
        .bind(format!("{}%", like(&plain)))
        .fetch_all(c)
        .await?);
    views(conn, rows).await
}

/// Patients who may be the same person: with the same date of birth, confirmed number, or name.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_alike(
    conn: &mut Conn,
    grant: &Grant,
    name: &str,
    birth_date: Option<&str>,
    phone: Option<&str>,
) -> sqlx::Result<Vec<PatientView>> {
    let sql = AssertSqlSafe(format!(
        "{PATIENTS} and (p.birth_date = $2 or p.name = $4 \
         or (p.phone = $3 and p.phone_proven_at_ms is not null))"
    ));
    let rows: Vec<PatientRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(birth_date)
        .bind(phone)
        .bind(name)
        .fetch_all(c)
        .await?);
    views(conn, rows).await
}

/// Writes who a patient is. A contact that is another than before is unproven, and needs more than a code to it.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_put(conn: &mut Conn, grant: &Grant, patient: &PatientView) -> sqlx::Result<()> {
    let sql = "update person set name = $3, birth_date = $4, gender = $5, language = $6, \
               email_proven_at_ms = case when email = $7 then email_proven_at_ms end, \
               email_proven_how = case when email = $7 then email_proven_how end, \
               phone_proven_at_ms = case when phone = $8 then phone_proven_at_ms end, \
               phone_proven_how = case when phone = $8 then phone_proven_how end, \
               email_needs_check = case when email = $7 then email_needs_check else 1 end, \
               phone_needs_check = case when phone = $8 then phone_needs_check else 1 end, \
               email = $7, phone = $8, version = version + 1 where clinic_id = $1 and id = $2";
    on!(conn, |c| sqlx::query(sql)
        .bind(grant.clinic().to_string())
        .bind(patient.id.to_string())
        .bind(&patient.name)
        .bind(patient.birth_date.as_deref())
        .bind(patient.gender.map(Gender::text))
        .bind(patient.language.as_deref())
        .bind(patient.email.as_deref())
        .bind(patient.phone.as_deref())
        .execute(c)
        .await
        .map(drop))
}
