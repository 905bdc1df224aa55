//! The entries of the search index: by what each person is found, and what a text looks for.

use medlane_shared::{
    identity::{Criterion, RecordNumber, criteria, entries},
    ids::{ClinicId, PersonId},
};

use super::store::record_number_last;
use crate::db::{Conn, Value, insert_rows, on};

/// The most record numbers that a part of a number stands for.
const RECORDS_MAX: usize = 400;

const HEAD: &str = "insert into found_by (clinic_id, entry, person_id)";

/// A person's rows of the index.
pub fn rows(
    clinic: ClinicId,
    person: PersonId,
    (name, email, phone): (&str, Option<&str>, Option<&str>),
) -> Vec<Vec<Value>> {
    let row = |entry: String| vec![Value::text(clinic), Value::Text(Some(entry)), Value::text(person)];
    entries(name, email, phone).into_iter().map(row).collect()
}

/// Writes the rows of new people.
///
/// # Errors
/// An error of the database driver.
pub async fn entry_insert(conn: &mut Conn, rows: Vec<Vec<Value>>) -> sqlx::Result<()> {
    insert_rows(conn, HEAD, "", rows).await
}

/// Brings the index up to date after a person's name, address or number has changed.
///
/// # Errors
/// An error of the database driver.
pub async fn entry_renew(conn: &mut Conn, person: PersonId) -> sqlx::Result<()> {
    let sql = "select clinic_id, name, email, phone from person where id = $1";
    let found: Option<(String, String, Option<String>, Option<String>)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(person.to_string()).fetch_optional(c).await?);
    let sql = "delete from found_by where person_id = $1";
    on!(&mut *conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop))?;
    let Some((clinic, name, email, phone)) = found else { return Ok(()) };
    let rows = rows(crate::db::parse(&clinic)?, person, (&name, email.as_deref(), phone.as_deref()));
    entry_insert(conn, rows).await
}

/// A criterion with the record numbers that it stands for.
#[derive(Debug, Default)]
pub struct LookedFor {
    /// The beginnings of entries.
    pub entries: Vec<String>,
    /// Days of birth.
    pub days: Vec<String>,
    /// Places in the clinic's numbering.
    pub records: Vec<u32>,
}

impl LookedFor {
    /// One look-up for each of its entries, and one for its days and record numbers each.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        let entries = self.entries.into_iter().map(|entry| Self { entries: vec![entry], ..Self::default() });
        let days = (!self.days.is_empty()).then(|| Self { days: self.days, ..Self::default() });
        let records = (!self.records.is_empty()).then(|| Self { records: self.records, ..Self::default() });
        records.into_iter().chain(days).chain(entries).collect()
    }
}

/// What a typed text looks for.
///
/// # Errors
/// An error of the database driver.
pub async fn wanted(conn: &mut Conn, clinic: ClinicId, q: &str) -> sqlx::Result<Vec<LookedFor>> {
    let all = criteria(q);
    let has_record = all.iter().any(|one| one.record.is_some());
    let last = if has_record { record_number_last(conn, clinic).await? } else { 0 };
    let last = u32::try_from(last).unwrap_or(u32::MAX);
    let one = |Criterion { entries, days, record }: Criterion| {
        let records = record.map(|text| RecordNumber::fitting(&text, last, RECORDS_MAX)).unwrap_or_default();
        LookedFor { entries, days, records }
    };
    Ok(all.into_iter().map(one).collect())
}

/// The text before which all texts with this beginning stand.
#[must_use]
pub fn end(entry: &str) -> String {
    format!("{entry}{}", char::MAX)
}

/// The condition that the record `p` fits a criterion. Its values are added to `args`, which are bound from `$1` on.
#[must_use]
pub fn fits(one: &LookedFor, args: &mut Vec<String>) -> String {
    let mut bind = |text: String| {
        args.push(text);
        format!("${}", args.len())
    };
    let mut any = Vec::new();
    if !one.days.is_empty() {
        let days: Vec<String> = one.days.iter().map(|day| bind(day.clone())).collect();
        any.push(format!("p.birth_date in ({})", days.join(", ")));
    }
    if !one.records.is_empty() {
        let records: Vec<String> = one.records.iter().map(ToString::to_string).collect();
        any.push(format!("p.record_number in ({})", records.join(", ")));
    }
    for entry in &one.entries {
        let (from, to) = (bind(entry.clone()), bind(end(entry)));
        any.push(format!(
            "exists (select 1 from found_by o where o.person_id = p.id and o.entry >= {from} and o.entry < {to})"
        ));
    }
    format!("({})", any.join(" or "))
}
