//! What waits for the desk: calls for help from kiosks, and tasks that only a person can settle.

mod ops;
mod routes;
pub mod store;
mod view;

pub use ops::{Help, HelpStep, TaskSettle, ask, not_taken};
pub use routes::routes;
pub use store::at_desk;
pub use view::{help_view, may_see_help};
