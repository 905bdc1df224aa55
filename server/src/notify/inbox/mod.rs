//! The inbox in the page: sealed notices, updated live, deleted after a month.

mod moves;
mod ops;
mod routes;
pub mod store;
mod views;

pub use moves::{Inboxes, NOTICE};
pub use ops::put;
pub use routes::routes;
pub use store::{notice_list, notice_prune};
pub use views::inbox;
