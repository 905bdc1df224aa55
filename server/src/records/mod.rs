//! Records: the consultation note, sealed by its patient's key.

mod ops;
mod routes;
pub mod store;

pub use ops::{Save, Sign};
pub use routes::{note_views, routes};
