//! Frames: JSON text messages of at most [`FRAME_MAX_BYTES`] on one WebSocket, `GET /api/v1/sync`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::{
    fault::Fault,
    identity::{DeviceProof, Face},
    ids::{BranchId, ClientId, PersonId},
    lean,
    time::Timestamp,
};

/// The protocol version of this build. A server supports this one and the one before.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol version that this build supports.
pub const PROTOCOL_MIN: u32 = 1;
/// The version of the replicated rows' shape. A device with another version takes a snapshot.
pub const SCHEMA: u32 = 1;
/// The largest frame in either direction, in bytes.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;
/// A header of the socket's request that may carry the access token of the hello. A client that sends it does not use
/// up one of the places for connections without a known caller. Browsers cannot send it.
pub const ACCESS_HEADER: &str = "medlane-access";
/// The most bytes of rows in a checkpoint or in a part of a snapshot. It leaves room for the frame around them.
pub const ROWS_MAX_BYTES: usize = 48 * 1024;
/// The first frame has to be [`ClientFrame::Hello`] and has to arrive within this time.
pub const HELLO_WITHIN_MS: i64 = 5_000;
/// The interval of pings. Two pings without an answer mean that the connection is dead.
pub const HEARTBEAT_MS: i64 = 15_000;
/// The most topics that one socket follows.
pub const TOPICS_MAX: usize = 32;

/// A live view. The server sends it whole each time it changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The public board of a branch: [`crate::queue::Board`].
    Board(BranchId),
    /// The caller's tickets that have not ended: [`crate::queue::MyTickets`].
    Mine,
    /// A ticket by the secret of its link: [`crate::queue::TicketView`].
    Link(String),
    /// The staff's queue of a branch: [`crate::queue::QueueView`].
    Queue(BranchId),
    /// The caller's inbox: [`crate::notify::Inbox`].
    Inbox,
    /// The clinic's live activity: [`crate::audit::Activity`].
    Activity,
    /// The calls for help at a branch's kiosks: [`crate::queue::HelpView`].
    Help(BranchId),
    /// The versions of the caller's unsigned notes: [`crate::records::DraftVersions`].
    Drafts,
    /// Changes of a patient's chart: [`crate::records::ChartMoves`].
    Chart(PersonId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board(branch) => write!(f, "board:{branch}"),
            Self::Mine => f.write_str("mine"),
            Self::Link(secret) => write!(f, "link:{secret}"),
            Self::Queue(branch) => write!(f, "queue:{branch}"),
            Self::Inbox => f.write_str("inbox"),
            Self::Activity => f.write_str("activity"),
            Self::Help(branch) => write!(f, "help:{branch}"),
            Self::Drafts => f.write_str("drafts"),
            Self::Chart(patient) => write!(f, "chart:{patient}"),
        }
    }
}

/// A set of replicated rows that a device keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// One branch's queue: rows are [`crate::queue::QueueRow`].
    Queue(BranchId),
    /// One patient's chart, with the notes that the doctor may see: rows are [`crate::records::Note`].
    Chart(PersonId),
    /// Branches and services: rows are [`crate::clinic::Branch`] and [`crate::clinic::Service`].
    Catalogue,
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(branch) => write!(f, "queue:{branch}"),
            Self::Chart(patient) => write!(f, "chart:{patient}"),
            Self::Catalogue => f.write_str("catalogue"),
        }
    }
}

/// The error for a text that names no topic or bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such topic or bucket")
    }
}

impl FromStr for Topic {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text.split_once(':') {
            None if text == "mine" => Ok(Self::Mine),
            None if text == "inbox" => Ok(Self::Inbox),
            None if text == "activity" => Ok(Self::Activity),
            None if text == "drafts" => Ok(Self::Drafts),
            Some(("board", id)) => id.parse().map(Self::Board).map_err(|_| UnknownName),
            Some(("queue", id)) => id.parse().map(Self::Queue).map_err(|_| UnknownName),
            Some(("help", id)) => id.parse().map(Self::Help).map_err(|_| UnknownName),
            Some(("chart", id)) => id.parse().map(Self::Chart).map_err(|_| UnknownName),
            Some(("link", secret)) if !secret.is_empty() && secret.len() <= 64 => {
                Ok(Self::Link(secret.to_owned()))
            }
            _ => Err(UnknownName),
        }
    }
}

impl FromStr for Bucket {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text.split_once(':') {
            None if text == "catalogue" => Ok(Self::Catalogue),
            Some(("queue", id)) => id.parse().map(Self::Queue).map_err(|_| UnknownName),
            Some(("chart", id)) => id.parse().map(Self::Chart).map_err(|_| UnknownName),
            _ => Err(UnknownName),
        }
    }
}

macro_rules! serde_as_text {
    ($($name:ident),*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )* };
}
serde_as_text!(Topic, Bucket);

/// A frame from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// The first frame: it says who connects.
    Hello(Hello),
    /// One change, which must take effect once.
    Intent(Intent),
    /// Start to follow views.
    Follow {
        /// The views.
        topics: Vec<Topic>,
    },
    /// Stop following views.
    Unfollow {
        /// The views.
        topics: Vec<Topic>,
    },
    /// The rows of these buckets did not match the welcome's checksums: send them again from scratch.
    Resnapshot {
        /// The buckets.
        buckets: Vec<Bucket>,
    },
    /// Asks whether the connection is alive.
    Ping {
        /// The number that the pong repeats.
        n: u64,
    },
}

/// The first frame of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The oldest protocol version that the client speaks.
    pub protocol_min: u32,
    /// The newest protocol version that the client speaks.
    pub protocol_max: u32,
    /// The program that connects.
    pub face: Face,
    /// The access token; `None` for public views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The proof of the enrolled device, if it has a key; signed over the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
    /// The replica that the client keeps; `None` if it keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<Replica>,
    /// How long the program has been running, in milliseconds. A device that missed the order to restart while it was
    /// offline still has to restart, unless it has started since.
    #[serde(default)]
    pub running_ms: u64,
    /// The views to follow from the start.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// The state of a replica at the hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    /// The id of its outbox.
    pub client_id: ClientId,
    /// The version of its rows' shape.
    pub schema: u32,
    /// How far it has applied the feed; `None` if it is empty.
    pub cursor: Option<Cursor>,
    /// The buckets that it has.
    pub buckets: Vec<Bucket>,
}

/// A position in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// Grows when the server is restored from a backup.
    pub epoch: i64,
    /// The last change that is applied.
    pub seq: i64,
}

/// A bucket with the checksum of its rows: the wrapping sum, over all rows, of the first 8 bytes of
/// `SHA-256(key ‖ 0x00 ‖ version as decimal)`, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSum {
    /// The bucket.
    pub bucket: Bucket,
    /// 16 hexadecimal digits.
    pub sum: String,
}

/// One change. It takes effect once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The outbox that it comes from.
    pub client_id: ClientId,
    /// Its number: from 1, without gaps. The device stores the intent before it sends it.
    pub intent_id: u64,
    /// The name of the operation: `note.save`.
    pub name: String,
    /// The version of the shape of `args`.
    pub schema: u32,
    /// The operation's request.
    pub args: Value,
    /// When the person made the change, by the device's clock.
    pub made_at: Timestamp,
}

/// Whether frames for a replica are parsed. A browser keeps no replica, so its bundle leaves these parsers out.
pub(super) const REPLICA: bool = cfg!(any(test, feature = "replica"));

/// A frame from the server.
///
/// It is parsed by way of [`Value`]: the parser that serde derives for an internal tag would bring a second copy of
/// every type's parser into the browser, a tenth of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "Value")]
pub enum ServerFrame {
    /// The answer to hello.
    Welcome(Welcome),
    /// Changes since the cursor, to apply in one transaction.
    Checkpoint(Checkpoint),
    /// The rows of one bucket from scratch, in parts. The client applies them when the part with `last` has arrived.
    Snapshot(Snapshot),
    /// The result of an intent.
    Answer(Answer),
    /// An intent arrived whose number does not follow the last one.
    Gap {
        /// The number of the next intent that the server accepts.
        expected: u64,
    },
    /// A followed view, as a whole.
    View {
        /// The view.
        topic: Topic,
        /// The seq of the feed that it shows.
        seq: i64,
        /// Its body.
        body: Value,
    },
    /// The caller may not follow this view, or not any more.
    Refused {
        /// The view.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
    /// The answer to a ping.
    Pong {
        /// The number of the ping.
        n: u64,
        /// The server's clock.
        at: Timestamp,
    },
    /// The server closes the connection.
    Bye {
        /// The reason.
        fault: Fault,
    },
}

impl TryFrom<Value> for ServerFrame {
    type Error = serde_json::Error;

    fn try_from(mut frame: Value) -> Result<Self, Self::Error> {
        let mut part = |name: &str| frame.get_mut(name).map_or(Value::Null, Value::take);
        let kind = part("type");
        Ok(match kind.as_str() {
            Some("welcome") => Self::Welcome(lean::read(frame)?),
            Some("checkpoint") if REPLICA => Self::Checkpoint(lean::read(frame)?),
            Some("snapshot") if REPLICA => Self::Snapshot(lean::read(frame)?),
            Some("answer") if REPLICA => Self::Answer(lean::read(frame)?),
            Some("gap") if REPLICA => Self::Gap { expected: lean::read(part("expected"))? },
            Some("view") => Self::View {
                topic: lean::read(part("topic"))?,
                seq: lean::read(part("seq"))?,
                body: part("body"),
            },
            Some("refused") => {
                Self::Refused { topic: lean::read(part("topic"))?, fault: lean::read(part("fault"))? }
            }
            Some("pong") => Self::Pong { n: lean::read(part("n"))?, at: lean::read(part("at"))? },
            Some("bye") => Self::Bye { fault: lean::read(part("fault"))? },
            _ => return Err(de::Error::custom("no frame of a server")),
        })
    }
}

/// The server's answer to hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The protocol version spoken from now on.
    pub protocol: u32,
    /// The version of the rows' shape that the server sends.
    pub schema: u32,
    /// The epoch and head of the feed.
    pub head: Cursor,
    /// The server's clock.
    pub at: Timestamp,
    /// For a replica: the last intent of its outbox that the server has settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_intent_id: Option<u64>,
    /// For a replica: every bucket that it may hold, with the checksums at `head`. The client deletes all other
    /// buckets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketSum>,
}

/// Changes to a replica. The client applies all of them or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The seq after which the changes start; `None` if they continue the snapshots just sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// The position of the replica afterwards.
    pub upto: Cursor,
    /// The rows that changed, in their state at `upto`.
    pub changes: Vec<Change>,
    /// The last intent of this outbox that is settled at `upto`.
    pub last_intent_id: u64,
    /// If the set of buckets changed: every bucket that the replica may hold from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<BucketSum>>,
}

/// One row of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its bucket.
    pub bucket: Bucket,
    /// Its key within the bucket, such as `ticket:<id>`.
    pub key: String,
    /// Its version.
    pub version: i64,
    /// The row; `None` if it left the bucket.
    pub row: Option<Value>,
}

/// A part of a bucket's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The bucket.
    pub bucket: Bucket,
    /// The position in the feed that the rows show.
    pub upto: Cursor,
    /// The rows.
    pub rows: Vec<Change>,
    /// Whether this is the last part and the bucket is complete.
    pub last: bool,
}

/// The result of an intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The number of the intent.
    pub intent_id: u64,
    /// The result.
    #[serde(flatten)]
    pub outcome: IntentOutcome,
}

/// How an intent was settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum IntentOutcome {
    /// Done; with the operation's answer.
    Accepted {
        /// What the operation returned: for a note its [`crate::records::NoteRef`].
        answer: Value,
    },
    /// Refused. The device keeps the payload and shows it to its author.
    Refused {
        /// Why.
        fault: Fault,
    },
}
