//! Registration, and a forgotten password: a code that is sent to a contact proves it.

use serde::{Deserialize, Serialize};

use super::{Face, Tokens};
use crate::{ids::VerificationId, notify::Channel, typed};

/// How long the code that proves a new account's contact is valid, in seconds.
pub const REGISTER_CODE_S: u32 = 300;
/// How long the code that replaces a password is valid, in seconds; also how long a right code stays valid until the
/// password is chosen.
pub const RESET_CODE_S: u32 = 600;
/// How often one code may be tried.
pub const CODE_TRIES: u32 = 5;
/// Digits of a code.
pub const CODE_DIGITS: usize = 6;
/// The fewest characters of a password.
pub const PASSWORD_MIN_CHARS: usize = 8;
/// The most bytes of a password.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// The most characters of a name.
pub const NAME_MAX_CHARS: usize = 200;

/// Whether a typed text has the length of a code that was sent.
#[must_use]
pub fn is_whole_code(text: &str) -> bool {
    typed::code(text).len() == CODE_DIGITS
}

/// `POST /auth/register`: the first step. The answer is the same whether the contact has an account or not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// The whole name, as the person writes it.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PersonName))]
    pub name: String,
    /// E-mail address. This or `phone` is required; with both, the code goes to the e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailAddress>))]
    pub email: Option<String>,
    /// A phone number with its country code, or as it is dialled in the clinic's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneNumber>))]
    pub phone: Option<String>,
    /// `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::BirthDate>))]
    pub birth_date: Option<String>,
    /// BCP 47; if absent, the language of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::LanguageTag>))]
    pub language: Option<String>,
}

/// `POST /auth/forgot-password`. The answer is the same whether the contact has an account or not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForgotRequest {
    /// E-mail address; this or `phone` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailAddress>))]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneNumber>))]
    pub phone: Option<String>,
}

/// The answer when a code was requested. A code is sent only if the contact may get one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerificationBegun {
    /// The id that the client sends with the code.
    pub verification_id: VerificationId,
    /// Whether the code goes by e-mail or by text message.
    pub channel: Channel,
    /// How long the code is valid, in seconds.
    pub expires_in_s: u32,
}

/// `POST /auth/resend-otp`: sends another code; the earlier one is no longer valid.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResendRequest {
    /// The verification that the code belongs to.
    pub verification_id: VerificationId,
}

/// `POST /auth/verify-otp`: the second step. Without a password the code is only checked, and stays valid for ten
/// more minutes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The verification that the code belongs to.
    pub verification_id: VerificationId,
    /// The six digits.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::SentCode))]
    pub code: String,
    /// The new account's password, at least 8 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::NewPassword>))]
    pub password: Option<String>,
    /// The program that registers.
    #[serde(default)]
    pub face: Face,
}

/// The code was right.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// The new account's session, if a password came with the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// `POST /auth/reset-password`: ends every session of the account. Without a password the code is only checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The verification that the code belongs to.
    pub verification_id: VerificationId,
    /// The six digits.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::SentCode))]
    pub code: String,
    /// The new password, at least 8 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::NewPassword>))]
    pub password: Option<String>,
}
