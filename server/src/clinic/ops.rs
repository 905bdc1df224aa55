//! What is done to the catalogue.

use medlane_shared::{
    access::Actor,
    fault::Code,
    ids::{BranchId, PersonId, RoomId, ServiceId},
};

use super::store;
use crate::{
    db::{Value, insert_rows},
    queue::Effect,
    writer::{Done, Entity, Entry, Failure, Op, Unit},
};

/// Branches, services and who gives them are from now on as the rows say, on every node.
///
/// # Errors
/// The database's.
pub async fn publish(unit: &mut Unit<'_>) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let catalogue = store::catalogue_load(unit.reads().await?, clinic).await?;
    unit.catalogue_put(catalogue);
    unit.effect(Effect::Catalogue);
    unit.changed(Entity::Catalogue, clinic, None, None);
    Ok(())
}

/// A new branch.
#[derive(Debug, Clone)]
pub struct NewBranch {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// IANA time zone.
    pub time_zone: String,
    /// BCP 47, with commas.
    pub languages: String,
    /// Its rooms.
    pub rooms: Vec<(RoomId, String)>,
}

/// A new service.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// Letters of its tickets.
    pub prefix: String,
    /// Planned minutes.
    pub duration_min: i64,
    /// Price in minor units.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Where, and by whom.
    pub given: Vec<(BranchId, PersonId)>,
}

/// Adds branches and services; those who give them are there already.
#[derive(Debug, Clone)]
pub struct CatalogueAdd {
    /// Branches.
    pub branches: Vec<NewBranch>,
    /// Services.
    pub services: Vec<NewService>,
}

impl Op for CatalogueAdd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let clinic = unit.clinic();
        let conn = unit.writes().await?;
        let rows: Vec<_> = self.branches.iter().map(|branch| branch.row(clinic)).collect();
        let head = "insert into branch (id, clinic_id, name, address, time_zone, languages, door, version)";
        insert_rows(conn, head, "", rows).await?;
        let rooms = self.branches.iter().flat_map(|branch| {
            let row = |(id, name): &(RoomId, String)| {
                vec![Value::text(id), Value::text(branch.id), Value::text(name)]
            };
            branch.rooms.iter().map(row)
        });
        insert_rows(conn, "insert into room (id, branch_id, name)", "", rooms.collect()).await?;
        let rows: Vec<_> = self.services.iter().map(|service| service.row(clinic)).collect();
        let head = "insert into service (id, clinic_id, name, prefix, duration_min, price_minor, currency, walk_in, \
                    version)";
        insert_rows(conn, head, "", rows).await?;
        let given = self.services.iter().flat_map(|service| {
            let row = |(branch, person): &(BranchId, PersonId)| {
                vec![Value::text(branch), Value::text(service.id), Value::text(person)]
            };
            service.given.iter().map(row)
        });
        let head = "insert into service_given (branch_id, service_id, person_id)";
        insert_rows(conn, head, "", given.collect()).await?;
        publish(unit).await?;
        Ok(unit.commit(Entry::new("catalogue.add", format!("clinic:{clinic}")), ()))
    }
}

impl NewBranch {
    fn row(&self, clinic: medlane_shared::ids::ClinicId) -> Vec<Value> {
        vec![
            Value::text(self.id),
            Value::text(clinic),
            Value::text(&self.name),
            Value::text(&self.address),
            Value::text(&self.time_zone),
            Value::text(&self.languages),
            Value::text("open"),
            Value::int(1),
        ]
    }
}

impl NewService {
    fn row(&self, clinic: medlane_shared::ids::ClinicId) -> Vec<Value> {
        vec![
            Value::text(self.id),
            Value::text(clinic),
            Value::text(&self.name),
            Value::text(&self.prefix),
            Value::int(self.duration_min),
            Value::int(self.price_minor),
            Value::text(&self.currency),
            Value::int(1),
            Value::int(1),
        ]
    }
}
