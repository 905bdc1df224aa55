//! Patients with two records. A merge moves no data: each record's texts stay sealed with its own key, and the record
//! that stays shows the other's data too. So a merge can be undone completely.

mod likeness;
mod ops;
mod routes;
pub mod store;

pub use likeness::{Traits, likeness};
pub use routes::routes;
pub use store::{kept_id, merged_ids};
