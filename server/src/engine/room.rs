//! What the engine knows of a room: the state that the room keeps in memory for each clinic, and how that state stays
//! current.

use std::future::Future;

use medlane_shared::ids::ClinicId;

use super::entity::Entity;
use crate::{
    db::{Conn, Script},
    keys::{Root, SubjectKey},
    writer::ChangeRow,
};

/// What a room needs to read its state.
pub struct Load<'a> {
    /// The connection; inside a batch's transaction while catching up.
    pub conn: &'a mut Conn,
    /// Unwraps the keys of patients.
    pub root: &'a Root,
    /// The clinic.
    pub clinic: ClinicId,
    /// The clinic's own key.
    pub key: &'a SubjectKey,
}

/// The part of a room that is in memory, one value for each clinic.
///
/// The committed value is published whole. A batch works on a copy of its own and drops it when it fails, so the copy has to be
/// cheap: persistent maps, or `Arc`s of the parts.
pub trait RoomState: Clone + Send + Sync + 'static {
    /// A change of the state: made by an operation here, or told by another node's feed entry.
    type Change: Send + Sync + 'static;

    /// The entities of the feed entries about this state. No other room uses them.
    const ENTITIES: &'static [Entity];

    /// Entities of other rooms on which this state depends. It catches up with their entries on every node, also on
    /// the node that wrote them.
    const FOLLOWS: &'static [Entity] = &[];

    /// Reads the state of a clinic: at the start, and after a restore.
    fn load(at: Load<'_>) -> impl Future<Output = sqlx::Result<Self>> + Send;

    /// Applies a change. A cache that is filled on demand leaves this out, and drops changed values in `published`.
    fn apply(&mut self, _change: &Self::Change) {}

    /// The changes of the state that feed entries of another node tell of.
    #[expect(clippy::must_use_candidate, reason = "a future says so itself")]
    fn catch_up(
        _at: Load<'_>,
        _news: &[&ChangeRow],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Change>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Adds the rows of a batch's own changes, one statement for each table. A room that writes its rows in its operations leaves
    /// this out.
    fn flush(_clinic: ClinicId, _changes: &[Self::Change], _script: &mut Script) {}

    /// Called once the changes are committed and this state is published: wakes waiting tasks, drops cached values.
    fn published(&self, _changes: &[Self::Change]) {}
}
