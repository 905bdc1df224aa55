//! Devices: enrolled by a one-time code, known by a key of their own (Ed25519), locked and wiped from afar.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Face, Tokens};
use crate::{
    access::Role,
    audit::ReadsAlert,
    ids::{BranchId, DeviceId},
    time::Timestamp,
};

/// Milliseconds by which a device's clock may differ from the server's: its proofs name the time.
pub const PROOF_SKEW_MS: i64 = 120_000;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A doctor's computer.
    Workstation,
    /// A computer of reception or administration.
    Console,
    /// A touch screen in the waiting area.
    Kiosk,
    /// The big "now serving" screen.
    Board,
}

impl DeviceKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Workstation, Self::Console, Self::Kiosk, Self::Board];

    /// As it stands on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Workstation => "workstation",
            Self::Console => "console",
            Self::Kiosk => "kiosk",
            Self::Board => "board",
        }
    }

    /// The kind of a text of [`DeviceKind::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.text() == text)
    }

    /// The program that runs there.
    #[must_use]
    pub const fn face(self) -> Face {
        match self {
            Self::Workstation => Face::Doctor,
            Self::Console => Face::Admin,
            Self::Kiosk | Self::Board => Face::Kiosk,
        }
    }

    /// Whether people work at it in a role, by a program: a kiosk and a board stand where anybody can touch them.
    #[must_use]
    pub const fn serves(self, face: Face, role: Role) -> bool {
        match self {
            Self::Workstation => matches!((face, role), (Face::Doctor, Role::Doctor)),
            Self::Console => {
                matches!((face, role), (Face::Admin, Role::Reception | Role::Manager | Role::Admin))
            }
            Self::Kiosk | Self::Board => false,
        }
    }

    /// The role that it acts in by itself; at the others people sign in.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Kiosk => Some(Role::Kiosk),
            Self::Board => Some(Role::Board),
            Self::Workstation | Self::Console => None,
        }
    }
}

/// What a proof is for: one counts for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofFor {
    /// The hello of a socket; over its access token.
    Hello,
    /// A person's sign-in; over the address.
    SignIn,
    /// A renewal; over the refresh token.
    Refresh,
    /// A look at how the device stands.
    CheckIn,
    /// The word that everything was wiped.
    Wiped,
    /// A question for the clinic's orders; over its nonce.
    Orders,
}

impl ProofFor {
    const fn text(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::SignIn => "sign-in",
            Self::Refresh => "refresh",
            Self::CheckIn => "check-in",
            Self::Wiped => "wiped",
            Self::Orders => "orders",
        }
    }
}

/// A device proves that it is itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceProof {
    /// Which.
    pub device_id: DeviceId,
    /// When, by its clock, which may differ by 2 min; a hello's is later than those before.
    pub at: Timestamp,
    /// Ed25519 over [`proof_text`], base64url without padding.
    pub signature: String,
}

/// What a device signs: every field length-prefixed, so that none runs into the next. `over` is what the proof goes with:
/// a token or an address.
#[must_use]
pub fn proof_text(what: ProofFor, device: DeviceId, at: Timestamp, over: &str) -> Vec<u8> {
    let over = Sha256::digest(over.as_bytes());
    prefixed([
        b"medlane device proof v1",
        what.text().as_bytes(),
        device.0.as_bytes(),
        &at.ms().to_be_bytes(),
        &over,
    ])
}

/// Fields one after the other, each behind its length.
fn prefixed(fields: [&[u8]; 5]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for field in fields {
        out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(field);
    }
    out
}

/// What a clinic says of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceWord {
    /// People work at it.
    Work,
    /// Nobody works at it; what it keeps, it keeps.
    Lock,
    /// It forgets everything.
    Wipe,
}

impl DeviceWord {
    const fn text(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Lock => "lock",
            Self::Wipe => "wipe",
        }
    }
}

/// `POST /devices/orders`: a device asks what its clinic orders. It asks before it destroys anything: whatever else it is
/// told could come from anybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrdersRequest {
    /// Over the nonce.
    pub proof: DeviceProof,
    /// 128 random bits, base64url without padding: an answer to another question counts for nothing.
    pub nonce: String,
}

/// What a clinic orders a device, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedOrder {
    /// What.
    pub word: DeviceWord,
    /// Which device.
    pub device_id: DeviceId,
    /// The question's.
    pub nonce: String,
    /// The server's clock.
    pub at: Timestamp,
    /// The public half of the clinic's key (Ed25519, base64url without padding). A device that knows it already goes by the
    /// one that it knows.
    pub key: String,
    /// Ed25519 over [`order_text`], base64url without padding.
    pub signature: String,
}

/// What a clinic signs of an order.
#[must_use]
pub fn order_text(word: DeviceWord, device: DeviceId, nonce: &str, at: Timestamp) -> Vec<u8> {
    prefixed([
        b"medlane device order v1",
        word.text().as_bytes(),
        device.0.as_bytes(),
        &at.ms().to_be_bytes(),
        nonce.as_bytes(),
    ])
}

/// `POST /devices/codes`: a one-time code that enrols a device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceCodeRequest {
    /// The branch that the device will stand in.
    pub branch_id: BranchId,
    /// What it will be.
    pub kind: DeviceKind,
    /// Its name: "Kiosk at the entrance".
    pub name: String,
}

/// A device's one-time code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceCode {
    /// 8 characters of Crockford base32.
    pub code: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// `POST /devices/enrol`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceEnrolRequest {
    /// The one-time code.
    pub code: String,
    /// The public half of the device's key (Ed25519, 32 bytes, base64url without padding); browsers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The release that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// The program that asks: the code has to be for its kind of device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Face>,
}

/// A device that was enrolled.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Which it is from now on.
    pub device_id: DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// The public half of the key that the clinic signs its orders with (Ed25519, base64url without padding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_key: Option<String>,
    /// The session of a kiosk or board; at the others people sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `POST /devices/check-in` and `/devices/wiped`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceCheckIn {
    /// Over the release that it runs.
    pub proof: DeviceProof,
    /// The release that it runs.
    pub app_version: String,
}

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// In use.
    Active,
    /// Locked: nobody works at it until it is unlocked.
    Locked,
    /// To be wiped: it is cut off, and forgets everything at its next contact.
    Wiping,
    /// Wiped, as it has said itself; or it kept nothing.
    Wiped,
}

/// A device, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceView {
    /// Which.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Where it stands.
    pub branch_id: BranchId,
    /// How it stands.
    pub state: DeviceState,
    /// Whether it has a key of its own; browsers have none.
    pub has_key: bool,
    /// The release that it said it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// What is wrong with what it wrote down of reads without the network, until somebody has looked into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_alert: Option<ReadsAlert>,
    /// Grows by one with every change.
    pub version: i64,
}

/// What shall become of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceOrder {
    /// Nobody works at it until it is unlocked.
    Lock,
    /// It goes on where it was.
    Unlock,
    /// A kiosk or board begins anew, as if it was switched off and on.
    Restart,
    /// Somebody has looked into what is wrong with its reads.
    Heed,
    /// It is cut off for ever, and forgets everything at its next contact.
    Wipe,
}

/// `PATCH /devices/{id}`: what is left out stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What shall become of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<DeviceOrder>,
    /// The version seen.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_one_thing() {
        let (device, at) = (DeviceId::new(Timestamp::from_ms(1), [7; 10]), Timestamp::from_ms(5));
        let text = proof_text(ProofFor::Hello, device, at, "token");
        let others = [
            proof_text(ProofFor::Refresh, device, at, "token"),
            proof_text(ProofFor::Hello, DeviceId::new(Timestamp::from_ms(1), [8; 10]), at, "token"),
            proof_text(ProofFor::Hello, device, Timestamp::from_ms(6), "token"),
            proof_text(ProofFor::Hello, device, at, "other"),
        ];
        assert!(others.iter().all(|other| *other != text));
        let order = order_text(DeviceWord::Wipe, device, "nonce", at);
        let others = [
            text,
            order_text(DeviceWord::Lock, device, "nonce", at),
            order_text(DeviceWord::Wipe, DeviceId::new(at, [8; 10]), "nonce", at),
            order_text(DeviceWord::Wipe, device, "other", at),
            order_text(DeviceWord::Wipe, device, "nonce", Timestamp::from_ms(6)),
        ];
        assert!(others.iter().all(|other| *other != order));
    }
}
