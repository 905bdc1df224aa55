//! The facts that tell a patient from others.

use medlane_shared::identity::{Gender, RecordNumber};

/// The facts that tell a patient from others (FHIR `Patient`). For a merged record they are those of the record that
/// stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demographics {
    /// The whole name.
    pub name: String,
    /// The date of birth, `1980-01-31`.
    pub birth_date: Option<String>,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// The number of the medical record.
    pub record_number: Option<RecordNumber>,
}
