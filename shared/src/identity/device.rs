//! Devices. A one-time code enrols a device, its own key (Ed25519) identifies it, and administrators can lock and
//! wipe it remotely.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Face, Tokens};
use crate::{
    access::Role,
    audit::ReadsAlert,
    ids::{BranchId, DeviceId},
    time::Timestamp,
};

/// How much a device's clock may differ from the server's, in milliseconds: the device's proofs state the time.
pub const PROOF_SKEW_MS: i64 = 120_000;

/// The kind of a device.
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

    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Workstation => "workstation",
            Self::Console => "console",
            Self::Kiosk => "kiosk",
            Self::Board => "board",
        }
    }

    /// The kind with this [`DeviceKind::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.text() == text)
    }

    /// The program that runs on it.
    #[must_use]
    pub const fn face(self) -> Face {
        match self {
            Self::Workstation => Face::Doctor,
            Self::Console => Face::Admin,
            Self::Kiosk | Self::Board => Face::Kiosk,
        }
    }

    /// Whether staff may work at it in this role and program. Nobody signs in at a kiosk or a board, because anybody
    /// can touch them.
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

    /// The role that the device itself acts in; `None` if people sign in at it.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Kiosk => Some(Role::Kiosk),
            Self::Board => Some(Role::Board),
            Self::Workstation | Self::Console => None,
        }
    }
}

/// The purpose of a proof. A proof is valid for its own purpose only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofFor {
    /// The hello of a socket; signed over the access token.
    Hello,
    /// A person's sign-in; signed over the e-mail address or phone number.
    SignIn,
    /// The renewal of a session; signed over the refresh token.
    Refresh,
    /// The device asks for its state; signed over the release it runs.
    CheckIn,
    /// The report that everything was erased; signed over the release it runs.
    Wiped,
    /// The question for the clinic's order; signed over its nonce.
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

/// The proof that a request comes from this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceProof {
    /// The device.
    pub device_id: DeviceId,
    /// The device's time, which may differ from the server's by 2 min. The time of a hello must be later than those
    /// of earlier hellos.
    pub at: Timestamp,
    /// Ed25519 over [`proof_text`], base64url without padding.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Signature))]
    pub signature: String,
}

/// The bytes that a device signs. Every field is length-prefixed, so that none runs into the next. `over` is what the
/// proof belongs to: a token, an address, a release or a nonce.
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

/// The code of a clinic's key for orders, for one device: 80 bits. A person reads it in the console and types it at the
/// device.
#[must_use]
pub fn clinic_code(order_key: &str, device: DeviceId) -> String {
    let hash = Sha256::digest(prefixed([
        b"medlane clinic code v1",
        device.0.as_bytes(),
        order_key.as_bytes(),
        b"",
        b"",
    ]));
    let bits = hash.iter().take(CODE_BYTES).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letter =
        |n: usize| char::from(LETTERS[usize::try_from(bits >> (75 - 5 * n) & 31).unwrap_or_default()]);
    let mut code = String::new();
    for n in 0..CODE_BYTES * 8 / 5 {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        code.push(letter(n));
    }
    code
}

/// Whether a typed text is [`clinic_code`]. Case, spaces and hyphens do not matter; O counts as 0, I and L as 1.
#[must_use]
pub fn is_clinic_code(typed: &str, order_key: &str, device: DeviceId) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
        letters
            .map(|c| {
                if c == 'O' {
                    '0'
                } else if matches!(c, 'I' | 'L') {
                    '1'
                } else {
                    c
                }
            })
            .collect::<String>()
    };
    plain(typed) == plain(&clinic_code(order_key, device))
}

/// How many bytes of the hash are in the code.
const CODE_BYTES: usize = 10;
/// Crockford's alphabet, in which no two letters look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Joins the fields, each behind its length.
fn prefixed(fields: [&[u8]; 5]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for field in fields {
        out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(field);
    }
    out
}

/// What a clinic orders for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceWord {
    /// People may work at it.
    Work,
    /// Nobody may work at it; its stored data stays.
    Lock,
    /// It erases everything.
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

/// `POST /devices/orders`: a device asks for its clinic's order. It asks before it erases anything, because any other
/// message could be forged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrdersRequest {
    /// A proof over the nonce.
    pub proof: DeviceProof,
    /// 128 random bits, base64url without padding. An answer with another nonce is not valid.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Nonce))]
    pub nonce: String,
}

/// A clinic's order for a device, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedOrder {
    /// The order.
    pub word: DeviceWord,
    /// The device that it is for.
    pub device_id: DeviceId,
    /// The nonce of the request.
    pub nonce: String,
    /// The server's clock.
    pub at: Timestamp,
    /// The public half of the clinic's key (Ed25519, base64url without padding). A device that has stored the key
    /// checks the signature with the stored one.
    pub key: String,
    /// Ed25519 over [`order_text`], base64url without padding.
    pub signature: String,
}

/// The bytes that a clinic signs for an order.
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
    /// The kind of device.
    pub kind: DeviceKind,
    /// Its name: "Kiosk at the entrance".
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::DeviceName))]
    pub name: String,
}

/// A device's one-time code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceCode {
    /// 8 characters of Crockford base32.
    pub code: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// `POST /devices/enrol`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceEnrolRequest {
    /// The one-time code.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::EnrolCode))]
    pub code: String,
    /// The public half of the device's key (Ed25519, 32 bytes, base64url without padding); browsers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::DeviceKey>))]
    pub public_key: Option<String>,
    /// The release that the device runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::AppVersion>))]
    pub app_version: Option<String>,
    /// The program that asks; the code has to be for its kind of device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Face>,
}

/// The answer to an enrolment.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Its id.
    pub device_id: DeviceId,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// The public half of the key that signs the clinic's orders (Ed25519, base64url without padding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_key: Option<String>,
    /// The session of a kiosk or board; `None` for the other kinds, at which people sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `POST /devices/check-in` and `/devices/wiped`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceCheckIn {
    /// A proof over `app_version`.
    pub proof: DeviceProof,
    /// The release that the device runs.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::AppVersion))]
    pub app_version: String,
}

/// The state of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// In use.
    Active,
    /// Locked: nobody may work at it until it is unlocked.
    Locked,
    /// To be wiped: it is cut off, and erases everything at its next contact.
    Wiping,
    /// Wiped: the device has reported so, or it kept no data.
    Wiped,
}

/// A device, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// The branch that it stands in.
    pub branch_id: BranchId,
    /// Its state.
    pub state: DeviceState,
    /// Whether it has a key of its own; browsers have none.
    pub has_key: bool,
    /// The release that it last reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When it last contacted the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// What is wrong with its record of reads without the network; `None` once a person has looked into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_alert: Option<ReadsAlert>,
    /// The code of the clinic's key, for a device that stays locked because it does not know that key. `None` for a
    /// browser, and for a device that was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinic_code: Option<String>,
    /// Grows by one with every change.
    pub version: i64,
}

/// An administrator's order for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceOrder {
    /// Nobody may work at it until it is unlocked.
    Lock,
    /// Work goes on where it stopped.
    Unlock,
    /// A kiosk or board starts anew, as after a power cycle.
    Restart,
    /// A person has looked into what is wrong with its reads.
    Heed,
    /// It is cut off for ever, and erases everything at its next contact.
    Wipe,
}

/// `PATCH /devices/{id}`: fields that are absent stay unchanged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::DeviceName>))]
    pub name: Option<String>,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<DeviceOrder>,
    /// The version that the caller saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_clinics_key_is_of_one_device_and_survives_a_hand() {
        let device = |n: u8| DeviceId::new(Timestamp::from_ms(1), [n; 10]);
        let code = clinic_code("key", device(7));
        assert_eq!(code.len(), 19, "{code}");
        assert!(code.chars().all(|c| c == '-' || LETTERS.contains(&u8::try_from(c).unwrap())), "{code}");
        let by_hand = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        for typed in [code.as_str(), by_hand.as_str()] {
            assert!(is_clinic_code(typed, "key", device(7)), "{typed}");
            assert!(!is_clinic_code(typed, "another", device(7)) && !is_clinic_code(typed, "key", device(8)));
        }
        assert!(!is_clinic_code("", "key", device(7)) && !is_clinic_code(&code[..14], "key", device(7)));
    }

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
