//! What is done to the catalogue.

use super::store;
use crate::{
    queue::Effect,
    writer::{Entity, Failure, Unit},
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
