//! What people say of themselves, and how they are told of their visits.

use serde::{Deserialize, Serialize};

use super::Gender;
use crate::time::Timestamp;

/// The largest picture that is taken.
pub const PICTURE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// The width and height of a picture as it is kept.
pub const AVATAR_PX: u32 = 256;

/// `PATCH /users/me`: what is left out stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileRequest {
    /// The whole name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The administrative gender; `unknown` takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
}

/// A picture of somebody, as FHIR's Attachment carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/webp`; what it really is, its content says.
    pub content_type: String,
    /// Its bytes, base64; at most 10 MB of them.
    pub data: String,
}

/// One's picture, where there is one: square, 256 pixels wide, without what the camera noted.
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
    /// Since when the clinic is asked; none where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
}

/// `POST /admin/users/{id}/keep`: the account stays, and its owner is told why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KeepRequest {
    /// Why, as they will read it.
    pub why: String,
    /// The version seen.
    pub version: i64,
}
