//! Rows of branches, services, and who gives them, as settings.

use std::collections::BTreeMap;

use medlane_shared::{
    access::{Grant, Role},
    clinic::{BranchSettings, BranchView, Given, ServiceSettings, ServiceView, Settings, StaffView},
    ids::{BranchId, ClinicId, PersonId, RoomId, ServiceId},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    clinic::store::{GIVES, branch_list, room_list},
    db::{Conn, Value, insert_rows, on, parse},
};

#[derive(FromRow)]
struct ServiceRow {
    id: String,
    name: String,
    prefix: String,
    duration_min: i64,
    price_minor: i64,
    currency: String,
    walk_in: i64,
    version: i64,
}

/// Pairs of texts, as the joins below return them.
type Pairs = Vec<(String, String)>;

fn by_first(pairs: Pairs) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (first, second) in pairs {
        all.entry(first).or_default().push(second);
    }
    all
}

/// All settings of a clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn settings_load(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Settings> {
    let clinic = grant.clinic();
    let id = clinic.to_string();
    let branches = branch_list(conn, clinic).await?;
    let rooms = room_list(conn, clinic).await?.into_iter().map(|(branch, _, name)| (branch, name)).collect();
    let sql = "select id, name, prefix, duration_min, price_minor, currency, walk_in, version from service \
        where clinic_id = $1 order by name, id";
    let services: Vec<ServiceRow> = on!(&mut *conn, |c| sqlx::query_as(sql).bind(&id).fetch_all(c).await?);
    let sql = AssertSqlSafe(format!(
        "select g.service_id, g.branch_id, g.person_id from service_given g join service s on s.id = g.service_id \
         join person p on p.id = g.person_id where s.clinic_id = $1 and {GIVES} order by g.branch_id, g.person_id"
    ));
    let given: Vec<(String, String, String)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(&id).fetch_all(c).await?);
    let staff = staff_list(conn, clinic).await?;
    let mut rooms = by_first(rooms);
    let branches = branches.into_iter().map(|row| {
        Ok(BranchView {
            id: parse(&row.id)?,
            settings: BranchSettings {
                languages: row.languages(),
                policy: row.policy()?,
                rooms: rooms.remove(&row.id).unwrap_or_default(),
                name: row.name,
                address: row.address,
                time_zone: row.time_zone,
                version: Some(row.version),
            },
        })
    });
    let services = services.into_iter().map(|row| {
        let given = given
            .iter()
            .filter(|(service, ..)| *service == row.id)
            .map(|(_, branch, person)| Ok(Given { branch_id: parse(branch)?, person_id: parse(person)? }));
        Ok(ServiceView {
            id: parse(&row.id)?,
            settings: ServiceSettings {
                given: given.collect::<sqlx::Result<_>>()?,
                name: row.name,
                prefix: row.prefix,
                duration_min: u32::try_from(row.duration_min).unwrap_or(1),
                price_minor: row.price_minor,
                currency: row.currency,
                walk_in: row.walk_in != 0,
                version: Some(row.version),
            },
        })
    });
    Ok(Settings {
        branches: branches.collect::<sqlx::Result<_>>()?,
        services: services.collect::<sqlx::Result<_>>()?,
        staff,
    })
}

/// Staff who work at a branch and may give a service there.
async fn staff_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<StaffView>> {
    let id = clinic.to_string();
    let sql = "select p.id, p.name from person p where p.clinic_id = $1 and p.deleted_at_ms is null \
        and exists (select 1 from person_branch b where b.person_id = p.id) \
        and exists (select 1 from person_role r where r.person_id = p.id and r.role <> 'patient') \
        order by p.name, p.id";
    let people: Pairs = on!(&mut *conn, |c| sqlx::query_as(sql).bind(&id).fetch_all(c).await?);
    let sql = "select r.person_id, r.role from person_role r join person p on p.id = r.person_id \
        where p.clinic_id = $1 and r.role <> 'patient' order by r.role";
    let roles: Pairs = on!(&mut *conn, |c| sqlx::query_as(sql).bind(&id).fetch_all(c).await?);
    let sql = "select b.person_id, b.branch_id from person_branch b join person p on p.id = b.person_id \
        where p.clinic_id = $1 order by b.branch_id";
    let branches: Pairs = on!(conn, |c| sqlx::query_as(sql).bind(&id).fetch_all(c).await?);
    let (mut roles, mut branches) = (by_first(roles), by_first(branches));
    people
        .into_iter()
        .map(|(id, name)| {
            let roles = roles.remove(&id).unwrap_or_default();
            let branches = branches.remove(&id).unwrap_or_default();
            Ok(StaffView {
                id: parse(&id)?,
                name,
                roles: roles.iter().filter_map(|role| Role::from_text(role)).collect(),
                branches: branches.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>()?,
            })
        })
        .collect()
}

/// Whether another clinic has a branch or a service with this id.
///
/// # Errors
/// An error of the database driver.
pub async fn is_elsewhere(conn: &mut Conn, clinic: ClinicId, id: uuid::Uuid) -> sqlx::Result<bool> {
    let sql = "select (select count(*) from branch where id = $1 and clinic_id <> $2) \
        + (select count(*) from service where id = $1 and clinic_id <> $2)";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(id.to_string())
        .bind(clinic.to_string())
        .fetch_one(c)
        .await?);
    Ok(found > 0)
}

/// Stores a branch and its rooms; a room that stays keeps its id.
///
/// # Errors
/// An error of the database driver.
pub async fn branch_put(
    conn: &mut Conn,
    clinic: ClinicId,
    id: BranchId,
    settings: &BranchSettings,
    at: Timestamp,
) -> sqlx::Result<()> {
    let policy =
        serde_json::to_string(&settings.policy).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let row = vec![
        Value::text(id),
        Value::text(clinic),
        Value::text(&settings.name),
        Value::text(&settings.address),
        Value::text(&settings.time_zone),
        Value::text(settings.languages.join(",")),
        Value::text(policy),
        Value::text("open"),
        Value::int(1),
    ];
    let head =
        "insert into branch (id, clinic_id, name, address, time_zone, languages, policy, door, version)";
    let tail = "on conflict (id) do update set name = excluded.name, address = excluded.address, \
        time_zone = excluded.time_zone, languages = excluded.languages, \
        policy = excluded.policy, version = branch.version + 1 \
        where branch.clinic_id = excluded.clinic_id";
    insert_rows(&mut *conn, head, tail, vec![row]).await?;
    let sql = "select id, name from room where branch_id = $1";
    let here: Pairs = on!(&mut *conn, |c| sqlx::query_as(sql).bind(id.to_string()).fetch_all(c).await?);
    for (room, _) in here.iter().filter(|(_, name)| !settings.rooms.contains(name)) {
        let sql = "delete from room where id = $1";
        on!(&mut *conn, |c| sqlx::query(sql).bind(room).execute(c).await.map(drop))?;
    }
    let is_new = |name: &&String| here.iter().all(|(_, known)| known != *name);
    let room = |name: &String| {
        vec![Value::text(RoomId::new(at, rand::random())), Value::text(id), Value::text(name)]
    };
    let rooms = settings.rooms.iter().filter(is_new).map(room).collect();
    insert_rows(conn, "insert into room (id, branch_id, name)", "", rooms).await
}

/// Stores a service, and who gives it.
///
/// # Errors
/// An error of the database driver.
pub async fn service_put(
    conn: &mut Conn,
    clinic: ClinicId,
    id: ServiceId,
    settings: &ServiceSettings,
) -> sqlx::Result<()> {
    let row = vec![
        Value::text(id),
        Value::text(clinic),
        Value::text(&settings.name),
        Value::text(&settings.prefix),
        Value::int(i64::from(settings.duration_min)),
        Value::int(settings.price_minor),
        Value::text(&settings.currency),
        Value::int(i64::from(settings.walk_in)),
        Value::int(1),
    ];
    let head = "insert into service (id, clinic_id, name, prefix, duration_min, price_minor, currency, walk_in, version)";
    let tail = "on conflict (id) do update set name = excluded.name, prefix = excluded.prefix, \
        duration_min = excluded.duration_min, price_minor = excluded.price_minor, currency = excluded.currency, \
        walk_in = excluded.walk_in, version = service.version + 1 \
        where service.clinic_id = excluded.clinic_id";
    insert_rows(&mut *conn, head, tail, vec![row]).await?;
    let sql = "delete from service_given where service_id = $1";
    on!(&mut *conn, |c| sqlx::query(sql).bind(id.to_string()).execute(c).await.map(drop))?;
    let given = |given: &Given| {
        let (branch, person): (BranchId, PersonId) = (given.branch_id, given.person_id);
        vec![Value::text(branch), Value::text(id), Value::text(person)]
    };
    let rows = settings.given.iter().map(given).collect();
    insert_rows(conn, "insert into service_given (branch_id, service_id, person_id)", "", rows).await
}
