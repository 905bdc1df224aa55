//! What is done to the catalogue.

use super::{CATALOGUE, Catalogue, store};
use crate::writer::{Failure, Unit};

/// Branches, services and who gives them are from now on as the rows say, on every node.
///
/// # Errors
/// The database's.
pub async fn publish(unit: &mut Unit<'_>) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let catalogue = store::catalogue_load(unit.reads().await?, clinic).await?;
    unit.change::<Catalogue>(catalogue.into());
    unit.changed(CATALOGUE, clinic, None, None);
    Ok(())
}
