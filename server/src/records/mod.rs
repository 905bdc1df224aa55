//! Records: the consultation note, sealed with its patient's key.

mod concerns;
mod ops;
mod routes;
mod store;
mod views;

use crate::engine::Entity;

/// The room's entities in the feed.
pub const ENTITIES: &[Entity] = &[NOTE];

pub use concerns::note_concerned;
pub use ops::{NOTE, Save, Sign};
pub use routes::routes;
pub use store::{chart_list, note_by_id, note_list};
pub use views::note_views;
