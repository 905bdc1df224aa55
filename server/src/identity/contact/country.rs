//! The country whose phone numbers a caller types without a code.

use medlane_shared::{
    access::{Actor, Known},
    clinic::first_branch,
};

use crate::{
    clinic::Catalogue,
    engine::Core,
    forms::{Country, country_of_zone},
};

/// The country of the caller's branch; of the clinic's first branch for those who have none: patients, and whoever is not
/// signed in.
#[must_use]
pub fn country(core: &Core, actor: &Actor) -> Option<Country> {
    let own = match actor {
        Actor::Known(Known { branches, .. }) => branches.first().copied(),
        _ => None,
    };
    let clinic = core.clinics.get(actor.clinic()).ok()?;
    let catalogue = clinic.state::<Catalogue>();
    let branch = own.and_then(|id| catalogue.branch(id)).or_else(|| first_branch(&catalogue.branches))?;
    country_of_zone(&branch.time_zone)
}
