//! People, as administrators see them and as they see themselves.

use serde::{Deserialize, Serialize};

use super::{Face, Gender, RecordNumber};
use crate::{
    access::Role,
    ids::{BranchId, PersonId, SessionId, VerificationId},
    notify::Channel,
    time::Timestamp,
};

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// May sign in.
    Active,
    /// May not sign in for now.
    Suspended,
    /// Removed; the record of what they did stays.
    Deleted,
}

impl Standing {
    /// Whether a person's standing may change to another. A removed person comes back only as active, because that asks
    /// for more than the end of a suspension: their contact, and an invitation for staff.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Suspended | Self::Deleted)
                | (Self::Suspended, Self::Active | Self::Deleted)
                | (Self::Deleted, Self::Active)
        )
    }
}

/// A person, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Which of the two contacts are confirmed: `email`, `sms`. An unconfirmed contact gets nothing but its own code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<Channel>,
    /// The roles that they hold.
    pub roles: Vec<Role>,
    /// The branches that they belong to.
    pub branches: Vec<BranchId>,
    /// Whether they may sign in.
    pub standing: Standing,
    /// Why they may not sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether they have an invitation that they have not accepted yet.
    pub invited: bool,
    /// The person into whom they were merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<PersonId>,
    /// The date of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of their medical record in this clinic, if they are a patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Whether they have a second factor.
    pub has_factor: bool,
    /// Whether there is a picture of them.
    #[serde(default)]
    pub has_avatar: bool,
    /// When they asked the clinic to delete their account.
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
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Part>))]
    pub q: Option<String>,
    /// Only people with this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Only people who asked the clinic to delete their account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<bool>,
    /// The cursor of the page: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::IdCursor>))]
    pub cursor: Option<String>,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
}

/// `POST /admin/users/invite`: invites staff, who choose their own password through a one-time link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Their name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PersonName))]
    pub name: String,
    /// The address that the link is sent to.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::EmailAddress))]
    pub email: String,
    /// The roles that they will hold.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Roles))]
    pub roles: Vec<Role>,
    /// The branches that they will belong to.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Branches))]
    pub branches: Vec<BranchId>,
    /// The language of the invitation, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::LanguageTag>))]
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
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Secret))]
    pub secret: String,
    /// The password that they chose.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::NewPassword))]
    pub password: String,
}

/// The answer to an accepted invitation: the sign-in name and the roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// The e-mail address.
    pub email: String,
    /// The roles that they hold.
    pub roles: Vec<Role>,
}

/// `PATCH /admin/users/{id}/standing`: ends all of their sessions, unless they become active.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StandingRequest {
    /// The new standing.
    pub standing: Standing,
    /// Why; required unless they become active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Why>))]
    pub why: Option<String>,
    /// The contact of a removed person who comes back; their old contacts were erased. Staff get a new invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailAddress>))]
    pub email: Option<String>,
    /// The version that the caller saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

/// `PATCH /admin/users/{id}/roles`: ends all of their sessions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RolesRequest {
    /// The roles that they will hold.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Roles))]
    pub roles: Vec<Role>,
    /// The branches that they will belong to.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Branches))]
    pub branches: Vec<BranchId>,
    /// The version that the caller saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

/// A session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// The role acted in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// The program's own description of itself, as browsers send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last renewed.
    pub seen_at: Timestamp,
    /// Whether it is the caller's present session.
    pub is_present: bool,
}

/// `POST /users/me/password`: ends every other session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The new password, at least 8 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::NewPassword))]
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::Standing::{self, Active, Deleted, Suspended};

    #[test]
    fn nobody_goes_around_the_way_back() {
        let all = [Active, Suspended, Deleted];
        let pairs = all.into_iter().flat_map(|from| all.map(|to| (from, to)));
        let allowed: Vec<(Standing, Standing)> = pairs.filter(|(from, to)| from.may_become(*to)).collect();
        let expected = [
            (Active, Suspended),
            (Active, Deleted),
            (Suspended, Active),
            (Suspended, Deleted),
            (Deleted, Active),
        ];
        assert_eq!(allowed, expected);
    }
}
