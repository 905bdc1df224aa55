//! The audit log: its canonical bytes, its hash chain, its Merkle tree, and its wire views (`docs/product.md` §8,
//! `docs/decisions/audit.md`).
//!
//! An entry's leaf is `SHA-256(0x00 ‖ canonical bytes)`, as RFC 6962 §2.1 hashes a leaf. The chain hash of an entry
//! is `SHA-256("medlane audit chain v1" ‖ previous chain hash ‖ leaf)`. Personal fields enter the canonical bytes as
//! salted commitments, never as text, so that the chain stays valid when the text is erased.

mod actions;
mod query;
mod reads;
mod tree;
mod verdict;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    access::{Action, Evidence, EvidenceKind, Role},
    ids::{AuditId, ClinicId, DeviceId, PersonId, SessionId},
    time::Timestamp,
};

pub use actions::{ACTIONS, NOISE, words_key};
pub use query::{AuditExport, AuditExportQuery, AuditPatientsQuery, AuditQuery, EXPORT_MAX, ExportFormat};
pub use reads::{DeviceRead, DeviceReads, READS_MAX, Read, ReadsAlert};
pub use tree::Tree;
pub use verdict::{AuditState, AuditVerdict, BadRange, FirstBad, Tampering};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The chain hash before the first entry.
pub const GENESIS: Hash = [0; 32];

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Success,
    /// Refused: a rule forbids it, or the caller has no right to it.
    Refused,
}

impl Outcome {
    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }
}

/// The fields of an entry that are hashed, in this order. A text that could identify a person enters as a
/// `commitment`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its number in the clinic's log, from 1, without gaps.
    pub seq: i64,
    /// Its id.
    pub id: AuditId,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The action: `ticket.call`, `session.sign_in`, `note.read`.
    pub action: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// The person who acted.
    pub person: Option<PersonId>,
    /// The device that acted, or that the action concerned.
    pub device: Option<DeviceId>,
    /// The session.
    pub session: Option<SessionId>,
    /// The role acted in.
    pub role: Option<Role>,
    /// The patient whom the entry concerns.
    pub patient: Option<PersonId>,
    /// The thing acted on, as `ticket:<id>`.
    pub target: &'a str,
    /// `SHA-256(salt ‖ text)` of the personal details (address, reason, before and after).
    pub detail: Option<Hash>,
    /// The hash ([`shown`]) of the patients whom a list showed.
    pub shown: Option<Hash>,
}

impl Leaf<'_> {
    /// The canonical bytes: every field length-prefixed (u32, big endian), an absent one as length `u32::MAX`.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut put = |field: Option<&[u8]>| match field {
            Some(bytes) => {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1);
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(bytes);
            }
            None => out.extend_from_slice(&u32::MAX.to_be_bytes()),
        };
        // An entry without a list keeps the bytes of version 1, so entries from before lists were recorded still
        // verify.
        put(Some(if self.shown.is_none() { b"medlane audit leaf v1" } else { b"medlane audit leaf v2" }));
        put(Some(self.clinic.0.as_bytes()));
        put(Some(&self.seq.to_be_bytes()));
        put(Some(self.id.0.as_bytes()));
        put(Some(&self.at.ms().to_be_bytes()));
        put(Some(self.action.as_bytes()));
        put(Some(self.outcome.text().as_bytes()));
        put(self.person.as_ref().map(|p| p.0.as_bytes().as_slice()));
        put(self.device.as_ref().map(|d| d.0.as_bytes().as_slice()));
        put(self.session.as_ref().map(|s| s.0.as_bytes().as_slice()));
        put(self.role.map(|r| r.text().as_bytes()));
        put(self.patient.as_ref().map(|p| p.0.as_bytes().as_slice()));
        put(Some(self.target.as_bytes()));
        put(self.detail.as_ref().map(<[u8; 32]>::as_slice));
        if let Some(shown) = &self.shown {
            put(Some(shown));
        }
        out
    }

    /// The leaf hash (RFC 6962 §2.1).
    #[must_use]
    pub fn hash(&self) -> Hash {
        Sha256::new().chain_update([0]).chain_update(self.bytes()).finalize().into()
    }
}

/// The chain hash after an entry.
#[must_use]
pub fn chain(previous: &Hash, leaf: &Hash) -> Hash {
    Sha256::new()
        .chain_update(b"medlane audit chain v1")
        .chain_update(previous)
        .chain_update(leaf)
        .finalize()
        .into()
}

/// The leaf hash that stands in the tree for an entry that is gone, or cannot be read.
#[must_use]
pub fn absent(seq: i64) -> Hash {
    Sha256::new().chain_update(b"medlane audit absent v1").chain_update(seq.to_be_bytes()).finalize().into()
}

/// The commitment to a personal text: `SHA-256(salt ‖ text)`, with a salt that is erased together with the text.
#[must_use]
pub fn commitment(salt: &[u8; 16], text: &str) -> Hash {
    Sha256::new().chain_update(salt).chain_update(text.as_bytes()).finalize().into()
}

/// The hash of the ids of the patients whom a list showed, in ascending order; `None` if it showed nobody.
#[must_use]
pub fn shown(patients: &[PersonId]) -> Option<Hash> {
    let mut sorted = patients.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut hash = Sha256::new().chain_update(b"medlane audit shown v1");
    for patient in &sorted {
        hash.update(patient.0.as_bytes());
    }
    (!sorted.is_empty()).then(|| hash.finalize().into())
}

/// A patient whom a list showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownPatient {
    /// Their id.
    pub id: PersonId,
    /// Their name; `None` once erased.
    pub name: Option<String>,
}

/// What allowed an act. It is part of the sealed details, so it cannot be altered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRight {
    /// The action of the access table: `NoteWrite`.
    pub action: String,
    /// The kind of evidence.
    pub by: EvidenceKind,
    /// The ticket, consent or emergency access that is the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "uuid"))]
    pub id: Option<uuid::Uuid>,
}

impl AuditRight {
    /// The right of a grant.
    #[must_use]
    pub fn of(action: Action, evidence: Evidence) -> Self {
        Self { action: format!("{action:?}"), by: evidence.kind(), id: evidence.id() }
    }
}

/// An entry, as people who may read the log see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number in the clinic's log.
    pub seq: i64,
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// The action: `ticket.call`.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The id of the person who acted.
    pub person_id: Option<PersonId>,
    /// The name of the person who acted; `None` once erased.
    pub person_name: Option<String>,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// The role acted in.
    pub role: Option<Role>,
    /// The id of the patient whom it concerns.
    pub patient_id: Option<PersonId>,
    /// The name of that patient; `None` once erased.
    pub patient_name: Option<String>,
    /// The present name of the person whom the entry is about, if its target is one: whose roles were changed, who was suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// How many patients a list showed.
    #[serde(default)]
    pub shown_count: u32,
    /// At most three of those patients. If the query asked for one patient, that patient is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<ShownPatient>,
    /// The thing acted on, as `ticket:<id>`.
    pub target: String,
    /// What the act changed, if its detail tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AuditChange>,
    /// What allowed the act; `None` for an act that needs no right (a sign-in), a refusal, or an entry from before rights
    /// were recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<AuditRight>,
    /// Address, reason, state before and after. It never holds chart contents.
    pub detail: Option<serde_json::Value>,
}

/// A field that an act changed. Ids of branches, services and people are shown as their present names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditChange {
    /// The field: `roles`, `policy.near`.
    pub field: String,
    /// What it was; empty if there was nothing.
    pub was: Vec<String>,
    /// What it became; empty if there is nothing any more.
    pub is: Vec<String>,
}

impl AuditEntry {
    /// The person whom the entry is about, if its target is one.
    #[must_use]
    pub fn about(&self) -> Option<PersonId> {
        self.target.strip_prefix("person:")?.parse().ok()
    }
}

/// A line of the live activity (topic `activity`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The latest entries, newest first, at most 50.
    pub entries: Vec<AuditEntry>,
    /// Open sockets.
    pub sockets: u32,
}

#[cfg(test)]
mod tests;
