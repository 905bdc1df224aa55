//! Records: the consultation note, sealed with its patient's key.

mod concerns;
mod moves;
mod ops;
mod routes;
mod store;
mod views;

pub use concerns::note_concerned;
pub use moves::{NOTE, NoteMove, NoteMoves};
pub use ops::{Discard, Save, Sign};
pub use routes::routes;
pub use store::{chart_list, note_list, note_row};
pub use views::{chart_moves, draft_versions, may_follow_chart, note_views};
