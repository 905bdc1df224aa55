//! The steps that a doctor takes while the network is down. They apply to the queue as the workstation last saw it,
//! and to this doctor's own tickets only (`docs/product.md` §15). The server decides once it receives them.

use serde::{Deserialize, Serialize};

use super::{
    Hand, QueueRow, QueueView, RoomCall, Rules, State, Step, StepKind, StepRequest, TakenBy, Ticket,
    Together, line::arrange,
};
use crate::{
    fault::Code,
    ids::{BranchId, PersonId, TicketId},
    sync::IntentArgs,
    time::Timestamp,
};

/// The arguments of the intent `ticket.step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketStep {
    /// The ticket.
    pub id: TicketId,
    /// The step, with the version that the doctor saw.
    pub request: StepRequest,
    /// The tickets that the same press changed, with this one: one undo reverses all of them. Empty for a press that
    /// changed only one ticket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Together>,
    /// The state that the ticket must have. An undo names it, so that it reverses no other step if its own step was
    /// refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
}

impl IntentArgs for TicketStep {
    const NAME: &str = "ticket.step";
}

impl TicketStep {
    /// A step that changes only one ticket.
    #[must_use]
    pub const fn new(id: TicketId, request: StepRequest) -> Self {
        Self { id, request, with: Vec::new(), from: None }
    }
}

/// Whether a ticket is a doctor's own: the patient asked for this doctor by name, or this doctor called it. Only
/// these tickets take steps without the network: another doctor may meanwhile have called the first ticket of a
/// shared line. A doctor may take back what they ended themselves.
#[must_use]
pub fn is_own(doctor: Option<PersonId>, called_by: Option<PersonId>, state: State, me: PersonId) -> bool {
    match state {
        State::Called | State::Serving => called_by == Some(me),
        State::Done | State::NoShow => called_by == Some(me) || doctor == Some(me),
        _ => doctor == Some(me),
    }
}

/// The next patient of those who asked for this doctor by name.
#[must_use]
pub fn next_own(view: &QueueView, me: PersonId) -> Option<&QueueRow> {
    view.waiting.iter().find(|row| row.doctor_id == Some(me))
}

fn ticket(row: &QueueRow, branch: BranchId) -> Ticket {
    let call = row.called_by.zip(row.called_at).map(|(by, at)| RoomCall {
        by,
        room: row.room.clone(),
        at,
        first_at: at,
        times: row.calls,
        on_way_at: row.on_way_at,
    });
    let joined =
        Ticket::joined(row.id, (branch, String::new()), row.label.clone(), row.service_id, row.waiting_since);
    Ticket {
        doctor: row.doctor_id,
        patient: row.patient_id,
        priority: row.priority,
        state: row.state,
        version: row.version,
        arrived_at: row.arrived_at,
        call,
        serving_at: row.serving_at,
        ended_at: row.ended_at,
        ..joined
    }
}

/// The queue after a step on the doctor's own ticket, and the changed row.
///
/// # Errors
/// [`Code::OfflineOnlyOwn`] if the doctor may not take this step, or not on this ticket; otherwise the error of the
/// step itself.
pub fn echo(
    view: &QueueView,
    step: &TicketStep,
    me: PersonId,
    now: Timestamp,
) -> Result<(QueueView, QueueRow), Code> {
    let row = view.rows().find(|row| row.id == step.id).ok_or(Code::NotFound)?;
    if !is_own(row.doctor_id, row.called_by, row.state, me) {
        return Err(Code::OfflineOnlyOwn);
    }
    let taken = match step.request.step {
        StepKind::Call => Step::Call { by: me, room: step.request.room.clone() },
        StepKind::Recall => Step::Recall { room: step.request.room.clone() },
        StepKind::Serve => Step::Serve,
        StepKind::Done => Step::Done,
        StepKind::Park => Step::Park,
        StepKind::PutBack => Step::PutBack,
        StepKind::NoShow => Step::NoShow,
        // A step that hands the ticket to others needs facts about them that only the server has.
        _ => return Err(Code::OfflineOnlyOwn),
    };
    let next = ticket(row, view.branch_id).step(taken, now, &Rules::default())?;
    let call = next.call.as_ref();
    let stepped = QueueRow {
        state: next.state,
        version: next.version,
        called_by: call.map(|call| call.by),
        room: call.and_then(|call| call.room.clone()),
        calls: call.map_or(0, |call| call.times),
        called_at: call.map(|call| call.at),
        on_way_at: call.filter(|_| next.state == State::Called).and_then(|call| call.on_way_at),
        serving_at: next.serving_at,
        ended_at: next.ended_at,
        undo_until: next.undo.as_ref().map(|undo| undo.until),
        taken_by: Some(TakenBy { hand: Hand::Doctor, person_id: Some(me), name: None }),
        ..row.clone()
    };
    Ok((with_row(view, &stepped), stepped))
}

/// The queue in which this row replaces the ticket's present row.
#[must_use]
pub fn with_row(view: &QueueView, row: &QueueRow) -> QueueView {
    let others = view.rows().filter(|other| other.id != row.id).cloned();
    let all = others.chain([row.clone()]).collect();
    let after = arrange(view.branch_id, all, view.door, view.at, view.urgent);
    QueueView {
        help: view.help.clone(),
        tasks: view.tasks.clone(),
        sent: view.sent.clone(),
        door_set: view.door_set.clone(),
        ..after
    }
}
