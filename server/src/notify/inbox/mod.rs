//! What somebody was told, in the page: kept sealed, live, and forgotten after a month.

mod ops;
mod routes;
pub mod store;

pub use ops::put;
pub use routes::{inbox, routes};
pub use store::{notice_list, notice_prune};
