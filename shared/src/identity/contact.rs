//! Registering, and a forgotten password: a contact is proven by a code sent to it.

use serde::{Deserialize, Serialize};

use super::{Face, Tokens};
use crate::{ids::VerificationId, notify::Channel};

/// Seconds that a code counts that is to prove a new account's contact.
pub const REGISTER_CODE_S: u32 = 300;
/// Seconds that a code counts that is to replace a password; and one that was right, until the password is chosen.
pub const RESET_CODE_S: u32 = 600;
/// Tries of one code.
pub const CODE_TRIES: u32 = 5;
/// Digits of a code.
pub const CODE_DIGITS: usize = 6;
/// Characters of a password at least.
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Bytes of a password at most.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// Characters of a name at most.
pub const NAME_MAX_CHARS: usize = 200;

/// `POST /auth/register`: the first step. The answer is the same whether the contact has an account or not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// The whole name, as its bearer writes it.
    pub name: String,
    /// E-mail address. One of this and `phone` is needed; with both the code goes here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number with its country code: `+968 9123 4567`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// BCP 47; that of the request without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// `POST /auth/forgot-password`. The answer is the same whether the contact has an account or not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForgotRequest {
    /// E-mail address; this or `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A code is on its way, should the contact be one that gets one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerificationBegun {
    /// To be named with the code.
    pub verification_id: VerificationId,
    /// How it travels.
    pub channel: Channel,
    /// Seconds that the code counts.
    pub expires_in_s: u32,
}

/// `POST /auth/resend-otp`: another code; the one before does not count any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResendRequest {
    /// Of which.
    pub verification_id: VerificationId,
}

/// `POST /auth/verify-otp`: the second step. Without a password the code is only looked at, and counts ten minutes more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// Of which.
    pub verification_id: VerificationId,
    /// The six digits.
    pub code: String,
    /// The new account's password, at least 8 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The program that registers.
    #[serde(default)]
    pub face: Face,
}

/// The code was right.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// The new account's session, where a password came with the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `POST /auth/reset-password`: every session of the account is ended. Without a password the code is only looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// Of which.
    pub verification_id: VerificationId,
    /// The six digits.
    pub code: String,
    /// The new password, at least 8 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
