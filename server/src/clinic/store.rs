//! Rows of branches, services and who gives them.

use std::collections::BTreeMap;

use medlane_shared::{
    access::Grant,
    clinic::{Branch, BranchPolicy, Doctor, Room, Service},
    ids::{BranchId, ClinicId, PersonId, ServiceId},
    queue::{Door, DoorSet},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use super::Catalogue;
use crate::db::{Conn, about, on, parse};

/// A branch, as its row holds it.
#[derive(FromRow)]
pub struct BranchRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its time zone.
    pub time_zone: String,
    languages: String,
    policy: String,
    /// Its version.
    pub version: i64,
}

impl BranchRow {
    /// The tags of its languages.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        self.languages.split(',').map(str::to_owned).collect()
    }

    /// Its queue policy.
    ///
    /// # Errors
    /// A policy that cannot be read.
    pub fn policy(&self) -> sqlx::Result<BranchPolicy> {
        serde_json::from_str(&self.policy)
            .map_err(|_| sqlx::Error::Decode("a branch's policy cannot be read".into()))
    }
}

/// The branches of a clinic, by name.
///
/// # Errors
/// An error of the database driver.
pub async fn branch_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<BranchRow>> {
    let sql = "select id, name, address, time_zone, languages, policy, version from branch \
        where clinic_id = $1 order by name, id";
    on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await)
}

/// The rooms of a clinic, by name: branch, room and name.
///
/// # Errors
/// An error of the database driver.
pub async fn room_list(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<(String, String, String)>> {
    let sql = "select r.branch_id, r.id, r.name from room r join branch b on b.id = r.branch_id \
        where b.clinic_id = $1 order by r.name, r.id";
    on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await)
}

#[derive(FromRow)]
struct OfferRow {
    branch_id: String,
    id: String,
    name: String,
    prefix: String,
    duration_min: i64,
    price_minor: i64,
    currency: String,
    walk_in: i64,
    version: i64,
    person_id: String,
    person_name: String,
    is_doctor: i64,
}

/// Whether `p` may give service `g` at its branch: they were not removed, are staff, and work there.
pub const GIVES: &str = "p.deleted_at_ms is null \
    and exists (select 1 from person_branch w where w.person_id = p.id and w.branch_id = g.branch_id) \
    and exists (select 1 from person_role r where r.person_id = p.id and r.role <> 'patient')";

/// The catalogue of a clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn catalogue_load(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Catalogue> {
    let branches = branch_list(conn, clinic).await?;
    let rooms = room_list(conn, clinic).await?;
    let clinic = clinic.to_string();
    // Two services may have one name: the rows of each stay together.
    let sql = AssertSqlSafe(format!(
        "select g.branch_id, s.id, s.name, s.prefix, s.duration_min, s.price_minor, s.currency, s.walk_in, \
               s.version, p.id as person_id, p.name as person_name, \
               cast((select count(*) from person_role r where r.person_id = p.id and r.role = 'doctor') as bigint) as is_doctor \
               from service_given g join service s on s.id = g.service_id join person p on p.id = g.person_id \
               where s.clinic_id = $1 and p.suspended_at_ms is null and {GIVES} order by s.name, s.id, p.name, p.id"
    ));
    let offers: Vec<OfferRow> = on!(conn, |c| sqlx::query_as(sql).bind(&clinic).fetch_all(c).await?);

    let mut catalogue = Catalogue::default();
    for row in branches {
        let id: BranchId = parse(&row.id)?;
        catalogue.versions.insert(id.0, row.version);
        let (policy, languages) = (row.policy()?, row.languages());
        let of_branch = rooms.iter().filter(|(branch, ..)| *branch == row.id);
        let rooms = of_branch
            .map(|(_, id, name)| Ok(Room { id: parse(id)?, name: name.clone() }))
            .collect::<sqlx::Result<_>>()?;
        catalogue.branches.push(Branch {
            id,
            name: row.name,
            address: row.address,
            time_zone: row.time_zone,
            languages,
            rooms,
            opening: policy.opening.clone(),
            remote_join: policy.remote_join,
        });
        catalogue.policies.insert(id, policy);
    }
    let mut given: BTreeMap<BranchId, Vec<Service>> = BTreeMap::new();
    for row in offers {
        let branch = parse(&row.branch_id)?;
        let services = given.entry(branch).or_default();
        let id = parse(&row.id)?;
        let person = parse(&row.person_id)?;
        let doctor = (row.is_doctor > 0).then_some(Doctor { id: person, name: row.person_name });
        if doctor.is_none() {
            catalogue.desks.entry((branch, id)).or_default().push(person);
        }
        match services.last_mut().filter(|last| last.id == id) {
            Some(last) => last.doctors.extend(doctor),
            None => services.push(Service {
                id,
                name: row.name,
                prefix: row.prefix,
                duration_min: u32::try_from(row.duration_min).unwrap_or(1),
                price_minor: row.price_minor,
                currency: row.currency,
                walk_in: row.walk_in != 0,
                doctors: doctor.into_iter().collect(),
            }),
        }
        catalogue.versions.insert(id.0, row.version);
    }
    catalogue.offers = given;
    Ok(catalogue)
}

/// Removes a person from the services that they may not give any more, and returns these. Each gets a new version, so that
/// settings which an administrator has open show that they changed.
///
/// # Errors
/// An error of the database driver.
pub async fn given_prune(conn: &mut Conn, grant: &Grant, person: PersonId) -> sqlx::Result<Vec<ServiceId>> {
    about(grant, person)?;
    let person = person.to_string();
    let sql = AssertSqlSafe(format!(
        "select g.service_id, g.branch_id from service_given g join person p on p.id = g.person_id \
         where p.id = $1 and not ({GIVES}) order by g.service_id, g.branch_id"
    ));
    let gone: Vec<(String, String)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(&person).fetch_all(c).await?);
    let mut services = Vec::new();
    for (service, branch) in gone {
        let sql = "delete from service_given where person_id = $1 and service_id = $2 and branch_id = $3";
        on!(&mut *conn, |c| sqlx::query(sql)
            .bind(&person)
            .bind(&service)
            .bind(&branch)
            .execute(c)
            .await
            .map(drop))?;
        let id = parse(&service)?;
        if services.last() != Some(&id) {
            let sql = "update service set version = version + 1 where id = $1";
            on!(&mut *conn, |c| sqlx::query(sql).bind(&service).execute(c).await.map(drop))?;
            services.push(id);
        }
    }
    Ok(services)
}

/// The door of each branch: whether it takes tickets and calls patients, and who set that last.
///
/// # Errors
/// An error of the database driver.
pub async fn door_list(
    conn: &mut Conn,
    clinic: ClinicId,
) -> sqlx::Result<Vec<(BranchId, Door, Option<DoorSet>)>> {
    let sql = "select b.id, b.door, p.name, b.door_at_ms from branch b left join person p on p.id = b.door_by \
               where b.clinic_id = $1";
    let rows: Vec<(String, String, Option<String>, Option<i64>)> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    let set = |name, at: Option<i64>| Some(DoorSet { name, at: Timestamp::from_ms(at?) });
    rows.into_iter().map(|(id, door, name, at)| Ok((parse(&id)?, door_of(&door), set(name, at)))).collect()
}

/// The text of a door in its row.
#[must_use]
pub const fn door_text(door: Door) -> &'static str {
    match door {
        Door::Open => "open",
        Door::Paused => "paused",
        Door::Closed => "closed",
    }
}

fn door_of(text: &str) -> Door {
    match text {
        "paused" => Door::Paused,
        "closed" => Door::Closed,
        _ => Door::Open,
    }
}
