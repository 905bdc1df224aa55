//! What a clinic offers: branches, services, and who gives them.

mod catalogue;
mod moves;
mod ops;
mod room;
mod routes;
mod settings;
mod store;

pub use catalogue::{CATALOGUE, Catalogue, Offer, local_day};
pub use moves::Moves;
pub use ops::publish;
pub use routes::routes;
pub use settings::{BranchSave, ServiceSave};
pub use store::{door_list, door_text, given_prune};
