//! What the engine knows of a room: the state that the room keeps in memory for each clinic, and how it keeps it right.

use std::future::Future;

use medlane_shared::ids::ClinicId;

use crate::{
    db::{Conn, Script},
    keys::{Root, SubjectKey},
    writer::ChangeRow,
};

/// The kind of thing that an entry of the feed is about. Each room has constants for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity(&'static str);

impl Entity {
    /// As the feed has it, which never changes once it was released.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// As the feed has it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// What a state is read with.
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

/// A part of a room that lives in memory, one value for each clinic.
///
/// The committed value is published whole. A batch works on a copy of its own and drops it when it fails, so the copy has to be
/// cheap: persistent maps, or `Arc`s of the parts.
pub trait RoomState: Clone + Send + Sync + 'static {
    /// What an operation did to the state, or what the feed of another node says that happened.
    type Change: Send + Sync + 'static;

    /// The entities whose feed entries tell of this state. No other room has them.
    const ENTITIES: &'static [Entity];

    /// Entities of other rooms on which this state depends. It catches up with their entries on every node, on the one that wrote
    /// them too.
    const FOLLOWS: &'static [Entity] = &[];

    /// Reads the state of a clinic: at the start, and after a restore.
    fn load(at: Load<'_>) -> impl Future<Output = sqlx::Result<Self>> + Send;

    /// Takes a change in. A cache that is filled when it is asked leaves this out, and drops what has changed in `published`.
    fn apply(&mut self, _change: &Self::Change) {}

    /// What entries of the feed that another node wrote did to the state.
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

    /// The changes are committed and this state is published: wakes who waits for them, drops what is cached.
    fn published(&self, _changes: &[Self::Change]) {}
}
