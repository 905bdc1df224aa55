//! The second factor: codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s), and backup codes.

use serde::{Deserialize, Serialize};

use super::{Face, Tokens};
use crate::time::Timestamp;

/// Backup codes that a person has when they are made.
pub const BACKUP_CODES: usize = 10;
/// Seconds that the step between password and second factor may take.
pub const MFA_STEP_S: u32 = 300;

/// What a sign-in still needs: the `present` of [`crate::fault::Code::MfaRequired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaStep {
    /// Stands for the password that was right; counts for 5 min, for nothing but the second factor.
    pub mfa_token: String,
    /// Seconds that it counts.
    pub expires_in_s: u32,
    /// Whether a second factor is set up; else it has to be, first.
    pub enrolled: bool,
}

/// `POST /auth/mfa/verify`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MfaVerifyRequest {
    /// Of [`MfaStep`].
    pub mfa_token: String,
    /// What the app shows, or a backup code.
    pub code: String,
    /// The program that signs in.
    #[serde(default)]
    pub face: Face,
}

/// `POST /auth/mfa/setup`: in the middle of a sign-in, or by somebody who is signed in and has confirmed to be who they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MfaSetupRequest {
    /// Of [`MfaStep`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_token: Option<String>,
}

/// What an authenticator app needs; nothing counts until a code of it was seen.
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
    /// What the app shows.
    pub code: String,
    /// Of [`MfaStep`]; the sign-in goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_token: Option<String>,
    /// The program that signs in.
    #[serde(default)]
    pub face: Face,
}

/// Codes that each count once where the app is not at hand. They are shown this one time.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupCodes {
    /// `ABCDE-23456`.
    pub codes: Vec<String>,
    /// The session, where a sign-in was finished by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `GET /auth/mfa`: how somebody's second factor stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaView {
    /// Since when it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Timestamp>,
    /// Backup codes that are left.
    pub codes_left: u32,
    /// Whether the clinic wants it of this person.
    pub required: bool,
}
