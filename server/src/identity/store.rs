//! Rows of people, sessions, devices and subjects' keys.

use std::collections::HashMap;

use medlane_shared::{
    access::{Grant, Role},
    identity::{Gender, ProvenHow, RecordNumber},
    ids::{BranchId, ClinicId, PersonId},
    notify::Channel,
};
use sqlx::{AssertSqlSafe, FromRow};

use super::{contact::Contact, demographics::Demographics};
use crate::db::{Conn, about, in_list, on, parse, parse_some, whose};

#[derive(FromRow)]
struct DemographicsRow {
    id: String,
    name: String,
    birth_date: Option<String>,
    gender: Option<String>,
    record_number: Option<i64>,
}

/// The demographics of a person, and of the records that were merged into them. Merged records show the data of the
/// one that stays.
///
/// # Errors
/// An error of the database driver.
pub async fn demographics_list(
    conn: &mut Conn,
    clinic: ClinicId,
    person: PersonId,
) -> sqlx::Result<Vec<(PersonId, Demographics)>> {
    let sql = "select p.id, s.name, s.birth_date, s.gender, s.record_number from person p \
        join person s on s.id = coalesce(p.merged_into, p.id) \
        where p.clinic_id = $1 and (p.id = $2 or p.merged_into = $2) order by p.id";
    let rows: Vec<DemographicsRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(person.to_string())
        .fetch_all(c)
        .await?);
    let row = |row: DemographicsRow| {
        let demographics = Demographics {
            name: row.name,
            birth_date: row.birth_date,
            gender: row.gender.as_deref().and_then(Gender::from_text),
            record_number: record_number_of(row.record_number),
        };
        Ok((parse(&row.id)?, demographics))
    };
    rows.into_iter().map(row).collect()
}

/// The record number from a column.
#[must_use]
pub fn record_number_of(column: Option<i64>) -> Option<RecordNumber> {
    column.and_then(|number| u32::try_from(number).ok()).and_then(RecordNumber::new)
}

/// The last record number of a clinic. Only the writer gives the next one.
///
/// # Errors
/// An error of the database driver.
pub async fn record_number_last(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<i64> {
    let sql = "select coalesce(max(record_number), 0) from person where clinic_id = $1";
    on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_one(c).await)
}

/// Sets the caller's administrative gender; `None` leaves it unchanged.
///
/// # Errors
/// An error of the database driver.
pub async fn gender_put(conn: &mut Conn, grant: &Grant, gender: Option<Gender>) -> sqlx::Result<()> {
    let id = whose(grant)?;
    let Some(gender) = gender else { return Ok(()) };
    let sql = "update person set gender = $2, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(id.to_string()).bind(gender.text()).execute(c).await.map(drop))
}

/// Stores the caller's day of birth if none is known; returns whether it did.
///
/// # Errors
/// An error of the database driver.
pub async fn birth_date_put(conn: &mut Conn, grant: &Grant, born: &str) -> sqlx::Result<bool> {
    let id = whose(grant)?;
    let sql = "update person set birth_date = $2, version = version + 1 where id = $1 and birth_date is null";
    let done =
        on!(conn, |c| sqlx::query(sql).bind(id.to_string()).bind(born).execute(c).await?.rows_affected());
    Ok(done > 0)
}

/// Replaces a person's password.
///
/// # Errors
/// An error of the database driver.
pub async fn password_put(conn: &mut Conn, person: PersonId, hash: &str) -> sqlx::Result<()> {
    let sql = "update person set password = $2, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(person.to_string()).bind(hash).execute(c).await.map(drop))
}

/// Erases a person's password, contacts and other data of their account. Their identity stays as long as their record
/// must be kept. The rows of their ended sessions stay, without the data that identified them.
///
/// # Errors
/// An error of the database driver.
pub async fn account_erase(conn: &mut Conn, grant: &Grant, person: PersonId) -> sqlx::Result<()> {
    about(grant, person)?;
    for sql in [
        "update person set password = null, email = null, email_proven_at_ms = null, email_proven_how = null, \
         phone = null, phone_proven_at_ms = null, phone_proven_how = null, leaving_at_ms = null, \
         version = version + 1 where id = $1",
        "delete from backup_code where person_id = $1",
        "delete from factor where person_id = $1",
        "delete from push_subscription where person_id = $1",
        "delete from verification where person_id = $1",
        "delete from avatar where person_id = $1",
        "delete from notice_choice where person_id = $1",
        "delete from notice where person_id = $1",
        "update session set token_hash = '', agent = null where person_id = $1",
    ] {
        on!(&mut *conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// The channels with a confirmed contact, from the times of confirmation.
#[must_use]
pub fn proven(email_at: Option<i64>, phone_at: Option<i64>) -> Vec<Channel> {
    let both = [(Channel::Email, email_at), (Channel::Sms, phone_at)];
    both.into_iter().filter(|(_, at)| at.is_some()).map(|(channel, _)| channel).collect()
}

/// A person who can sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// How it was confirmed; `None` if it is not.
    pub email_proven: Option<ProvenHow>,
    /// Their phone number, in E.164.
    pub phone: Option<String>,
    /// How it was confirmed; `None` if it is not.
    pub phone_proven: Option<ProvenHow>,
    /// Preferred language.
    pub language: Option<String>,
    /// The hash of their password (PHC string).
    pub password: Option<String>,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// The person into whom they were merged.
    pub merged_into: Option<PersonId>,
    /// The roles that they hold.
    pub roles: Vec<Role>,
    /// The branches that they belong to.
    pub branches: Vec<BranchId>,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// The day of birth, if it is known.
    pub birth_date: Option<String>,
    /// The number of their medical record as a patient.
    pub record_number: Option<RecordNumber>,
}

impl Account {
    /// The stored contact of a channel, and how it was confirmed.
    #[must_use]
    pub fn contact(&self, channel: Channel) -> Option<(&str, Option<ProvenHow>)> {
        let (address, how) = match channel {
            Channel::Email => (self.email.as_deref(), self.email_proven),
            Channel::Sms => (self.phone.as_deref(), self.phone_proven),
            Channel::Push => (None, None),
        };
        address.map(|address| (address, how))
    }

    /// The contact on which a channel reaches them. Only confirmed contacts count.
    #[must_use]
    pub fn proven(&self, channel: Channel) -> Option<&str> {
        self.contact(channel).filter(|(_, how)| how.is_some()).map(|(address, _)| address)
    }

    /// The channels whose contact is confirmed.
    #[must_use]
    pub fn proven_channels(&self) -> Vec<Channel> {
        [Channel::Email, Channel::Sms].into_iter().filter(|channel| self.proven(*channel).is_some()).collect()
    }

    /// Whether they are a different person, and not merged into `person`.
    #[must_use]
    pub fn is_other_than(&self, person: PersonId) -> bool {
        self.id != person && self.merged_into != Some(person)
    }

    /// Whether it is proven that they read what is sent to this contact.
    #[must_use]
    pub fn holds(&self, channel: Channel) -> bool {
        self.contact(channel).and_then(|(_, how)| how).is_some_and(ProvenHow::is_held)
    }
}

#[derive(FromRow)]
struct PersonRow {
    id: String,
    name: String,
    email: Option<String>,
    email_proven_how: Option<String>,
    phone: Option<String>,
    phone_proven_how: Option<String>,
    language: Option<String>,
    password: Option<String>,
    suspended_at_ms: Option<i64>,
    deleted_at_ms: Option<i64>,
    merged_into: Option<String>,
    gender: Option<String>,
    birth_date: Option<String>,
    record_number: Option<i64>,
}

const PERSON: &str = "select id, name, email, email_proven_how, phone, phone_proven_how, language, password, \
    suspended_at_ms, deleted_at_ms, merged_into, gender, birth_date, record_number from person where clinic_id = $1";

/// The account with this confirmed e-mail address, in lower case.
///
/// # Errors
/// An error of the database driver.
pub async fn account_by_email(
    conn: &mut Conn,
    clinic: ClinicId,
    email: &str,
) -> sqlx::Result<Option<Account>> {
    let sql = AssertSqlSafe(format!("{PERSON} and email = $2 and email_proven_at_ms is not null"));
    let row: Option<PersonRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(email)
        .fetch_optional(c)
        .await?);
    account(conn, row).await
}

/// The account with this confirmed contact. There is at most one.
///
/// # Errors
/// An error of the database driver.
pub async fn account_by_contact(
    conn: &mut Conn,
    clinic: ClinicId,
    contact: &Contact,
) -> sqlx::Result<Option<Account>> {
    if contact.channel == Channel::Email {
        return account_by_email(conn, clinic, &contact.address).await;
    }
    let sql = AssertSqlSafe(format!("{PERSON} and phone = $2 and phone_proven_at_ms is not null"));
    let row: Option<PersonRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(&contact.address)
        .fetch_optional(c)
        .await?);
    account(conn, row).await
}

/// A person's account, by a grant about them.
///
/// # Errors
/// An error of the database driver.
pub async fn account_held(conn: &mut Conn, grant: &Grant, id: PersonId) -> sqlx::Result<Option<Account>> {
    about(grant, id)?;
    account_by_id(conn, grant.clinic(), id).await
}

/// Whether somebody can sign in as a person: a child without an account has no password.
///
/// # Errors
/// An error of the database driver.
pub async fn has_password(conn: &mut Conn, clinic: ClinicId, id: PersonId) -> sqlx::Result<bool> {
    let sql = "select count(*) from person where clinic_id = $1 and id = $2 and password is not null";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// Whether a record was merged into another.
///
/// # Errors
/// An error of the database driver.
pub async fn is_merged(conn: &mut Conn, clinic: ClinicId, id: PersonId) -> sqlx::Result<bool> {
    let sql = "select count(*) from person where clinic_id = $1 and id = $2 and merged_into is not null";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// The account of a person: before anybody is signed in, and for the server, which writes to its owner. Whoever holds a
/// grant asks [`account_held`].
///
/// # Errors
/// An error of the database driver.
pub async fn account_by_id(conn: &mut Conn, clinic: ClinicId, id: PersonId) -> sqlx::Result<Option<Account>> {
    let sql = AssertSqlSafe(format!("{PERSON} and id = $2"));
    let id = id.to_string();
    let row: Option<PersonRow> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).bind(id).fetch_optional(c).await?);
    account(conn, row).await
}

async fn account(conn: &mut Conn, row: Option<PersonRow>) -> sqlx::Result<Option<Account>> {
    let Some(row) = row else { return Ok(None) };
    let sql = "select role from person_role where person_id = $1 order by role";
    let roles: Vec<String> = on!(&mut *conn, |c| sqlx::query_scalar(sql).bind(&row.id).fetch_all(c).await?);
    let sql = "select branch_id from person_branch where person_id = $1 order by branch_id";
    let branches: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql).bind(&row.id).fetch_all(c).await?);
    Ok(Some(Account {
        id: parse(&row.id)?,
        name: row.name,
        email: row.email,
        email_proven: row.email_proven_how.as_deref().and_then(ProvenHow::from_text),
        phone: row.phone,
        phone_proven: row.phone_proven_how.as_deref().and_then(ProvenHow::from_text),
        language: row.language,
        password: row.password,
        merged_into: parse_some(row.merged_into.as_deref())?,
        birth_date: row.birth_date,
        suspended: row.suspended_at_ms.is_some() || row.deleted_at_ms.is_some() || row.merged_into.is_some(),
        roles: roles.iter().filter_map(|role| Role::from_text(role)).collect(),
        branches: branches.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>()?,
        gender: row.gender.as_deref().and_then(Gender::from_text),
        record_number: record_number_of(row.record_number),
    }))
}

/// The names of people by id, for views of the log.
///
/// # Errors
/// An error of the database driver.
pub async fn person_names(
    conn: &mut Conn,
    grant: &Grant,
    ids: &[PersonId],
) -> sqlx::Result<HashMap<PersonId, String>> {
    let mut names = HashMap::new();
    for ids in ids.chunks(256) {
        let (sql, size) = in_list("select clinic_id, id, name from person where id in", ids.len());
        let rows: Vec<(String, String, String)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(ids[n.min(ids.len() - 1)].to_string());
            }
            query.fetch_all(c).await?
        });
        for (of, id, name) in rows {
            if parse::<ClinicId>(&of)? == grant.clinic() {
                names.insert(parse(&id)?, name);
            }
        }
    }
    Ok(names)
}
