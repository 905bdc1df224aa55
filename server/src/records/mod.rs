//! Records: the consultation note, sealed with its patient's key.

mod ops;
mod routes;
mod store;

pub use ops::{Save, Sign};
pub use routes::{note_views, routes};
pub use store::{chart_list, draft_list, note_by_id, note_list};
