//! The reads that happened at a device without the network. They form a hash chain of their own. The device records
//! and signs each one before it shows anything, and the server takes them over when the connection is back
//! (`docs/decisions/audit.md`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{GENESIS, Hash};
use crate::{
    ids::{BranchId, DeviceId, PersonId},
    time::Timestamp,
};

/// The most reads in one request.
pub const READS_MAX: usize = 100;

/// The thing that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// A patient's notes.
    Chart(PersonId),
    /// A branch's queue.
    Queue(BranchId),
    /// The names of the patients whose notes the reader has not signed.
    Drafts(PersonId),
}

impl Read {
    /// The action's name in the audit log.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Chart(_) => "note.read",
            Self::Queue(_) => "queue.read",
            Self::Drafts(_) => "note.list",
        }
    }

    /// The thing that was read, as the audit log writes a target.
    #[must_use]
    pub fn target(self) -> String {
        match self {
            Self::Chart(person) | Self::Drafts(person) => format!("person:{person}"),
            Self::Queue(branch) => format!("branch:{branch}"),
        }
    }

    /// The patient whom the read concerns, if it concerns one.
    #[must_use]
    pub const fn patient(self) -> Option<PersonId> {
        match self {
            Self::Chart(patient) => Some(patient),
            Self::Queue(_) | Self::Drafts(_) => None,
        }
    }
}

/// One read, as the device recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceRead {
    /// Its number at the device, from 1, without gaps.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::ReadNumber))]
    pub n: i64,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// The person who read.
    pub person_id: PersonId,
    /// The thing that was read.
    pub what: Read,
    /// The hash of the read before it, in hexadecimal; 64 zeros for the first.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Digest))]
    pub prev: String,
    /// The device's Ed25519 signature over this read's hash, base64url without padding.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Signature))]
    pub signature: String,
}

impl DeviceRead {
    /// The hash that the device signs and that the next read names. It covers every field, each length-prefixed (u32,
    /// big endian).
    #[must_use]
    pub fn hash(&self, device: DeviceId) -> Hash {
        let (at, n, target) = (self.at.ms().to_be_bytes(), self.n.to_be_bytes(), self.what.target());
        let fields: [&[u8]; 8] = [
            b"medlane device read v1",
            device.0.as_bytes(),
            &n,
            &at,
            self.person_id.0.as_bytes(),
            self.what.action().as_bytes(),
            target.as_bytes(),
            self.prev.as_bytes(),
        ];
        let mut hash = Sha256::new();
        for field in fields {
            hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }

    /// The `prev` of a device's first read.
    #[must_use]
    pub fn genesis() -> String {
        super::hex(&GENESIS)
    }
}

/// `POST /devices/reads`: the reads that the server does not have yet, in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceReads {
    /// The device.
    pub device_id: DeviceId,
    /// The reads, at most [`READS_MAX`].
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::DeviceReadList))]
    pub reads: Vec<DeviceRead>,
}

/// What is wrong with the reads that a device handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadsAlert {
    /// Reads are missing before those that arrived.
    Gap,
    /// Two reads have the same number: the device's log was restored from a copy, or started anew.
    Fork,
}

impl ReadsAlert {
    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Fork => "fork",
        }
    }

    /// The alert with this [`ReadsAlert::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Gap, Self::Fork].into_iter().find(|alert| alert.text() == text)
    }
}
