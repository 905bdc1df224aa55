//! The queue on the wire: the views of each kind of screen.

use serde::{Deserialize, Serialize};

use super::{CancelledBy, HelpCall, Label, Priority, SentFrom, SentOn, State, TakenBy};
use crate::{
    clinic::ClassRate,
    identity::{Gender, RecordNumber},
    ids::{BranchId, PersonId, ServiceId, TaskId, TicketId},
    time::Timestamp,
};

/// Whether a branch's queue takes tickets and calls patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Takes tickets and calls.
    #[default]
    Open,
    /// Takes tickets, but nobody is called for now.
    Paused,
    /// Takes no more tickets. Patients who have one are still called.
    Closed,
}

/// Who set the door of a branch's queue last, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DoorSet {
    /// The name of who did; `None` if it is not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// With `check_in_which`: the tickets of several people fit what was entered. It holds no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckInChoice {
    /// The labels, in order.
    pub labels: Vec<Label>,
}

/// With `ticket_elsewhere`: where the ticket is for. Only whoever shows its code, or enters the patient's data, is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketPlaces {
    /// The names of the branches.
    pub branches: Vec<String>,
}

/// A waiting time as a range, in minutes. The range is fitted so that four of five waits lie within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wait {
    /// Few waits are shorter.
    pub low_min: u32,
    /// Few waits are longer.
    pub high_min: u32,
}

/// A ticket as its owner sees it. It holds no data of other people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketView {
    /// Its id.
    pub id: TicketId,
    /// The label that is printed and called.
    pub label: Label,
    /// Its state.
    pub state: State,
    /// Grows by one with every step.
    pub version: i64,
    /// The branch.
    pub branch_id: BranchId,
    /// The branch's name.
    pub branch_name: String,
    /// The branch's time zone (IANA), in which times are shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// The services through which the visit went before it was sent on to this one, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services_before: Vec<String>,
    /// When the visit was sent on, until the patient is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// The doctor whom the patient asked for, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_name: Option<String>,
    /// The place in line, 1 is next; `None` if the ticket is not in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Few tickets are before this one: the patient should set out now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_now: bool,
    /// The waiting time; `None` if the ticket is not in line, or nobody is called for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The branch's queue is paused: nobody is called for now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The room that the patient is called to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How often the patient was called.
    pub calls: u8,
    /// When the ticket was taken.
    pub joined_at: Timestamp,
    /// When the patient was last called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Timestamp>,
    /// While the patient is called: when they answered that they are on the way. Staff see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_way_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when a patient who missed their call can put themselves back in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Timestamp>,
    /// Who cancelled it, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<CancelledBy>,
    /// The patient, if the reader looks after them; `None` for the reader's own ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// That patient's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_name: Option<String>,
    /// When the patient arrived; `None` if they joined from home and are still on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// The secret of the live link `/t/<secret>`. Only the person who took the ticket gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The code to type at the kiosk to check in, 8 characters. Only the person who took the ticket gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A row of the staff's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRow {
    /// The ticket.
    pub id: TicketId,
    /// The label that is printed and called.
    pub label: Label,
    /// Its state.
    pub state: State,
    /// Grows by one with every step.
    pub version: i64,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// The doctor whom the patient asked for, or was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// That doctor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_name: Option<String>,
    /// The person who called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<PersonId>,
    /// The patient; `None` for a walk-in without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// The patient's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_name: Option<String>,
    /// The patient's date of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The patient's administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of the patient's medical record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Whether another patient at this branch has a similar name. Birth date and record number tell them apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub similar_name: bool,
    /// The day of its label, if that is not today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_day: Option<String>,
    /// Why the patient comes. Only their doctor sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The class that counts.
    pub priority: Priority,
    /// Why staff set a class above the normal one. Boards and patients never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_why: Option<String>,
    /// The class that the patient suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_priority: Option<Priority>,
    /// From when the waiting counts. A transfer does not change it.
    pub waiting_since: Timestamp,
    /// When the patient arrived; `None` if they joined from home and are still on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// The room that the patient is called to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How often the patient was called.
    pub calls: u8,
    /// When the patient was last called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Timestamp>,
    /// While the patient is called: when they answered that they are on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_way_at: Option<Timestamp>,
    /// When the visit began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when the last step can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Timestamp>,
    /// Who cancelled it, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<CancelledBy>,
    /// Who took its last step, if it is known. Boards and patients never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<TakenBy>,
    /// The last transfer of a visit that goes on: where the patient comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_from: Option<SentFrom>,
}

/// The staff's queue of a branch (topic `queue:<branch>`, `GET /queue/doctor-queue`): the waiting tickets in fair
/// order, the called, served and parked ones, and those that ended last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueView {
    /// The branch.
    pub branch_id: BranchId,
    /// The server's time when it was made.
    pub at: Timestamp,
    /// In line; the first is next.
    pub waiting: Vec<QueueRow>,
    /// Called, but the visit has not begun.
    pub called: Vec<QueueRow>,
    /// The visit is going on.
    pub serving: Vec<QueueRow>,
    /// Set aside.
    pub parked: Vec<QueueRow>,
    /// Those that ended last, newest first, at most 20.
    pub ended: Vec<QueueRow>,
    /// Kiosks that have called for help, the oldest call first. Only for the desk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<HelpCall>,
    /// Tasks that a person has to settle, the oldest first. Only for the desk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<DeskTask>,
    /// Visits that left the reader's own queue by a transfer, the latest first, at most 20. Only for a doctor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<SentOn>,
    /// Whether the queue takes tickets and calls patients.
    pub door: Door,
    /// Who set that last; `None` if it was never set, or by an earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_set: Option<DoorSet>,
    /// How an urgent ticket counts here. An emergency is always first.
    #[serde(default = "ClassRate::urgent")]
    pub urgent: ClassRate,
}

impl QueueView {
    /// The patients that the view names.
    pub fn patients(&self) -> impl Iterator<Item = PersonId> {
        self.rows().filter_map(|row| row.patient_id)
    }

    /// Every row, in the order of the screen.
    pub fn rows(&self) -> impl Iterator<Item = &QueueRow> {
        [&self.waiting, &self.called, &self.serving, &self.parked, &self.ended].into_iter().flatten()
    }
}

/// A task that only a person can settle (FHIR's Task).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskTask {
    /// Its id.
    pub id: TaskId,
    /// The kind of problem.
    pub kind: TaskKind,
    /// The ticket; `None` if the ticket that should exist does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// Its label, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The label of a second ticket, if the task concerns two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Label>,
    /// When the task was created.
    pub at: Timestamp,
}

/// The problem that a person has to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A patient took this ticket at a kiosk without the network, and probably waits already with the other one.
    Twin,
    /// The paper shows the other label, which belongs to another patient. The ticket has this label now.
    LabelTwice,
    /// A doctor called the ticket without the network, but it had changed meanwhile.
    CallRefused,
    /// A kiosk gave the ticket without the network, but it could not join: the patient has a paper and is in no line.
    NotTaken,
}

/// A call as the board shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardCall {
    /// The label.
    pub label: Label,
    /// The room to go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The service's name.
    pub service_name: String,
    /// When the patient was called.
    pub at: Timestamp,
    /// How often the patient was called: a recall chimes again.
    pub calls: u8,
}

/// The next patients of a service, by label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardNext {
    /// The service. `None` from a server of an earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The service's name. Two services may share one.
    pub service_name: String,
    /// The next labels, at most 5.
    pub labels: Vec<Label>,
    /// How many patients wait.
    pub waiting: u32,
    /// The wait of a patient who joins now; `None` while nobody is called.
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
    /// Its time zone (IANA), in which times are shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The server's time when it was made.
    pub at: Timestamp,
    /// Called tickets, newest first: these patients should go to their room now.
    pub calling: Vec<BoardCall>,
    /// Visits that are going on, by room.
    pub serving: Vec<BoardCall>,
    /// The next patients, by service.
    pub next: Vec<BoardNext>,
    /// Whether the queue takes tickets and calls patients.
    pub door: Door,
    /// The languages that the board speaks, BCP 47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The messages that it shows in turn beside the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

impl Board {
    /// The next patients of a service.
    #[must_use]
    pub fn next_of(&self, service: ServiceId) -> Option<&BoardNext> {
        self.next.iter().find(|next| next.service_id == Some(service))
    }
}

/// `GET /queue/my-status`: the tickets of the caller and of the people they look after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyTickets {
    /// The tickets that have not ended, newest first.
    pub tickets: Vec<TicketView>,
    /// The tickets of today that ended last. The patient sees how the visit ended, and what to do now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<TicketView>,
}

impl MyTickets {
    /// All of them: those that have not ended first.
    #[must_use]
    pub fn all(&self) -> Vec<TicketView> {
        [self.tickets.as_slice(), self.ended.as_slice()].concat()
    }
}

/// How accurate the forecast waiting times of a service were in the last 30 days (`GET /queue/estimates`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EstimateView {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// How many forecast waits are over.
    pub waits: u32,
    /// Mean of |actual − middle of the forecast|, in minutes.
    pub mean_error_min: f64,
    /// Mean of (actual − middle of the forecast), in minutes.
    pub bias_min: f64,
    /// The share of waits that lay within the forecast range. The target is 0.8.
    pub coverage: f64,
}

/// `GET /queue/stats`: the figures of today at a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueStats {
    /// The branch.
    pub branch_id: BranchId,
    /// Its local day, `2026-11-21`.
    pub day: String,
    /// Tickets in line.
    pub waiting: u32,
    /// Tickets that are called, but whose visit has not begun.
    pub called: u32,
    /// Visits that are going on.
    pub serving: u32,
    /// Tickets that staff set aside.
    pub parked: u32,
    /// Visits that are over.
    pub done: u32,
    /// Patients who did not come when called.
    pub no_show: u32,
    /// Tickets that were given up.
    pub cancelled: u32,
    /// Mean minutes from joining to the first call, over the patients called today.
    pub mean_wait_min: Option<f64>,
    /// Mean minutes of a visit, over the visits that ended today.
    pub mean_service_min: Option<f64>,
}
