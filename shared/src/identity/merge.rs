//! One patient with two records: find, merge, undo.

use serde::{Deserialize, Serialize};

use super::{MergeProof, PersonView};
use crate::{ids::PersonId, time::Timestamp};

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

/// Two patients who are probably the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duplicate {
    /// The older record.
    pub first: PersonView,
    /// The newer record.
    pub second: PersonView,
    /// What both have in common.
    pub alike: Vec<Likeness>,
    /// How certain this is, 0 to 100.
    pub score: u8,
}

/// `POST /admin/users/{id}/merge`: the records and visits of the other become this patient's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The other record of the same person.
    pub other_id: PersonId,
    /// The version of the record that stays, as the caller saw it.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
    /// The version of the other record, as the caller saw it.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub other_version: i64,
    /// Why the owner of the record that stays may see the other's chart; required if the other has a chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<MergeProof>,
}

/// `POST /admin/users/{id}/unmerge`: `id` is the record that was merged away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnmergeRequest {
    /// The version that the caller saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

/// What somebody has said about two patients who looked alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are one person: the second record was merged into the first.
    Merged,
    /// They are two people.
    Distinct,
}

/// Two patients about whom somebody has decided. It can be taken back: a merge by `UnmergePerson` of the second, two
/// people by `UntellApart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decided {
    /// What was decided.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// The record that stays, or the older one of two people.
    pub first: PersonView,
    /// The other record.
    pub second: PersonView,
}

/// `GET /admin/users/duplicates/decided`: the latest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct DecidedQuery {
    /// The cursor of the page, `next` of the page before: the number of rows before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::NumberCursor>))]
    pub cursor: Option<String>,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
}

/// `POST /admin/users/{id}/distinct`: the two are different people, and are not reported again until somebody takes it
/// back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DistinctRequest {
    /// The other person.
    pub other_id: PersonId,
}
