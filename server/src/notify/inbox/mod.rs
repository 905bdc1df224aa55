//! The inbox in the page: sealed notices, updated live, deleted after a month.

mod moves;
mod ops;
mod routes;
pub mod store;

pub use moves::{Inboxes, NOTICE};
pub use ops::put;
pub use routes::{inbox, routes};
pub use store::{notice_list, notice_prune};
