//! What people state about themselves, and how they are told about their visits.

use serde::{Deserialize, Serialize};

use super::Gender;
use crate::time::Timestamp;

/// The largest picture that the server accepts, in bytes.
pub const PICTURE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// The width and height of a stored picture, in pixels.
pub const AVATAR_PX: u32 = 256;

/// `PATCH /users/me`: fields that are absent stay unchanged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileRequest {
    /// The whole name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PersonName>))]
    pub name: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::LanguageTag>))]
    pub language: Option<String>,
    /// The administrative gender; `unknown` clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// A patient's day of birth, `1980-01-31`. It can be entered once, if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::BirthDate>))]
    pub birth_date: Option<String>,
}

/// A picture of a person, in the form of FHIR's Attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/webp`. The server goes by the content, not by this claim.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PictureType))]
    pub content_type: String,
    /// Its bytes, base64; at most 10 MB before encoding.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PictureBytes))]
    pub data: String,
}

/// The person's picture, if there is one: square, 256 pixels wide, without the camera's metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Avatar {
    /// The picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

/// `GET /users/me/deletion`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deletion {
    /// Since when the person asks for deletion; `None` if they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
}

/// `POST /admin/users/{id}/keep`: the account stays, and its owner is told why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KeepRequest {
    /// Why, in the words that the owner will read.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Why))]
    pub why: String,
    /// The version that the caller saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}
