//! A doctor's own queue while the network is away: which intents a request becomes, and how the queue looks after it.

use medlane_shared::{
    api::{Call, CallNext, StepTicket},
    fault::{Code, Fault},
    ids::{PersonId, TicketId},
    queue::{
        CallNextRequest, QueueRow, QueueView, Rules, StepKind, StepRequest, TicketStep, Together, echo,
        is_own, next_own, with_row,
    },
    sync::Topic,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::session::Request;

/// A request about the doctor's queue.
#[derive(Debug)]
pub(super) enum Asked {
    /// Call the next patient, to a room.
    Next(Option<String>),
    /// Take one step of one ticket.
    Step(TicketId, Box<StepRequest>),
}

impl Asked {
    /// The request behind a page's call, if it can be carried out without the network.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let asked = || request.request.clone();
        if request.name == CallNext::NAME {
            let next: CallNextRequest = serde_json::from_value(asked()).ok()?;
            return Some(Self::Next(next.room));
        }
        if request.name == StepTicket::NAME {
            let id = request.parameters.first()?.parse().ok()?;
            return Some(Self::Step(id, serde_json::from_value(asked()).ok()?));
        }
        None
    }

    /// The ticket whose waiting steps must come first; `None` for "Next", which must not overtake any step: it ends
    /// the present visit and calls whoever is next, and both go by the steps before it.
    pub(super) const fn after(&self) -> Option<TicketId> {
        match self {
            Self::Next(_) => None,
            Self::Step(ticket, _) => Some(*ticket),
        }
    }
}

/// The intents to store, and the view to show.
pub(super) struct Step {
    /// The topic of the changed view.
    pub(super) topic: Topic,
    /// The view after the change.
    pub(super) view: QueueView,
    /// The row of the ticket.
    pub(super) row: QueueRow,
    /// The intents, in order.
    pub(super) made: Vec<TicketStep>,
    /// The presses that can be undone from now on.
    pub(super) presses: Vec<Press>,
}

/// How many presses are remembered, each for as long as a step can be undone.
const PRESSES_MAX: usize = 8;

/// The changes of one press while the network was away: one undo reverses all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Press {
    /// The time until which it can be undone.
    until: Timestamp,
    /// The requested ticket, then the others: each before and after the press.
    tickets: Vec<(QueueRow, QueueRow)>,
}

impl Press {
    fn is_of(&self, id: TicketId) -> bool {
        self.tickets.iter().any(|(_, after)| after.id == id)
    }

    /// Undoes the press: returns the queue after it, and a step for each of its tickets.
    fn undone(&self, view: &QueueView, me: PersonId) -> (QueueView, Vec<TicketStep>) {
        let (mut view, mut made) = (view.clone(), Vec::new());
        for (before, after) in &self.tickets {
            let now = view.rows().find(|row| row.id == after.id);
            // A ticket that has changed since, or is now another doctor's, stays. The version may also be lower: the
            // server may have sent the queue before it got the step.
            let is_of_press = |now: &QueueRow| {
                now.version < after.version || (now.version == after.version && now.state == after.state)
            };
            if now.is_some_and(|now| !is_of_press(now) || !own(now, me)) {
                continue;
            }
            let request = StepRequest::new(StepKind::Undo, after.version);
            made.push(TicketStep { from: Some(after.state), ..TicketStep::new(after.id, request) });
            let back = QueueRow { version: after.version + 1, undo_until: None, ..before.clone() };
            view = with_row(&view, &back);
        }
        (view, made)
    }
}

fn own(row: &QueueRow, me: PersonId) -> bool {
    is_own(row.doctor_id, row.called_by, row.state, me)
}

/// Carries out a request on the queues as last seen.
pub(super) fn steps(
    asked: &Asked,
    seen: &[(Topic, QueueView)],
    presses: Vec<Press>,
    me: PersonId,
    now: Timestamp,
) -> Result<Step, Fault> {
    match asked {
        Asked::Step(id, request) if request.step == StepKind::Undo => undo(*id, seen, presses, me, now),
        Asked::Step(id, request) => {
            let step = TicketStep::new(*id, (**request).clone());
            let mut refused = Code::NotFound;
            for (topic, view) in seen {
                match pressed(view, std::slice::from_ref(&step), me, now) {
                    Ok(after) => return Ok(done(topic, after, vec![step], presses)),
                    Err(Code::NotFound) => {}
                    Err(code) => refused = code,
                }
            }
            Err(refused.into())
        }
        Asked::Next(room) => {
            let found =
                seen.iter().find_map(|(topic, view)| Some((topic, view, next_own(view, me)?.clone())));
            let Some((topic, view, next)) = found else {
                let any = seen.iter().any(|(_, view)| !view.waiting.is_empty());
                return Err(if any { Code::OfflineOnlyOwn } else { Code::NobodyWaiting }.into());
            };
            let made = next_steps(view, &next, room.clone(), me);
            Ok(done(topic, pressed(view, &made, me, now)?, made, presses))
        }
    }
}

/// A doctor who calls the next patient finishes the present visit, as with the network. It is one press, and one undo
/// reverses it.
fn next_steps(view: &QueueView, next: &QueueRow, room: Option<String>, me: PersonId) -> Vec<TicketStep> {
    let mine = |row: &&QueueRow| row.called_by == Some(me);
    let seeing: Vec<&QueueRow> = view.serving.iter().filter(mine).collect();
    let used = seeing.iter().copied().chain(view.called.iter().filter(mine)).find_map(|row| row.room.clone());
    let ends = |row: &&QueueRow| TicketStep::new(row.id, StepRequest::new(StepKind::Done, row.version));
    let request = StepRequest { room: room.or(used), ..StepRequest::new(StepKind::Call, next.version) };
    let mut made: Vec<TicketStep> = seeing.iter().map(ends).collect();
    made.push(TicketStep::new(next.id, request));
    if made.len() > 1 {
        let after =
            |step: &TicketStep| Together { id: step.id, version: step.request.version.unwrap_or(0) + 1 };
        let with: Vec<Together> = made.iter().map(after).collect();
        for step in &mut made {
            step.with.clone_from(&with);
        }
    }
    made
}

/// Applies the steps of one press. Returns the queue after them, the press, and the row of the requested ticket: the
/// one of the last step.
fn pressed(
    view: &QueueView,
    made: &[TicketStep],
    me: PersonId,
    now: Timestamp,
) -> Result<(QueueView, Press, QueueRow), Code> {
    let (mut view, mut tickets) = (view.clone(), Vec::new());
    for step in made {
        let before = view.rows().find(|row| row.id == step.id).cloned().ok_or(Code::NotFound)?;
        let (next, after) = echo(&view, step, me, now)?;
        view = next;
        tickets.insert(0, (before, after));
    }
    let row = tickets.first().map(|(_, after): &(QueueRow, QueueRow)| after.clone()).ok_or(Code::NotFound)?;
    Ok((view, Press { until: now.plus_ms(Rules::default().undo_ms), tickets }, row))
}

/// The step to store and show, with the press added to those that can be undone.
fn done(
    topic: &Topic,
    (view, press, row): (QueueView, Press, QueueRow),
    made: Vec<TicketStep>,
    mut presses: Vec<Press>,
) -> Step {
    presses.retain(|before| !press.tickets.iter().any(|(_, after)| before.is_of(after.id)));
    presses.drain(..(presses.len() + 1).saturating_sub(PRESSES_MAX));
    presses.push(press);
    Step { topic: topic.clone(), view, row, made, presses }
}

/// Undoes the whole press of a ticket.
fn undo(
    id: TicketId,
    seen: &[(Topic, QueueView)],
    mut presses: Vec<Press>,
    me: PersonId,
    now: Timestamp,
) -> Result<Step, Fault> {
    // Only the server can undo a step that was taken with the network.
    let at = presses.iter().rposition(|press| press.is_of(id)).ok_or(Code::OfflineNoUndo)?;
    let press = presses.remove(at);
    if now > press.until {
        return Err(Code::UndoTooLate.into());
    }
    let (topic, view) =
        seen.iter().find(|(_, view)| view.rows().any(|row| press.is_of(row.id))).ok_or(Code::NotFound)?;
    let (view, made) = press.undone(view, me);
    let shown = made.iter().find(|step| step.id == id).or(made.first()).ok_or(Code::TicketStale)?.id;
    let row = view.rows().find(|row| row.id == shown).cloned().ok_or(Code::TicketStale)?;
    Ok(Step { topic: topic.clone(), view, row, made, presses })
}

#[cfg(test)]
mod tests;
