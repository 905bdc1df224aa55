//! Operations on the catalogue.

use super::{CATALOGUE, Catalogue, store};
use crate::writer::{Failure, Unit};

/// Reads the catalogue from its rows again, and publishes it on every node.
///
/// # Errors
/// An error of the database.
pub async fn publish(unit: &mut Unit<'_>) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let catalogue = store::catalogue_load(unit.reads().await?, clinic).await?;
    unit.change::<Catalogue>(catalogue.into());
    unit.changed(CATALOGUE, clinic, None, None);
    Ok(())
}
