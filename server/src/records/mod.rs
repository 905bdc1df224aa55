//! Records: the consultation note, sealed with its patient's key.

mod concerns;
mod export;
mod ops;
mod routes;
mod store;

use crate::engine::Entity;

/// A note.
pub const NOTE: Entity = Entity::new("note");
/// The room's entities in the feed.
pub const ENTITIES: &[Entity] = &[NOTE];

pub use concerns::note_concerned;
pub use ops::{Save, Sign};
pub use routes::{note_views, routes};
pub use store::{chart_list, draft_list, note_by_id, note_list};
