//! The events that the machine takes, the effects that it returns, and the state that it starts from.

use serde_json::Value;

use crate::{
    fault::Fault,
    identity::DeviceProof,
    ids::ClientId,
    sync::frame::{
        Answer, Bucket, BucketSum, Change, Checkpoint, ClientFrame, Cursor, Intent, ServerFrame, Topic,
    },
    time::Timestamp,
};

/// Something that happened, for [`Client::on`].
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// The driver starts, or a person has signed in again: connect now.
    Start,
    /// The socket is open.
    Opened {
        /// The access token for the hello; `None` for public views.
        token: Option<String>,
        /// The proof of the device, if it has a key.
        device: Option<DeviceProof>,
        /// How long the program has been running, in milliseconds.
        running_ms: u64,
    },
    /// The socket closed, or could not be opened.
    Closed,
    /// A frame arrived.
    Frame(ServerFrame),
    /// An intent was stored in the outbox.
    Intent(Intent),
    /// The outbox's intents from the id that [`ClientEffect::Load`] asked for.
    Loaded(Vec<Intent>),
    /// The rows of these buckets do not match the checksums of [`ClientEffect::Check`].
    Diverged(Vec<Bucket>),
    /// A screen shows a view from now on.
    Follow(Topic),
    /// No screen shows the view any more.
    Unfollow(Topic),
    /// The time of [`ClientEffect::WakeAt`] has come.
    Wake,
}

/// Something that the driver has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEffect {
    /// Open the socket.
    Connect,
    /// Close the socket.
    Close,
    /// Send a frame.
    Send(ClientFrame),
    /// Read the outbox's intents from this id on, also the answered ones, and return them as [`ClientEvent::Loaded`].
    Load {
        /// The first id.
        from: u64,
    },
    /// Apply the changes and the cursor in one transaction.
    Apply(Checkpoint),
    /// Replace a bucket's rows in one transaction. The cursor does not change.
    Replace {
        /// The bucket.
        bucket: Bucket,
        /// Its rows.
        rows: Vec<Change>,
    },
    /// Compare the checksums of the stored rows with these; return [`ClientEvent::Diverged`] if any differ.
    Check(Vec<BucketSum>),
    /// Delete a bucket, because the right to it has ended.
    Purge(Bucket),
    /// Store the server's answer to an intent.
    Settle(Answer),
    /// Show a view.
    View {
        /// The view.
        topic: Topic,
        /// The seq of the feed that it shows.
        seq: i64,
        /// Its body.
        body: Value,
    },
    /// The caller may not follow a view.
    Refused {
        /// The view.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
    /// The connection is up (views are live) or down (views show the last known state).
    Online(bool),
    /// The server closed the connection for a reason that a new connection does not remove.
    Ended(Fault),
    /// Give [`ClientEvent::Wake`] at this time. It replaces the time asked for before.
    WakeAt(Timestamp),
}

/// The state of a replica that the store has at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The id of the outbox.
    pub client_id: ClientId,
    /// How far the feed is applied to the rows.
    pub cursor: Option<Cursor>,
    /// The buckets that the store holds.
    pub buckets: Vec<Bucket>,
    /// Ids of the intents without an answer, in order.
    pub pending: Vec<u64>,
}
