//! Rows of devices as administrators see and change them.

use medlane_shared::{
    access::Role,
    identity::DeviceView,
    ids::{ClinicId, DeviceId, SessionId},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::{Conn, on, parse};

/// Devices of a clinic at the most that are listed.
const LISTED: i64 = 1_000;

#[derive(FromRow)]
struct DeviceRow {
    id: String,
    name: String,
    role: String,
    branch_id: String,
    revoked_at_ms: Option<i64>,
    created_at_ms: i64,
    version: i64,
    seen_at_ms: Option<i64>,
}

const DEVICES: &str = "select d.id, d.name, d.role, d.branch_id, d.revoked_at_ms, d.created_at_ms, d.version, \
    (select max(s.rotated_at_ms) from session s where s.device_id = d.id) as seen_at_ms \
    from device d where d.clinic_id = $1";

impl DeviceRow {
    fn view(self) -> sqlx::Result<DeviceView> {
        let role =
            Role::from_text(&self.role).ok_or_else(|| sqlx::Error::Decode("an unknown role".into()))?;
        Ok(DeviceView {
            id: parse(&self.id)?,
            name: self.name,
            role,
            branch_id: parse(&self.branch_id)?,
            removed: self.revoked_at_ms.is_some(),
            created_at: Timestamp::from_ms(self.created_at_ms),
            seen_at: self.seen_at_ms.map(Timestamp::from_ms),
            version: self.version,
        })
    }
}

/// The devices, newest first.
///
/// # Errors
/// The driver's.
pub async fn device_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<DeviceView>> {
    let sql = AssertSqlSafe(format!("{DEVICES} order by d.id desc limit $2"));
    let rows: Vec<DeviceRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).bind(LISTED).fetch_all(c).await?);
    rows.into_iter().map(DeviceRow::view).collect()
}

/// A device.
///
/// # Errors
/// The driver's.
pub async fn device_view(
    conn: &mut Conn,
    clinic: ClinicId,
    id: DeviceId,
) -> sqlx::Result<Option<DeviceView>> {
    let sql = AssertSqlSafe(format!("{DEVICES} and d.id = $2"));
    let row: Option<DeviceRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_optional(c)
        .await?);
    row.map(DeviceRow::view).transpose()
}

/// Renames a device, and marks it as removed where a time says so.
///
/// # Errors
/// The driver's.
pub async fn device_put(
    conn: &mut Conn,
    id: DeviceId,
    name: &str,
    removed_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    let sql = "update device set name = $2, revoked_at_ms = coalesce($3, revoked_at_ms), version = version + 1 \
               where id = $1";
    on!(conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(name)
        .bind(removed_at.map(Timestamp::ms))
        .execute(c)
        .await
        .map(drop))
}

/// The live sessions of a device.
///
/// # Errors
/// The driver's.
pub async fn device_sessions(conn: &mut Conn, id: DeviceId, at: Timestamp) -> sqlx::Result<Vec<SessionId>> {
    let sql = "select id from session where device_id = $1 and ended_at_ms is null and expires_at_ms > $2";
    let ids: Vec<String> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(id.to_string()).bind(at.ms()).fetch_all(c).await?);
    ids.iter().map(|id| parse(id)).collect()
}
