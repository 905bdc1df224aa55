//! What a page is told without asking.

use std::sync::Arc;

use medlane_shared::{fault::Fault, ids::NoteId, records::NoteRefused, sync::Topic};
use serde::Serialize;
use serde_json::Value;

/// What a page is told without asking.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Told {
    /// A followed view.
    View {
        /// Which.
        topic: Topic,
        /// Its body.
        body: Value,
    },
    /// A view that may not be followed.
    Refused {
        /// Which.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
    /// Whether views are live, or as last seen.
    Online {
        /// Live.
        online: bool,
    },
    /// The app begins anew, as an administrator wants it.
    Restart,
    /// The session was ended elsewhere: whoever works here signs in again.
    Ended,
    /// Nobody may work at this device any more.
    Barred {
        /// Why.
        fault: Fault,
    },
    /// The notes that the server does not have yet.
    Pending {
        /// By the ids that their writers began with.
        notes: Vec<NoteId>,
        /// Those among them that it has refused.
        refused: Vec<NoteRefused>,
        /// How many steps of tickets it has not answered yet.
        steps: usize,
    },
}

/// Where pages are told.
pub type Tell = Arc<dyn Fn(Told) + Send + Sync>;
