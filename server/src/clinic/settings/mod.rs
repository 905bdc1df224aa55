//! An administrator's settings: branches with their rooms, services, and who gives them.

mod ops;
mod routes;
mod store;

pub use ops::{BranchSave, ServiceSave};
pub use routes::routes;
