//! Rows for kiosks: letters, labels that are taken, and people by the data that they enter.

use medlane_shared::{
    access::Grant,
    ids::{BranchId, ClinicId, DeviceId, PersonId, TicketId},
    queue::Label,
};

use crate::db::{Conn, on, parse};

/// The letters of a branch's kiosks, the kiosk that was last seen the longest ago first. Removed kiosks are left out.
///
/// # Errors
/// An error of the database driver.
pub async fn letter_list(conn: &mut Conn, branch: BranchId) -> sqlx::Result<Vec<(DeviceId, char)>> {
    let sql = "select id, letter from device where branch_id = $1 and letter is not null and revoked_at_ms is null \
        order by seen_at_ms, id";
    let rows: Vec<(String, String)> =
        on!(conn, |c| sqlx::query_as(sql).bind(branch.to_string()).fetch_all(c).await?);
    rows.iter()
        .filter_map(|(id, letter)| Some((id, letter.chars().next()?)))
        .map(|(id, letter)| Ok((parse(id)?, letter)))
        .collect()
}

/// Gives a letter to a kiosk, and takes it from the one before.
///
/// # Errors
/// An error of the database driver.
pub async fn letter_put(
    conn: &mut Conn,
    device: DeviceId,
    letter: char,
    before: Option<DeviceId>,
) -> sqlx::Result<()> {
    let sql = "update device set letter = $2 where id = $1";
    if let Some(before) = before {
        on!(&mut *conn, |c| sqlx::query(sql)
            .bind(before.to_string())
            .bind(None::<String>)
            .execute(c)
            .await
            .map(drop))?;
    }
    on!(conn, |c| sqlx::query(sql)
        .bind(device.to_string())
        .bind(letter.to_string())
        .execute(c)
        .await
        .map(drop))
}

/// A ticket with an id that a kiosk has made, on any day, in any clinic and branch.
#[derive(Debug)]
pub struct Known {
    /// The clinic.
    pub clinic: ClinicId,
    /// The branch.
    pub branch: BranchId,
    /// Its label.
    pub label: Label,
}

/// The ticket that has this id already.
///
/// # Errors
/// An error of the database driver.
pub async fn ticket_known(conn: &mut Conn, id: TicketId) -> sqlx::Result<Option<Known>> {
    let sql = "select clinic_id, branch_id, prefix, number from ticket where id = $1";
    let row: Option<(String, String, String, i64)> =
        on!(conn, |c| sqlx::query_as(sql).bind(id.to_string()).fetch_optional(c).await?);
    let broken = || sqlx::Error::Decode("a ticket's label cannot be read".into());
    row.map(|(clinic, branch, prefix, number)| {
        let number = u32::try_from(number).map_err(|_| broken())?;
        let label = Label::new(&prefix, number).map_err(|_| broken())?;
        Ok(Known { clinic: parse(&clinic)?, branch: parse(&branch)?, label })
    })
    .transpose()
}

/// Whether a label was given at a branch on a day.
///
/// # Errors
/// An error of the database driver.
pub async fn label_is_taken(
    conn: &mut Conn,
    branch: BranchId,
    day: &str,
    label: &Label,
) -> sqlx::Result<bool> {
    let sql = "select count(*) from ticket where branch_id = $1 and day = $2 and prefix = $3 and number = $4";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(branch.to_string())
        .bind(day)
        .bind(label.prefix())
        .bind(i64::from(label.number()))
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// A person born on a day, and the phone numbers that identify them: their own, or without one those of their
/// guardians. A record that was merged counts with its date and number, and names the person of the record that stays.
#[derive(Debug)]
pub struct Born {
    /// Their id.
    pub id: PersonId,
    /// The phone numbers, in E.164.
    pub phones: Vec<String>,
}

/// The patients with this date of birth, with their phone numbers.
///
/// # Errors
/// An error of the database driver.
pub async fn born_list(conn: &mut Conn, grant: &Grant, birth_date: &str) -> sqlx::Result<Vec<Born>> {
    let sql = "select s.id, coalesce(p.phone, g.phone) from person p join person s on s.id = coalesce(p.merged_into, p.id) \
        left join guardian r on r.dependant_id = p.id and r.ended_at_ms is null and p.phone is null \
        left join person g on g.id = r.guardian_id and g.deleted_at_ms is null and g.suspended_at_ms is null \
        where p.clinic_id = $1 and p.birth_date = $2 and p.deleted_at_ms is null and p.suspended_at_ms is null \
        and s.deleted_at_ms is null and s.suspended_at_ms is null order by s.id";
    let rows: Vec<(String, Option<String>)> = on!(conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(birth_date)
        .fetch_all(c)
        .await?);
    let mut born: Vec<Born> = Vec::new();
    for (id, phone) in rows {
        let id = parse(&id)?;
        match born.last_mut().filter(|last| last.id == id) {
            Some(last) => last.phones.extend(phone),
            None => born.push(Born { id, phones: phone.into_iter().collect() }),
        }
    }
    Ok(born)
}
