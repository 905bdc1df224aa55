//! The messages that the core sends to a page without a request.

use std::sync::Arc;

use medlane_shared::{fault::Fault, ids::NoteId, records::NoteRefused, sync::Topic};
use serde::Serialize;
use serde_json::Value;

/// A message to a page that it did not ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Told {
    /// A followed view.
    View {
        /// The view.
        topic: Topic,
        /// Its body.
        body: Value,
    },
    /// The caller may not follow this view.
    Refused {
        /// The view.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
    /// Whether views are live, or show the last known state.
    Online {
        /// Whether they are live.
        online: bool,
    },
    /// The app restarts, because an administrator ordered it.
    Restart,
    /// The session was ended elsewhere: the person has to sign in again.
    Ended,
    /// Nobody may work at this device any more.
    Barred {
        /// Why.
        fault: Fault,
    },
    /// The work that the server does not have yet.
    Pending(Pending),
}

/// The work that the server does not have yet; each room counts its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Pending {
    /// The ids that the authors of unsent notes began them with.
    pub notes: Vec<NoteId>,
    /// The notes among them that the server has refused.
    pub refused: Vec<NoteRefused>,
    /// How many ticket steps the server has not answered yet.
    pub steps: usize,
    /// Whether this computer keeps anything without the server.
    pub keeps: bool,
}

/// Sends a message to the pages.
pub type Tell = Arc<dyn Fn(Told) + Send + Sync>;
