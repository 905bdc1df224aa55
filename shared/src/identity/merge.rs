//! One patient who is there twice: found, merged, taken apart again.

use serde::{Deserialize, Serialize};

use super::{MergeProof, PersonView};
use crate::ids::PersonId;

/// What two people have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The name, or nearly.
    Name,
    /// The day of birth.
    BirthDate,
    /// The phone number.
    Phone,
}

/// Two patients who are probably one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duplicate {
    /// Who was there first.
    pub first: PersonView,
    /// Who came later.
    pub second: PersonView,
    /// What they have in common.
    pub alike: Vec<Likeness>,
    /// How sure that is, 0 to 100.
    pub score: u8,
}

/// `POST /admin/users/{id}/merge`: the other's records and visits are this one's from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// Who is the same person.
    pub other_id: PersonId,
    /// The version seen of the one who stays.
    pub version: i64,
    /// The version seen of the other.
    pub other_version: i64,
    /// Why the one who stays may be shown the other's chart; needed where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<MergeProof>,
}

/// `POST /admin/users/{id}/unmerge`, of who was merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnmergeRequest {
    /// The version seen.
    pub version: i64,
}

/// `POST /admin/users/{id}/distinct`: they are two, and are not asked about again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DistinctRequest {
    /// Who is somebody else.
    pub other_id: PersonId,
}
