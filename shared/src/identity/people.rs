//! People as administrators see them, and as they see themselves.

use serde::{Deserialize, Serialize};

use super::{Face, Gender, RecordNumber};
use crate::{
    access::Role,
    ids::{BranchId, PersonId, SessionId, VerificationId},
    notify::Channel,
    time::Timestamp,
};

/// Whether somebody may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They may.
    Active,
    /// Not for now.
    Suspended,
    /// Removed; what they did stays.
    Deleted,
}

/// Somebody, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Which of the two are confirmed: `email`, `sms`. Nothing but its own code goes to another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<Channel>,
    /// The roles held.
    pub roles: Vec<Role>,
    /// The branches belonged to.
    pub branches: Vec<BranchId>,
    /// Whether they may sign in.
    pub standing: Standing,
    /// Why they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether they have an invitation that they have not taken yet.
    pub invited: bool,
    /// Who they are now, where they were merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<PersonId>,
    /// The day of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of their record in this clinic, where they are a patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Whether their sign-in has a second step.
    pub has_factor: bool,
    /// Whether there is a picture of them.
    #[serde(default)]
    pub has_avatar: bool,
    /// When they asked that their account be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Grows by one with every change.
    pub version: i64,
}

/// `GET /admin/users`: newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct PeopleQuery {
    /// A part of the name, the e-mail address or the phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only who holds this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Only who asked that their account be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<bool>,
    /// Where the previous page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows, at most 200; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `POST /admin/users/invite`: staff, who choose their own password by a one-time link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Their name.
    pub name: String,
    /// Where the link goes.
    pub email: String,
    /// The roles that they will hold.
    pub roles: Vec<Role>,
    /// The branches that they will belong to.
    #[serde(default)]
    pub branches: Vec<BranchId>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// `POST /auth/accept-invitation`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptRequest {
    /// The invitation, from the link.
    pub invitation_id: VerificationId,
    /// Its secret, from the link.
    pub secret: String,
    /// The password chosen.
    pub password: String,
}

/// An invitation was taken: what to sign in with, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// The e-mail address.
    pub email: String,
    /// The roles held.
    pub roles: Vec<Role>,
}

/// `PATCH /admin/users/{id}/standing`: every session of theirs is ended unless they become active.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StandingRequest {
    /// How they shall stand.
    pub standing: Standing,
    /// Why; needed unless they become active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where somebody who was removed is reached when they come back: their contacts were erased. Staff are invited anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The version seen.
    pub version: i64,
}

/// `PATCH /admin/users/{id}/roles`: every session of theirs is ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RolesRequest {
    /// The roles that they shall hold.
    pub roles: Vec<Role>,
    /// The branches that they shall belong to.
    #[serde(default)]
    pub branches: Vec<BranchId>,
    /// The version seen.
    pub version: i64,
}

/// A session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    /// Which.
    pub id: SessionId,
    /// The role acted in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// What it said of itself, as browsers do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last renewed.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_present: bool,
}

/// `POST /users/me/password`: every other session is ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// As it shall be, at least 8 characters.
    pub password: String,
}
