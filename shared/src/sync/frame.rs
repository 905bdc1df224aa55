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

/// The protocol's version that this build speaks; a server serves this and the one before.
pub const PROTOCOL: u32 = 1;
/// The oldest version that this build still speaks.
pub const PROTOCOL_MIN: u32 = 1;
/// The shape of the replicated rows; a device with another takes a snapshot.
pub const SCHEMA: u32 = 1;
/// The largest frame, either way.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;
/// A header of the socket's request that may show the access token which the hello will carry: who shows one needs none of
/// the places of those that are not known yet. Browsers cannot send it.
pub const ACCESS_HEADER: &str = "medlane-access";
/// The most bytes of rows in a checkpoint or a part of a snapshot: leaves room for the frame around them.
pub const ROWS_MAX_BYTES: usize = 48 * 1024;
/// The first frame has to be [`ClientFrame::Hello`] within this.
pub const HELLO_WITHIN_MS: i64 = 5_000;
/// A ping this often; twice without an answer means the line is dead.
pub const HEARTBEAT_MS: i64 = 15_000;
/// The most topics that one socket follows.
pub const TOPICS_MAX: usize = 32;

/// A live view: the server sends it whole when it changed.
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
    /// Who asked for help at a branch's kiosks: [`crate::queue::HelpView`].
    Help(BranchId),
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
        }
    }
}

/// A set of replicated rows that a device keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// One branch's queue: rows are [`crate::queue::QueueRow`].
    Queue(BranchId),
    /// One patient's chart, as far as the doctor may see it: rows are [`crate::records::Note`].
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

/// A text that names no topic or bucket.
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
            Some(("board", id)) => id.parse().map(Self::Board).map_err(|_| UnknownName),
            Some(("queue", id)) => id.parse().map(Self::Queue).map_err(|_| UnknownName),
            Some(("help", id)) => id.parse().map(Self::Help).map_err(|_| UnknownName),
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

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// First frame: who and what speaks.
    Hello(Hello),
    /// One change, to be made once.
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
    /// A bucket's rows did not give the checksum of the welcome: send them from scratch.
    Resnapshot {
        /// The buckets.
        buckets: Vec<Bucket>,
    },
    /// Is the line alive?
    Ping {
        /// Comes back in the pong.
        n: u64,
    },
}

/// The first frame of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// Oldest protocol spoken.
    pub protocol_min: u32,
    /// Newest protocol spoken.
    pub protocol_max: u32,
    /// The program that speaks.
    pub face: Face,
    /// Access token; none for public views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The device that it is, where that was enrolled with a key; over the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
    /// The replica that the client keeps, where it keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<Replica>,
    /// How long the program that speaks has been running: one that was told to begin anew while it did not listen
    /// still has to.
    #[serde(default)]
    pub running_ms: u64,
    /// Views to follow from the start.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// A replica's state as it says hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    /// Its outbox.
    pub client_id: ClientId,
    /// The row shape that it keeps.
    pub schema: u32,
    /// Where it stands; none when it is empty.
    pub cursor: Option<Cursor>,
    /// The buckets that it has.
    pub buckets: Vec<Bucket>,
}

/// A place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// Raised when the server was restored from a backup.
    pub epoch: i64,
    /// Everything up to this is applied.
    pub seq: i64,
}

/// A bucket and the checksum of its rows: the wrapping sum over rows of the first 8 bytes of
/// `SHA-256(key ‖ 0x00 ‖ version as decimal)`, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSum {
    /// The bucket.
    pub bucket: Bucket,
    /// 16 hexadecimal digits.
    pub sum: String,
}

/// One change, to be made once however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The outbox that it comes from.
    pub client_id: ClientId,
    /// From 1, without gaps, kept before it is sent.
    pub intent_id: u64,
    /// What: `note.save`.
    pub name: String,
    /// The shape of `args`.
    pub schema: u32,
    /// The operation's request.
    pub args: Value,
    /// When it was made, by the device's clock.
    pub made_at: Timestamp,
}

/// Whether frames for a replica are read. A browser keeps none, and does not load their readers.
pub(super) const REPLICA: bool = cfg!(any(test, feature = "replica"));

/// What a server sends.
///
/// It is read by way of [`Value`]: what serde derives for a tag inside would bring a second reader of every type in it
/// to the browser, a tenth of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "Value")]
pub enum ServerFrame {
    /// The answer to hello.
    Welcome(Welcome),
    /// Changes since the cursor, to be applied in one transaction.
    Checkpoint(Checkpoint),
    /// The rows of one bucket from scratch, in parts; applied when `last` has come.
    Snapshot(Snapshot),
    /// What became of an intent.
    Answer(Answer),
    /// An intent came that does not follow the last one.
    Gap {
        /// The next intent that the server takes.
        expected: u64,
    },
    /// A followed view, whole.
    View {
        /// Which.
        topic: Topic,
        /// The feed's place that it shows.
        seq: i64,
        /// Its body.
        body: Value,
    },
    /// A view that may not be followed, or no longer.
    Refused {
        /// Which.
        topic: Topic,
        /// Why.
        fault: Fault,
    },
    /// The answer to a ping.
    Pong {
        /// The ping's.
        n: u64,
        /// The server's clock.
        at: Timestamp,
    },
    /// The server closes; the reason.
    Bye {
        /// Why.
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
    /// The protocol spoken from now on.
    pub protocol: u32,
    /// The row shape served.
    pub schema: u32,
    /// The epoch and head of the feed.
    pub head: Cursor,
    /// The server's clock.
    pub at: Timestamp,
    /// For a replica: the last intent of its outbox that is settled here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_intent_id: Option<u64>,
    /// For a replica: every bucket that it may hold, with the checksums at `head`; what is not listed it deletes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketSum>,
}

/// Changes to a replica, applied all or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The seq that the changes start after. None: the snapshots just sent are the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// The replica stands here afterwards.
    pub upto: Cursor,
    /// The rows that changed, as they are at `upto`.
    pub changes: Vec<Change>,
    /// The last intent of this outbox that is settled at `upto`.
    pub last_intent_id: u64,
    /// Where the set of buckets changed: every bucket that may be held from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<BucketSum>>,
}

/// One row of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its bucket.
    pub bucket: Bucket,
    /// Its key within the bucket, as `ticket:<id>`.
    pub key: String,
    /// Its version.
    pub version: i64,
    /// The row; none when it left the bucket.
    pub row: Option<Value>,
}

/// A part of a bucket's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The bucket.
    pub bucket: Bucket,
    /// The place in the feed that the rows show.
    pub upto: Cursor,
    /// The rows.
    pub rows: Vec<Change>,
    /// The last part: the bucket is whole.
    pub last: bool,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which.
    pub intent_id: u64,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: IntentOutcome,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum IntentOutcome {
    /// Made; the operation's answer.
    Accepted {
        /// What it made: for a note its [`crate::records::NoteRef`].
        answer: Value,
    },
    /// Refused; the payload is kept and shown to its author.
    Refused {
        /// Why.
        fault: Fault,
    },
}
