//! Rows that a kiosk needs: letters, labels that are taken, and people by what they say.

use medlane_shared::{
    ids::{BranchId, ClinicId, DeviceId, PersonId, TicketId},
    queue::Label,
};

use crate::db::{Conn, on, parse};

/// The letters of a branch's kiosks that are still the clinic's, the one that was heard of the longest ago first.
///
/// # Errors
/// The driver's.
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

/// A kiosk has a letter, and the one before has it no more.
///
/// # Errors
/// The driver's.
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

/// The label of a ticket, of whatever day.
///
/// # Errors
/// The driver's.
pub async fn label_of(conn: &mut Conn, id: TicketId) -> sqlx::Result<Option<Label>> {
    let sql = "select prefix, number from ticket where id = $1";
    let row: Option<(String, i64)> =
        on!(conn, |c| sqlx::query_as(sql).bind(id.to_string()).fetch_optional(c).await?);
    Ok(row.and_then(|(prefix, number)| Label::new(&prefix, u32::try_from(number).ok()?).ok()))
}

/// Whether a label was given at a branch on a day.
///
/// # Errors
/// The driver's.
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

/// Patients by the end of their phone number and their date of birth.
///
/// # Errors
/// The driver's.
pub async fn person_by_phone(
    conn: &mut Conn,
    clinic: ClinicId,
    digits: &str,
    birth_date: &str,
) -> sqlx::Result<Vec<PersonId>> {
    let sql = "select id from person where clinic_id = $1 and birth_date = $2 and phone like $3 \
        and deleted_at_ms is null and suspended_at_ms is null";
    let rows: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(birth_date)
        .bind(format!("%{digits}"))
        .fetch_all(c)
        .await?);
    rows.iter().map(|id| parse(id)).collect()
}
