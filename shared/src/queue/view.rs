//! The queue on the wire: requests, and what each kind of screen is shown.

use serde::{Deserialize, Serialize};

use super::{HelpCall, Label, Priority, State, StepKind};
use crate::{
    clinic::ClassRate,
    identity::{Gender, RecordNumber},
    ids::{BranchId, PersonId, ServiceId, TaskId, TicketId},
    time::Timestamp,
};

/// The most characters of a reason for a visit.
pub const REASON_MAX_CHARS: usize = 500;

/// Whether a branch's queue takes tickets and calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Takes tickets and calls.
    #[default]
    Open,
    /// Takes tickets; nobody is called for now.
    Paused,
    /// Takes no more tickets; those who have one are called.
    Closed,
}

/// `PUT /branches/{id}/queue`: opens, pauses or closes a branch's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QueueControl {
    /// How it shall be.
    pub door: Door,
}

/// `POST /queue/join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The branch.
    pub branch_id: BranchId,
    /// The service.
    pub service_id: ServiceId,
    /// A doctor by name, or whoever is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// Why they come; seen by the doctor only.
    #[serde(default)]
    pub reason_for_visit: String,
    /// What the patient thinks; stays a suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_priority: Option<Priority>,
    /// For whom, when staff take the ticket; none for a walk-in without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// At a kiosk: it counts once it is on its paper or screen (`PUT /queue/{id}/held`), and lapses otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// `PUT /queue/{id}/held`: what became of a ticket that a kiosk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HeldRequest {
    /// Whether the patient has it, on paper or on their phone; else it is void.
    pub taken: bool,
}

/// `POST /branches/{id}/check-in`: somebody who joined from home is there. By what they show, or by who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckInRequest {
    /// The code of the ticket, or what its QR says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Their phone number, with the date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `1990-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// With the phone number, once the answer was `check_in_which`: the labels of those who are here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
}

/// With `check_in_which`: tickets of several people fit what was said. No name is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckInChoice {
    /// Their labels, in order.
    pub labels: Vec<Label>,
}

/// A waiting time as a range, in minutes. Measured to cover four of five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wait {
    /// Rarely sooner.
    pub low_min: u32,
    /// Rarely later.
    pub high_min: u32,
}

/// A ticket as its owner sees it: no other person in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketView {
    /// Its id.
    pub id: TicketId,
    /// What is printed and called.
    pub label: Label,
    /// Where it stands.
    pub state: State,
    /// Grows by one with every step.
    pub version: i64,
    /// The branch.
    pub branch_id: BranchId,
    /// The branch's name.
    pub branch_name: String,
    /// The branch's time zone (IANA): times are told in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// The doctor asked for, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_name: Option<String>,
    /// 1 is next; none when not in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Few are before them: they should be on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_now: bool,
    /// The waiting time; none when not in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The room called to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How often called.
    pub calls: u8,
    /// When the ticket was taken.
    pub joined_at: Timestamp,
    /// When last called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when one who missed their call can come back into line by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Timestamp>,
    /// Whose it is, where that is somebody whom the reader looks after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_name: Option<String>,
    /// Since when the patient is there; none of one who joined from home and is still on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// The secret of its live link `/t/<secret>`; only for the one who took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What to type at the kiosk to check in, 8 characters; only for the one who took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A row of the staff's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRow {
    /// The ticket.
    pub id: TicketId,
    /// What is printed and called.
    pub label: Label,
    /// Where it stands.
    pub state: State,
    /// Grows by one with every step.
    pub version: i64,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// The doctor asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// Who called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<PersonId>,
    /// The patient; none for a walk-in without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// The patient's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_name: Option<String>,
    /// The patient's day of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The patient's administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of the patient's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Somebody else at this branch has a name like it: birth date and record number tell them apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub similar_name: bool,
    /// The day of its label, where that is not today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_day: Option<String>,
    /// Why they come; for their doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The class that counts.
    pub priority: Priority,
    /// What the patient thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_priority: Option<Priority>,
    /// From when the waiting counts; a transfer keeps it.
    pub waiting_since: Timestamp,
    /// Since when the patient is there; none of one who joined from home and is still on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// The room called to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How often called.
    pub calls: u8,
    /// When last called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Timestamp>,
    /// When the visit began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when the last step can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Timestamp>,
}

/// The staff's queue of a branch (topic `queue:<branch>`, `GET /queue/doctor-queue`): who waits in fair order, who is
/// called and served, who is parked, and the last that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueView {
    /// The branch.
    pub branch_id: BranchId,
    /// The server's time when it was made.
    pub at: Timestamp,
    /// In line, first is next.
    pub waiting: Vec<QueueRow>,
    /// Called and not yet there.
    pub called: Vec<QueueRow>,
    /// Being seen.
    pub serving: Vec<QueueRow>,
    /// Set aside.
    pub parked: Vec<QueueRow>,
    /// The last that ended, newest first, at most 20.
    pub ended: Vec<QueueRow>,
    /// Kiosks where somebody has asked for help, the longest first; for those at the desk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<HelpCall>,
    /// What has to be settled by somebody, the oldest first; for those at the desk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<DeskTask>,
    /// Whether the queue takes tickets and calls.
    pub door: Door,
    /// What urgent counts for here; an emergency is always first.
    #[serde(default = "ClassRate::urgent")]
    pub urgent: ClassRate,
}

impl QueueView {
    /// The patients whom it names.
    pub fn patients(&self) -> impl Iterator<Item = PersonId> {
        self.rows().filter_map(|row| row.patient_id)
    }

    /// Every row, in the order of the screen.
    pub fn rows(&self) -> impl Iterator<Item = &QueueRow> {
        [&self.waiting, &self.called, &self.serving, &self.parked, &self.ended].into_iter().flatten()
    }
}

/// Something that only a person can settle (FHIR's Task).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskTask {
    /// Which.
    pub id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// The ticket; none where there is none, and should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// Its label, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The other ticket, where there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Label>,
    /// Since when.
    pub at: Timestamp,
}

/// What has to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Whoever took this ticket at a kiosk without the network probably waits already, with the other.
    Twin,
    /// The other label was printed on it, and is somebody else's: it has this one now.
    LabelTwice,
    /// A doctor called it without the network, and it had moved on meanwhile.
    CallRefused,
    /// A kiosk gave it without the network, and it could not join: whoever has the paper is in no line.
    NotTaken,
}

/// A call as the board shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardCall {
    /// The label.
    pub label: Label,
    /// Where to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The service's name.
    pub service_name: String,
    /// When called.
    pub at: Timestamp,
    /// How often: a recall chimes again.
    pub calls: u8,
}

/// Who is next in a service, by label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardNext {
    /// The service's name.
    pub service_name: String,
    /// The next labels, at most 5.
    pub labels: Vec<Label>,
    /// How many wait.
    pub waiting: u32,
    /// What one who joins now would wait.
    pub wait: Option<Wait>,
}

/// The public board of a branch (topic `board:<branch>`, `GET /branches/{id}/board`): labels only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Board {
    /// The branch.
    pub branch_id: BranchId,
    /// Its name.
    pub branch_name: String,
    /// Its time zone (IANA): times are told in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The server's time when it was made.
    pub at: Timestamp,
    /// Called, newest first: they should go to their room now.
    pub calling: Vec<BoardCall>,
    /// Being seen, by room.
    pub serving: Vec<BoardCall>,
    /// Who is next, by service.
    pub next: Vec<BoardNext>,
    /// Whether the queue takes tickets and calls.
    pub door: Door,
    /// The languages that it speaks, BCP 47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// What it says in turn beside the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// `POST /queue/call-next`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallNextRequest {
    /// Where the patient is called to; the room last used without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
}

/// `PATCH /queue/{id}/status`: one step of the ticket's state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The step.
    pub step: StepKind,
    /// The version that the caller saw (or in `If-Match`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// With `call` and `move`: where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// With `transfer`: the service; the one it has without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// With `transfer`: the doctor; whoever is free without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// With `step_back`: how many places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<u32>,
    /// With `prioritise`: the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// With `prioritise`: why. Needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl StepRequest {
    /// A step from the version seen, which needs nothing else.
    #[must_use]
    pub const fn new(step: StepKind, version: i64) -> Self {
        Self {
            step,
            version: Some(version),
            room: None,
            service_id: None,
            doctor_id: None,
            places: None,
            priority: None,
            reason: None,
        }
    }
}

/// The most places that one may step back at once.
pub const PLACES_MAX: u32 = 10;

/// `POST /queue/{id}/step-back`: lets others go before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepBackRequest {
    /// How many, 1 to 10.
    pub places: u32,
    /// The version that the caller saw (or in `If-Match`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// `GET /queue/my-status`: the caller's tickets, and those of whom they look after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyTickets {
    /// Those that have not ended, newest first.
    pub tickets: Vec<TicketView>,
    /// The last of today that have ended: an end says what became of a visit, and what to do now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<TicketView>,
}

/// `GET /queue/my-history`, and other lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Where the previous page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows, at most 200; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `GET /queue/doctor-queue` and `GET /queue/stats`: of which branch; the caller's first without it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct BranchQuery {
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_id: Option<BranchId>,
}

/// How good the waiting times of a service were (`GET /queue/estimates`), in the last 30 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EstimateView {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// Waits that were foretold and are over.
    pub waits: u32,
    /// How far off the middle was, in minutes, on the mean.
    pub mean_error_min: f64,
    /// How much longer people waited than foretold, in minutes, on the mean.
    pub bias_min: f64,
    /// Of all, those within the range that was shown; 0.8 is meant.
    pub coverage: f64,
}

/// `GET /queue/stats`: today at a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueStats {
    /// The branch.
    pub branch_id: BranchId,
    /// Its local day, `2026-11-21`.
    pub day: String,
    /// In line.
    pub waiting: u32,
    /// Called and not yet there.
    pub called: u32,
    /// Being seen.
    pub serving: u32,
    /// Set aside.
    pub parked: u32,
    /// Seen.
    pub done: u32,
    /// Did not come when called.
    pub no_show: u32,
    /// Given up.
    pub cancelled: u32,
    /// Mean minutes from joining to the first call, of those called today.
    pub mean_wait_min: Option<f64>,
    /// Mean minutes of a visit, of those done today.
    pub mean_service_min: Option<f64>,
}
