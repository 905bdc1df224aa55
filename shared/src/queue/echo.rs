//! Steps that a workstation takes while the network is away: on the queue as it saw it last, of the tickets of this doctor
//! alone (`docs/product.md` §15). The server decides once it hears of them.

use serde::{Deserialize, Serialize};

use super::{Call, QueueRow, QueueView, Rules, State, Step, StepKind, StepRequest, Ticket, line::arrange};
use crate::{
    fault::Code,
    ids::{BranchId, PersonId, TicketId},
    time::Timestamp,
};

/// The arguments of the intent `ticket.step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketStep {
    /// Which ticket.
    pub id: TicketId,
    /// The step, from the version that was seen.
    pub request: StepRequest,
}

/// Whether a ticket is a doctor's own: asked for by name, or called by them. Only those are stepped without the network: of
/// a line that several share, somebody else may have called the first meanwhile.
#[must_use]
pub fn is_own(doctor: Option<PersonId>, called_by: Option<PersonId>, state: State, me: PersonId) -> bool {
    match state {
        State::Called | State::Serving => called_by == Some(me),
        _ => doctor == Some(me),
    }
}

/// Who is next of those who asked for a doctor by name.
#[must_use]
pub fn next_own(view: &QueueView, me: PersonId) -> Option<&QueueRow> {
    view.waiting.iter().find(|row| row.doctor_id == Some(me))
}

fn ticket(row: &QueueRow, branch: BranchId) -> Ticket {
    let call = row.called_by.zip(row.called_at).map(|(by, at)| Call {
        by,
        room: row.room.clone(),
        at,
        first_at: at,
        times: row.calls,
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

/// The queue as it is after a step of one's own; the row that was stepped.
///
/// # Errors
/// [`Code::OfflineOnlyOwn`] for a ticket or a step that is not one's own to take; what the step itself is refused for.
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
        StepKind::Recall => Step::Recall,
        StepKind::Serve => Step::Serve,
        StepKind::Done => Step::Done,
        StepKind::Park => Step::Park,
        StepKind::PutBack => Step::PutBack,
        StepKind::NoShow => Step::NoShow,
        // What goes to others needs to know of them.
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
        serving_at: next.serving_at,
        ended_at: next.ended_at,
        // Undone is what the server has.
        undo_until: None,
        ..row.clone()
    };
    let others = view.rows().filter(|row| row.id != step.id).cloned();
    let all = others.chain([stepped.clone()]).collect();
    let after = arrange(view.branch_id, all, view.door, view.at, view.urgent);
    Ok((QueueView { help: view.help.clone(), tasks: view.tasks.clone(), ..after }, stepped))
}
