//! Guardians, who act for dependants.

mod ops;
mod routes;
pub mod store;

use std::{collections::HashMap, sync::Arc};

use medlane_shared::ids::PersonId;

pub use routes::routes;
pub use store::{dependant_list, guarded_load, guardian_list};

/// The dependants of each guardian.
pub type Guarded = HashMap<PersonId, Arc<[PersonId]>>;
