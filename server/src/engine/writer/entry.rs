//! Entries of the audit log: what an operation records about itself.

use medlane_shared::{
    access::{Action, Evidence, Grant},
    audit::{self, Outcome},
    ids::{DeviceId, PersonId},
};
use serde_json::{Value as Json, json};

/// An entry for the audit log, before it has a number.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The action, such as `ticket.call`.
    pub action: &'static str,
    /// The outcome.
    pub outcome: Outcome,
    /// The identity proven by this act (sign-in, renewal, enrolment); used when the request had no session.
    pub proven: (Option<PersonId>, Option<DeviceId>),
    /// The patient whom it concerns.
    pub patient: Option<PersonId>,
    /// The thing acted on, such as `ticket:<id>`.
    pub target: String,
    /// The patients whom a list showed.
    pub shown: Vec<PersonId>,
    /// What allowed the act; `None` if nobody was asked for a right: a sign-in, a refusal, a keeper's work.
    pub right: Option<(Action, Evidence)>,
    /// Further details, without names and chart contents.
    pub detail: Json,
}

impl Entry {
    /// An entry about a success.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn new(action: &'static str, target: impl ToString) -> Self {
        debug_assert!(audit::ACTIONS.contains(&action), "{action} is none of the actions that have words");
        Self {
            action,
            outcome: Outcome::Success,
            proven: (None, None),
            patient: None,
            target: target.to_string(),
            shown: Vec::new(),
            right: None,
            detail: json!({}),
        }
    }

    /// Sets the person or device that the act proves: in a sign-in, a renewal, an enrolment.
    #[must_use]
    pub fn proven(mut self, person: Option<PersonId>, device: Option<DeviceId>) -> Self {
        self.proven = (person, device);
        self
    }

    /// Records what allowed the act.
    #[must_use]
    pub fn by(mut self, grant: &Grant) -> Self {
        self.right = Some((grant.action(), grant.evidence()));
        self
    }

    /// Sets the patient whom the entry concerns.
    #[must_use]
    pub fn patient(mut self, patient: Option<PersonId>) -> Self {
        self.patient = patient;
        self
    }

    /// Sets the patients whom a list showed: each of them can find the entry.
    #[must_use]
    pub fn shown(mut self, patients: impl IntoIterator<Item = PersonId>) -> Self {
        self.shown = patients.into_iter().collect();
        self.shown.sort_unstable();
        self.shown.dedup();
        self
    }

    /// Sets the details.
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.detail = detail;
        self
    }

    /// Makes it an entry about a refusal.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }
}
