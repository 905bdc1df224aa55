//! Guardians, who act for dependants.

mod ops;
mod routes;
pub mod store;

pub(super) use ops::publish;
pub use routes::routes;
pub use store::{
    Guarded, dependant_ids, dependant_list, guarded_load, guardian_list, guardian_put, guardians_take_back,
};
