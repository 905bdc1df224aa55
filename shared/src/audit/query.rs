//! What is asked of the log: a page, the patients of one list, an export.

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::{ids::PersonId, time::Timestamp};

/// The most entries in one piece of an export. With the patients whom lists showed, a piece stays below a few megabytes.
pub const EXPORT_MAX: u32 = 1_000;

/// `GET /audit`: newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// The cursor of the page: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::NumberCursor>))]
    pub cursor: Option<String>,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
    /// Only this action, or a family of actions such as `ticket.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::AuditAction>))]
    pub action: Option<String>,
    /// Leaves out frequent entries that tell little: automatic renewals of sessions, looks at queues and at the log, and
    /// messages that were sent. Refusals stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<bool>,
    /// Only what this person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Only entries that concern this patient, or whose list showed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// Only this outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Only entries at or after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only entries before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Only entries of this day and later. A day is one of the clinic's time zone, that of its first branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Day>))]
    pub first_day: Option<String>,
    /// Only entries of this day and earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Day>))]
    pub last_day: Option<String>,
}

/// `GET /audit/patients`: the patients whom the list of an entry showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct AuditPatientsQuery {
    /// The number of the entry.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::EntryNumber))]
    pub seq: i64,
    /// The cursor of the page: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::IdCursor>))]
    pub cursor: Option<String>,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table, RFC 4180, in UTF-8.
    #[default]
    Csv,
    /// An entry in each line, as JSON.
    Jsonl,
}

impl ExportFormat {
    /// The text on the wire, which is also the end of a file's name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// `GET /audit/export`: as [`AuditQuery`], but nothing that is frequent is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct AuditExportQuery {
    /// The form; `csv` if absent.
    #[serde(default)]
    pub format: ExportFormat,
    /// The cursor of the piece: `next` of the piece before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::NumberCursor>))]
    pub cursor: Option<String>,
    /// Only this action, or a family of actions such as `ticket.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::AuditAction>))]
    pub action: Option<String>,
    /// Only what this person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Only entries that concern this patient, or whose list showed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// Only this outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Only entries at or after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only entries before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Only entries of this day and later, in the clinic's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Day>))]
    pub first_day: Option<String>,
    /// Only entries of this day and earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Day>))]
    pub last_day: Option<String>,
}

impl AuditExportQuery {
    /// The entries that are exported, as a list asks for them.
    #[must_use]
    pub fn entries(self) -> AuditQuery {
        let Self { format: _, cursor, action, person_id, patient_id, outcome, from, to, first_day, last_day } =
            self;
        AuditQuery {
            cursor,
            limit: None,
            action,
            quiet: None,
            person_id,
            patient_id,
            outcome,
            from,
            to,
            first_day,
            last_day,
        }
    }
}

impl AuditQuery {
    /// The export of the entries that this asks for, whatever page is shown.
    #[must_use]
    pub fn export(self, format: ExportFormat, cursor: Option<String>) -> AuditExportQuery {
        let Self { action, person_id, patient_id, outcome, from, to, first_day, last_day, .. } = self;
        AuditExportQuery {
            format,
            cursor,
            action,
            person_id,
            patient_id,
            outcome,
            from,
            to,
            first_day,
            last_day,
        }
    }
}

/// A piece of an export. The pieces after one another are the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditExport {
    /// How many entries the piece has, at most [`EXPORT_MAX`].
    pub entries: u32,
    /// The lines. The first piece of a table begins with the names of its columns.
    pub text: String,
    /// The cursor of the next piece; `null` after the last.
    pub next: Option<String>,
}
