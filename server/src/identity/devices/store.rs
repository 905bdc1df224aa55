//! Rows of devices, and of the codes that enrol them.

use std::collections::HashMap;

use medlane_shared::{
    audit::{Hash, ReadsAlert},
    fault::Code,
    identity::{DeviceKind, DeviceOrder, DeviceState, DeviceView},
    ids::{BranchId, ClinicId, DeviceId, SessionId},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::{Conn, Value, insert_rows, on, parse};

/// The most devices in a list.
const LISTED: i64 = 1_000;
/// The most characters of a device's release that are stored.
const VERSION_MAX_CHARS: usize = 40;

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Its branch.
    pub branch: BranchId,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// The public half of its key, base64url; `None` for a browser.
    pub public_key: Option<String>,
    /// The release that it runs.
    pub app_version: Option<String>,
    /// The time of its last hello, by its clock.
    pub hello_at: Option<Timestamp>,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether it is to be wiped, or was wiped.
    pub revoked: bool,
    /// When it was last ordered to restart.
    pub restart_at: Option<Timestamp>,
}

impl Device {
    /// Why nobody may work at it; `None` if people may.
    #[must_use]
    pub const fn bar(&self) -> Option<Code> {
        match (self.revoked, self.locked) {
            (true, _) => Some(Code::DeviceRevoked),
            (false, true) => Some(Code::DeviceLocked),
            (false, false) => None,
        }
    }
}

/// A device's release in its stored form.
#[must_use]
pub fn plain_version(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(VERSION_MAX_CHARS).collect()
}

fn kind_of(text: &str) -> sqlx::Result<DeviceKind> {
    DeviceKind::from_text(text).ok_or_else(|| sqlx::Error::Decode("an unknown kind of device".into()))
}

#[derive(FromRow)]
struct DeviceRow {
    id: String,
    name: String,
    kind: String,
    branch_id: String,
    public_key: Option<String>,
    app_version: Option<String>,
    hello_at_ms: Option<i64>,
    locked_at_ms: Option<i64>,
    restart_at_ms: Option<i64>,
    reads_alert: Option<String>,
    revoked_at_ms: Option<i64>,
    wiped_at_ms: Option<i64>,
    created_at_ms: i64,
    version: i64,
    seen_at_ms: Option<i64>,
    renewed_at_ms: Option<i64>,
}

const DEVICES: &str = "select d.id, d.name, d.kind, d.branch_id, d.public_key, d.app_version, d.hello_at_ms, \
    d.locked_at_ms, d.restart_at_ms, d.reads_alert, d.revoked_at_ms, d.wiped_at_ms, d.created_at_ms, d.version, d.seen_at_ms, \
    (select max(s.rotated_at_ms) from session s where s.device_id = d.id) as renewed_at_ms \
    from device d where d.clinic_id = $1";

impl DeviceRow {
    fn view(self) -> sqlx::Result<DeviceView> {
        let has_key = self.public_key.is_some();
        let state = match (self.revoked_at_ms, self.locked_at_ms) {
            // A device without a key stores nothing that it could erase.
            (Some(_), _) if self.wiped_at_ms.is_some() || !has_key => DeviceState::Wiped,
            (Some(_), _) => DeviceState::Wiping,
            (None, Some(_)) => DeviceState::Locked,
            (None, None) => DeviceState::Active,
        };
        Ok(DeviceView {
            id: parse(&self.id)?,
            name: self.name,
            kind: kind_of(&self.kind)?,
            branch_id: parse(&self.branch_id)?,
            state,
            has_key,
            app_version: self.app_version,
            created_at: Timestamp::from_ms(self.created_at_ms),
            seen_at: self.seen_at_ms.max(self.renewed_at_ms).map(Timestamp::from_ms),
            reads_alert: self.reads_alert.as_deref().and_then(ReadsAlert::from_text),
            clinic_code: None,
            version: self.version,
        })
    }

    fn device(self) -> sqlx::Result<Device> {
        Ok(Device {
            id: parse(&self.id)?,
            branch: parse(&self.branch_id)?,
            kind: kind_of(&self.kind)?,
            name: self.name,
            public_key: self.public_key,
            app_version: self.app_version,
            hello_at: self.hello_at_ms.map(Timestamp::from_ms),
            locked: self.locked_at_ms.is_some(),
            revoked: self.revoked_at_ms.is_some(),
            restart_at: self.restart_at_ms.map(Timestamp::from_ms),
        })
    }
}

/// The devices, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn device_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<DeviceView>> {
    let sql = AssertSqlSafe(format!("{DEVICES} order by d.id desc limit $2"));
    let rows: Vec<DeviceRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).bind(LISTED).fetch_all(c).await?);
    rows.into_iter().map(DeviceRow::view).collect()
}

async fn device_row(conn: &mut Conn, clinic: ClinicId, id: DeviceId) -> sqlx::Result<Option<DeviceRow>> {
    let sql = AssertSqlSafe(format!("{DEVICES} and d.id = $2"));
    on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).bind(id.to_string()).fetch_optional(c).await)
}

/// A device, as administrators see it.
///
/// # Errors
/// An error of the database driver.
pub async fn device_view(
    conn: &mut Conn,
    clinic: ClinicId,
    id: DeviceId,
) -> sqlx::Result<Option<DeviceView>> {
    device_row(conn, clinic, id).await?.map(DeviceRow::view).transpose()
}

/// A device of a clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn device_by_id(conn: &mut Conn, clinic: ClinicId, id: DeviceId) -> sqlx::Result<Option<Device>> {
    device_row(conn, clinic, id).await?.map(DeviceRow::device).transpose()
}

/// The devices at which nobody may work, and why.
///
/// # Errors
/// An error of the database driver.
pub async fn bar_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<HashMap<DeviceId, Code>> {
    let sql = "select id, revoked_at_ms from device where clinic_id = $1 \
        and (revoked_at_ms is not null or locked_at_ms is not null)";
    let rows: Vec<(String, Option<i64>)> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    let bar = |revoked: Option<i64>| if revoked.is_some() { Code::DeviceRevoked } else { Code::DeviceLocked };
    rows.into_iter().map(|(id, revoked)| Ok((parse(&id)?, bar(revoked)))).collect()
}

/// When devices were last ordered to restart.
///
/// # Errors
/// An error of the database driver.
pub async fn restart_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<HashMap<DeviceId, Timestamp>> {
    let sql = "select id, restart_at_ms from device where clinic_id = $1 and restart_at_ms is not null";
    let rows: Vec<(String, i64)> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    rows.into_iter().map(|(id, at)| Ok((parse(&id)?, Timestamp::from_ms(at)))).collect()
}

/// Adds a device.
///
/// # Errors
/// An error of the database driver.
pub async fn device_insert(
    conn: &mut Conn,
    clinic: ClinicId,
    device: &Device,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![
        Value::text(device.id),
        Value::text(clinic),
        Value::text(device.branch),
        Value::text(device.kind.text()),
        Value::text(&device.name),
        Value::maybe(device.public_key.as_deref()),
        Value::maybe(device.app_version.as_deref()),
        Value::int(at.ms()),
        Value::int(at.ms()),
    ];
    let head = "insert into device (id, clinic_id, branch_id, kind, name, public_key, app_version, \
        seen_at_ms, created_at_ms)";
    insert_rows(conn, head, "", vec![row]).await
}

/// Renames a device, and stores its order.
///
/// # Errors
/// An error of the database driver.
pub async fn device_put(
    conn: &mut Conn,
    id: DeviceId,
    name: &str,
    order: Option<DeviceOrder>,
    at: Timestamp,
) -> sqlx::Result<()> {
    let marked = match order {
        None => "version = version + 1",
        Some(DeviceOrder::Lock) => "version = version + 1, locked_at_ms = $3",
        // The time is bound, but not used.
        Some(DeviceOrder::Unlock) => "version = version + 1, locked_at_ms = null",
        Some(DeviceOrder::Restart) => "version = version + 1, restart_at_ms = $3",
        Some(DeviceOrder::Heed) => "version = version + 1, reads_alert = null",
        Some(DeviceOrder::Wipe) => "version = version + 1, revoked_at_ms = $3",
    };
    let sql = AssertSqlSafe(format!("update device set name = $2, {marked} where id = $1"));
    let with_time = matches!(order, Some(DeviceOrder::Lock | DeviceOrder::Restart | DeviceOrder::Wipe));
    on!(conn, |c| {
        let query = sqlx::query(sql).bind(id.to_string()).bind(name);
        let query = if with_time { query.bind(at.ms()) } else { query };
        query.execute(c).await.map(drop)
    })
}

/// Stores that a device said hello.
///
/// # Errors
/// An error of the database driver.
pub async fn device_hello(
    conn: &mut Conn,
    id: DeviceId,
    said: Option<Timestamp>,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update device set hello_at_ms = $2, seen_at_ms = $3 where id = $1";
    on!(conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(said.map(Timestamp::ms))
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}

/// Stores a device's release, and that it was seen.
///
/// # Errors
/// An error of the database driver.
pub async fn device_seen(
    conn: &mut Conn,
    id: DeviceId,
    app_version: &str,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update device set app_version = $2, seen_at_ms = $3 where id = $1";
    on!(conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(plain_version(app_version))
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}

/// Stores that a device has erased everything.
///
/// # Errors
/// An error of the database driver.
pub async fn device_wiped(conn: &mut Conn, id: DeviceId, at: Timestamp) -> sqlx::Result<()> {
    let sql = "update device set wiped_at_ms = $2, seen_at_ms = $2, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(id.to_string()).bind(at.ms()).execute(c).await.map(drop))
}

/// The hashes of a device's reads with this number. There are several if its log has forked.
///
/// # Errors
/// An error of the database driver.
pub async fn read_hashes(conn: &mut Conn, device: DeviceId, n: i64) -> sqlx::Result<Vec<Hash>> {
    let sql = "select hash from device_read where device_id = $1 and n = $2";
    let found: Vec<Vec<u8>> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(device.to_string()).bind(n).fetch_all(c).await?);
    let hash =
        |bytes: Vec<u8>| bytes.try_into().map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()));
    found.into_iter().map(hash).collect()
}

/// Stores that a read was taken over.
///
/// # Errors
/// An error of the database driver.
pub async fn read_insert(
    conn: &mut Conn,
    device: DeviceId,
    n: i64,
    hash: &Hash,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row =
        vec![Value::text(device), Value::int(n), Value::Bytes(Some(hash.to_vec())), Value::int(at.ms())];
    insert_rows(conn, "insert into device_read (device_id, n, hash, at_ms)", "", vec![row]).await
}

/// Marks that something is wrong with a device's reads.
///
/// # Errors
/// An error of the database driver.
pub async fn reads_alert(conn: &mut Conn, device: DeviceId, alert: ReadsAlert) -> sqlx::Result<()> {
    let sql = "update device set reads_alert = $2, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(device.to_string()).bind(alert.text()).execute(c).await.map(drop))
}

/// The live sessions at a device: its own, and those of people.
///
/// # Errors
/// An error of the database driver.
pub async fn device_sessions(conn: &mut Conn, id: DeviceId, at: Timestamp) -> sqlx::Result<Vec<SessionId>> {
    let sql = "select id from session where device_id = $1 and ended_at_ms is null and expires_at_ms > $2";
    let ids: Vec<String> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(id.to_string()).bind(at.ms()).fetch_all(c).await?);
    ids.iter().map(|id| parse(id)).collect()
}

/// A one-time code that enrols a device.
#[derive(Debug, FromRow)]
pub struct CodeRow {
    /// The branch of the device.
    pub branch_id: String,
    /// The kind of the device.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// When the code expires.
    pub expires_at_ms: i64,
    /// For the demo clinic: 1 if the code can be used again.
    pub reusable: i64,
    /// When it was used.
    pub used_at_ms: Option<i64>,
}

/// Adds a code.
///
/// # Errors
/// An error of the database driver.
pub async fn code_insert(conn: &mut Conn, clinic: ClinicId, hash: &str, code: &CodeRow) -> sqlx::Result<()> {
    let row = vec![
        Value::text(hash),
        Value::text(clinic),
        Value::text(&code.branch_id),
        Value::text(&code.kind),
        Value::text(&code.name),
        Value::int(code.expires_at_ms),
        Value::int(code.reusable),
    ];
    let head =
        "insert into device_code (code_hash, clinic_id, branch_id, kind, name, expires_at_ms, reusable)";
    insert_rows(conn, head, "", vec![row]).await
}

/// A code by its hash.
///
/// # Errors
/// An error of the database driver.
pub async fn code_by_hash(conn: &mut Conn, clinic: ClinicId, hash: &str) -> sqlx::Result<Option<CodeRow>> {
    let sql = "select branch_id, kind, name, expires_at_ms, reusable, used_at_ms from device_code \
               where code_hash = $1 and clinic_id = $2";
    on!(conn, |c| sqlx::query_as(sql).bind(hash).bind(clinic.to_string()).fetch_optional(c).await)
}

/// Marks a code as used.
///
/// # Errors
/// An error of the database driver.
pub async fn code_use(conn: &mut Conn, hash: &str, at: Timestamp) -> sqlx::Result<()> {
    let sql = "update device_code set used_at_ms = $2 where code_hash = $1";
    on!(conn, |c| sqlx::query(sql).bind(hash).bind(at.ms()).execute(c).await.map(drop))
}
