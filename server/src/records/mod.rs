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
pub use ops::{Discard, NOTE, Save, Sign};
pub use routes::routes;
pub use store::{chart_list, note_list, note_row};
pub use views::note_views;
