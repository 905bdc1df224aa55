//! What a clinic offers: branches, services, and who gives them.

mod catalogue;
mod found;
mod moves;
mod ops;
mod routes;
mod settings;
mod store;

pub use catalogue::{CATALOGUE, Catalogue, Offer, local_day};
pub use found::found;
pub use moves::Moves;
pub use ops::publish;
pub use routes::routes;
pub use settings::{BranchSave, ServiceSave};
pub use store::{clinic_list, door_list, door_text};
