//! The second factor: codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s), and backup codes.

use serde::{Deserialize, Serialize};

use super::{Face, Tokens};
use crate::time::Timestamp;

/// How many backup codes are made at once.
pub const BACKUP_CODES: usize = 10;
/// How long the step between password and second factor may take, in seconds.
pub const MFA_STEP_S: u32 = 300;

/// What a sign-in still needs; the `present` of [`crate::fault::Code::MfaRequired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaStep {
    /// Proves that the password was right. Valid for 5 min, and for the second factor only.
    pub mfa_token: String,
    /// How long it is valid, in seconds.
    pub expires_in_s: u32,
    /// Whether a second factor is set up; if not, the person has to set one up first.
    pub enrolled: bool,
}

/// `POST /auth/mfa/verify`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MfaVerifyRequest {
    /// The token of [`MfaStep`].
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Secret))]
    pub mfa_token: String,
    /// The code of the app, or a backup code.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::FactorCode))]
    pub code: String,
    /// The program that signs in.
    #[serde(default)]
    pub face: Face,
}

/// `POST /auth/mfa/setup`: during a sign-in, or by a signed-in person who has just confirmed their identity.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MfaSetupRequest {
    /// The token of [`MfaStep`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Secret>))]
    pub mfa_token: Option<String>,
}

/// What an authenticator app needs. The second factor counts only after one of its codes was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaSetup {
    /// Base32, to be typed in.
    pub secret: String,
    /// `otpauth://totp/…`, to be shown as a QR code.
    pub uri: String,
}

/// `POST /auth/mfa/enable`: a code of the app that was set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MfaEnableRequest {
    /// The code that the app shows.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::FactorCode))]
    pub code: String,
    /// The token of [`MfaStep`]; the sign-in continues with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Secret>))]
    pub mfa_token: Option<String>,
    /// The program that signs in.
    #[serde(default)]
    pub face: Face,
}

/// Codes for when the app is not at hand; each works once. They are shown only this one time.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupCodes {
    /// `ABCDE-23456`.
    pub codes: Vec<String>,
    /// The session, if this finished a sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `GET /auth/mfa`: the state of the caller's second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaView {
    /// Since when it is on; `None` if it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Timestamp>,
    /// How many backup codes are left.
    pub codes_left: u32,
    /// Whether the clinic requires it of this person.
    pub required: bool,
}
