//! Rows of people's contacts, and of the checks of identity that stand for them.

use medlane_shared::{
    access::Grant,
    identity::{IdentityDocument, OwnContact, ProvenHow},
    ids::{ClinicId, IdentityCheckId, PersonId},
    notify::Channel,
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use super::address::Contact;
use crate::{
    db::{Conn, Value, about, in_list, insert_rows, on, whose},
    identity::entry_store::entry_renew,
};

/// Stores that a person has confirmed a contact.
///
/// # Errors
/// An error of the database driver.
pub async fn contact_prove(
    conn: &mut Conn,
    person: PersonId,
    contact: &Contact,
    how: ProvenHow,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = match contact.channel {
        Channel::Email => {
            "update person set email = $2, email_proven_at_ms = $3, email_proven_how = $4, email_needs_check = 0, \
             version = version + 1 where id = $1"
        }
        Channel::Sms | Channel::Push => {
            "update person set phone = $2, phone_proven_at_ms = $3, phone_proven_how = $4, phone_needs_check = 0, \
             version = version + 1 where id = $1"
        }
    };
    on!(&mut *conn, |c| sqlx::query(sql)
        .bind(person.to_string())
        .bind(&contact.address)
        .bind(at.ms())
        .bind(how.text())
        .execute(c)
        .await
        .map(drop))?;
    entry_renew(conn, person).await
}

/// Takes a contact away from others, because `to` has confirmed it by a code, a link or a check of their identity: from
/// people for whom only such a check stands, and from records that were merged into `to`.
///
/// # Errors
/// An error of the database driver.
pub async fn contact_yield(
    conn: &mut Conn,
    clinic: ClinicId,
    contact: &Contact,
    to: PersonId,
) -> sqlx::Result<()> {
    let sql = match contact.channel {
        Channel::Email => {
            "update person set email_proven_at_ms = null, email_proven_how = null, version = version + 1 \
             where clinic_id = $1 and email = $2 and (email_proven_how = 'identity' or merged_into = $3)"
        }
        Channel::Sms | Channel::Push => {
            "update person set phone_proven_at_ms = null, phone_proven_how = null, version = version + 1 \
             where clinic_id = $1 and phone = $2 and (phone_proven_how = 'identity' or merged_into = $3)"
        }
    };
    on!(conn, |c| sqlx::query(sql)
        .bind(clinic.to_string())
        .bind(&contact.address)
        .bind(to.to_string())
        .execute(c)
        .await
        .map(drop))
}

/// Whether a contact was typed at the desk over or beside what the record had, and nothing but a code to it stands for it.
///
/// # Errors
/// An error of the database driver.
pub async fn contact_needs_check(
    conn: &mut Conn,
    grant: &Grant,
    person: PersonId,
    channel: Channel,
) -> sqlx::Result<bool> {
    about(grant, person)?;
    let sql = match channel {
        Channel::Email => "select email_needs_check from person where clinic_id = $1 and id = $2",
        Channel::Sms | Channel::Push => {
            "select phone_needs_check from person where clinic_id = $1 and id = $2"
        }
    };
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
        .bind(person.to_string())
        .fetch_one(c)
        .await?);
    Ok(found != 0)
}

/// Records that a person read a code back from a contact that stood before: a code to the other one is enough now.
///
/// # Errors
/// An error of the database driver.
pub async fn contacts_checked(conn: &mut Conn, grant: &Grant, person: PersonId) -> sqlx::Result<()> {
    about(grant, person)?;
    let sql =
        "update person set email_needs_check = 0, phone_needs_check = 0 where clinic_id = $1 and id = $2";
    on!(conn, |c| sqlx::query(sql)
        .bind(grant.clinic().to_string())
        .bind(person.to_string())
        .execute(c)
        .await
        .map(drop))
}

#[derive(FromRow)]
struct ContactRow {
    email: Option<String>,
    email_proven_at_ms: Option<i64>,
    email_proven_how: Option<String>,
    phone: Option<String>,
    phone_proven_at_ms: Option<i64>,
    phone_proven_how: Option<String>,
}

/// The caller's contacts, the e-mail address first.
///
/// # Errors
/// An error of the database driver.
pub async fn contact_list(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Vec<OwnContact>> {
    let sql = "select email, email_proven_at_ms, email_proven_how, phone, phone_proven_at_ms, phone_proven_how \
        from person where clinic_id = $1 and id = $2";
    let row: Option<ContactRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(whose(grant)?.to_string())
        .fetch_optional(c)
        .await?);
    let Some(row) = row else { return Ok(Vec::new()) };
    let one = |channel, address: Option<String>, at: Option<i64>, how: Option<String>| {
        address.map(|address| OwnContact {
            channel,
            address,
            proven_at: at.map(Timestamp::from_ms),
            proven_how: how.as_deref().and_then(ProvenHow::from_text),
        })
    };
    let email = one(Channel::Email, row.email, row.email_proven_at_ms, row.email_proven_how);
    let phone = one(Channel::Sms, row.phone, row.phone_proven_at_ms, row.phone_proven_how);
    Ok([email, phone].into_iter().flatten().collect())
}

/// Those of the given numbers that a person has confirmed.
///
/// # Errors
/// An error of the database driver.
pub async fn numbers_proven(
    conn: &mut Conn,
    clinic: ClinicId,
    numbers: &[String],
) -> sqlx::Result<Vec<String>> {
    let mut proven = Vec::new();
    for numbers in numbers.chunks(256) {
        let head = "select clinic_id, phone from person where phone_proven_at_ms is not null and phone in";
        let (sql, size) = in_list(head, numbers.len());
        let rows: Vec<(String, String)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(&numbers[n.min(numbers.len() - 1)]);
            }
            query.fetch_all(c).await?
        });
        let here = clinic.to_string();
        proven.extend(rows.into_iter().filter(|(of, _)| *of == here).map(|(_, phone)| phone));
    }
    Ok(proven)
}

/// Whether an address has a staff invitation that was not accepted yet.
///
/// # Errors
/// An error of the database driver.
pub async fn email_is_invited(conn: &mut Conn, grant: &Grant, email: &str) -> sqlx::Result<bool> {
    let sql = "select count(*) from person p where p.clinic_id = $1 and p.email = $2 and p.deleted_at_ms is null \
        and p.password is null and exists (select 1 from person_role r where r.person_id = p.id and r.role <> 'patient')";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
        .bind(email)
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// Records that a person's identity was checked.
///
/// # Errors
/// An error of the database driver.
pub async fn identity_check_insert(
    conn: &mut Conn,
    grant: &Grant,
    person: PersonId,
    (document, purpose): (IdentityDocument, &str),
    by: Option<PersonId>,
    at: Timestamp,
) -> sqlx::Result<()> {
    about(grant, person)?;
    let row = vec![
        Value::text(IdentityCheckId::new(at, rand::random())),
        Value::text(grant.clinic()),
        Value::text(person),
        Value::text(document.text()),
        Value::text(purpose),
        Value::maybe(by),
        Value::int(at.ms()),
    ];
    let head = "insert into identity_check (id, clinic_id, person_id, document, purpose, by_id, at_ms)";
    insert_rows(conn, head, "", vec![row]).await
}
