//! People and sessions: the wire types of signing in (`docs/product.md` §1).

mod age;
mod confirm;
mod contact;
mod dependant;
mod device;
mod export;
mod factor;
mod fold;
mod gender;
mod limits;
mod merge;
mod names;
mod patients;
mod people;
mod profile;
mod proof;
mod record_number;
mod search;

use serde::{Deserialize, Serialize};

use crate::{
    access::Role,
    ids::{BranchId, ClinicId, DeviceId, PersonId, SessionId},
    time::Timestamp,
};

pub use age::{Age, age};
pub use confirm::{CONFIRM_HEADER, CONFIRM_S, ConfirmNeeds, ConfirmRequest, ConfirmWanted, Confirmed};
pub use contact::{
    CODE_DIGITS, CODE_TRIES, ForgotRequest, NAME_MAX_CHARS, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS,
    REGISTER_CODE_S, RESET_CODE_S, RegisterRequest, ResendRequest, ResetRequest, VerificationBegun, Verified,
    VerifyRequest, is_whole_code,
};
pub use dependant::{DEPENDANTS_MAX, Dependant, DependantRequest};
pub use device::{
    DeviceCheckIn, DeviceCode, DeviceCodeRequest, DeviceEnrolRequest, DeviceKind, DeviceOrder, DeviceProof,
    DeviceRequest, DeviceState, DeviceView, DeviceWord, Enrolled, OrdersRequest, PROOF_SKEW_MS, ProofFor,
    SignedOrder, clinic_code, is_clinic_code, order_text, proof_text,
};
pub use export::AccountExport;
pub use factor::{
    BACKUP_CODES, BackupCodes, MFA_STEP_S, MfaEnableRequest, MfaSetup, MfaSetupRequest, MfaStep,
    MfaVerifyRequest, MfaView,
};
pub use fold::name_key;
pub use gender::Gender;
pub use limits::{Attempts, Limit};
pub use merge::{
    Decided, DecidedQuery, DistinctRequest, Duplicate, Likeness, MergeRequest, UnmergeRequest, Verdict,
};
pub use names::{FoldedName, alike, first_name, folded};
pub use patients::{
    MATCHES_MAX, NUMBER_MIN_DIGITS, PatientChange, PatientRequest, PatientView, PatientsFound, PatientsQuery,
    is_query,
};
pub use people::{
    AcceptRequest, Accepted, InviteRequest, PasswordRequest, PeopleQuery, PersonView, RolesRequest,
    SessionView, Standing, StandingRequest,
};
pub use profile::{AVATAR_PX, Avatar, Deletion, KeepRequest, PICTURE_MAX_BYTES, Picture, ProfileRequest};
pub use proof::{
    ContactCodeRequest, ContactConfirmRequest, IdentityCheckRequest, IdentityDocument, MergeProof,
    OwnContact, OwnContactRequest, OwnContacts, ProvenHow,
};
pub use record_number::{NotARecordNumber, RecordNumber};
pub use search::{Criterion, criteria, entries, pair_entry};

/// The program that a session belongs to. Each face has its own refresh cookie, so that one browser can hold a
/// patient's and a doctor's session side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// The patients' companion.
    #[default]
    Companion,
    /// The doctor workstation.
    Doctor,
    /// The admin console.
    Admin,
    /// Kiosk and board.
    Kiosk,
}

impl Face {
    /// Every face.
    pub const ALL: &[Self] = &[Self::Companion, Self::Doctor, Self::Admin, Self::Kiosk];

    /// The text on the wire, in paths and in cookie names.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Companion => "companion",
            Self::Doctor => "doctor",
            Self::Admin => "admin",
            Self::Kiosk => "kiosk",
        }
    }
}

/// `POST /auth/login`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// E-mail address (case does not matter) or phone number.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::SignInName))]
    pub email: String,
    /// Password.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Password))]
    pub password: String,
    /// The role to act in; if absent, the person's highest role that the face serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The program that signs in.
    #[serde(default)]
    pub face: Face,
    /// The proof of the enrolled device, if it has a key; signed over the address as it was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
}

/// `POST /auth/refresh`, `POST /auth/logout`. Browsers send the cookie of their face instead of the token.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token, from clients that are not browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Secret>))]
    pub refresh_token: Option<String>,
    /// The program that asks; it determines the name of the cookie.
    #[serde(default)]
    pub face: Face,
    /// The proof of the session's device, if it has a key; signed over the refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
}

/// The new tokens of a session.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// JWT for `Authorization: Bearer`, 15 min.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in_s: u32,
    /// Opaque, valid for 7 days, replaced at every use. Only for clients that are not browsers; a browser gets a
    /// cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The signed-in person or device.
    pub me: Me,
}

/// The signed-in person or device, and their role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The clinic.
    pub clinic_id: ClinicId,
    /// The clinic's name.
    pub clinic_name: String,
    /// The session.
    pub session_id: SessionId,
    /// The person; `None` for a device.
    pub person_id: Option<PersonId>,
    /// The device; `None` for a person.
    pub device_id: Option<DeviceId>,
    /// The person's or device's name.
    pub name: String,
    /// The person's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role acted in.
    pub role: Role,
    /// All roles that they hold.
    pub roles: Vec<Role>,
    /// The branches that they belong to.
    pub branches: Vec<BranchId>,
    /// Preferred language, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The person's administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// A patient's day of birth, `1980-01-31`; `None` if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The number of the person's medical record as a patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// When the session ends for good, however often it is renewed. `None` for a device's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}
