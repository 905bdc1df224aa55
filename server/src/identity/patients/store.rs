//! Rows of patients, with the facts that tell them from others.

use std::collections::HashMap;

use medlane_shared::{
    access::Grant,
    identity::{Gender, PatientView, RecordNumber, name_key},
    ids::PersonId,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    db::{Conn, IN_MAX, in_list, on, parse},
    identity::{
        entry_store::entry_renew,
        store::{proven, record_number_of},
    },
};

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

/// The existing patients among these, in this order.
///
/// # Errors
/// An error of the database driver.
pub async fn patient_list(
    conn: &mut Conn,
    grant: &Grant,
    ids: &[PersonId],
) -> sqlx::Result<Vec<PatientView>> {
    let mut found = Vec::new();
    for ids in ids.chunks(IN_MAX) {
        let marks: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
        // The ids are the way to the rows. An index of the clinic would lead to all its people.
        let these = PATIENTS.replacen("p.clinic_id = $1", "p.clinic_id || '' = $1", 1);
        let sql = AssertSqlSafe(format!("{these} and p.id in ({})", marks.join(", ")));
        let rows: Vec<PatientRow> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(sql).bind(grant.clinic().to_string());
            for id in ids {
                query = query.bind(id.to_string());
            }
            query.fetch_all(c).await?
        });
        found.extend(rows);
    }
    let mut found = views(conn, found).await?;
    found.sort_by_key(|patient| ids.iter().position(|id| *id == patient.id));
    Ok(found)
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
    // One index for each: together they would be looked for among all people.
    let sql = "select id from person where clinic_id = $1 and birth_date = $2 \
         union select id from person where clinic_id = $1 and phone = $3 and phone_proven_at_ms is not null \
         union select person_id from found_by where clinic_id = $1 and entry = $4";
    let ids: Vec<String> = on!(&mut *conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
        .bind(birth_date)
        .bind(phone)
        .bind(format!("={}", name_key(name)))
        .fetch_all(c)
        .await?);
    let ids: Vec<PersonId> = ids.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>()?;
    patient_list(conn, grant, &ids).await
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
    on!(&mut *conn, |c| sqlx::query(sql)
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
        .map(drop))?;
    entry_renew(conn, patient.id).await
}
