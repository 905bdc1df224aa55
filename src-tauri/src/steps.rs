//! A doctor's own queue while the network is away: which intents a request becomes, and how the queue looks after it.

use medlane_shared::{
    api::{Call, CallNext, StepTicket},
    fault::{Code, Fault},
    ids::{PersonId, TicketId},
    queue::{CallNextRequest, QueueRow, QueueView, StepKind, StepRequest, TicketStep, echo, next_own},
    sync::Topic,
    time::Timestamp,
};

use crate::{session::Request, vault::Vault};

/// The name of the intent.
pub(crate) const STEP: &str = "ticket.step";

/// A request about the doctor's queue.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Call the next patient, to a room.
    Next(Option<String>),
    /// Take one step of one ticket.
    Step(TicketId, Box<StepRequest>),
}

impl Asked {
    /// The request behind a page's call, if it can be carried out without the network.
    pub(crate) fn of(request: &Request) -> Option<Self> {
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
}

/// The intents to store, and the view to show.
pub(crate) struct Step {
    /// The topic of the changed view.
    pub topic: Topic,
    /// The view after the change.
    pub view: QueueView,
    /// The row of the ticket.
    pub row: QueueRow,
    /// The intents, in order.
    pub made: Vec<TicketStep>,
}

/// The queues among these topics, as last seen.
pub(crate) fn queues(vault: &Vault, topics: &[Topic]) -> Vec<(Topic, QueueView)> {
    let queues = topics.iter().filter(|topic| matches!(topic, Topic::Queue(_)));
    let seen = queues.filter_map(|topic| {
        let body = vault.seen(&format!("view {topic}")).ok()??;
        Some((topic.clone(), serde_json::from_str(&body).ok()?))
    });
    seen.collect()
}

/// The patient's name that the queues show for a ticket.
pub(crate) fn name_of(queues: &[(Topic, QueueView)], ticket: Option<TicketId>) -> Option<String> {
    queues.iter().find_map(|(_, view)| view.rows().find(|row| Some(row.id) == ticket)?.patient_name.clone())
}

/// Carries out a request on the queues as last seen.
pub(crate) fn steps(
    asked: &Asked,
    seen: &[(Topic, QueueView)],
    me: PersonId,
    now: Timestamp,
) -> Result<Step, Fault> {
    match asked {
        Asked::Step(id, request) => {
            let step = TicketStep { id: *id, request: (**request).clone() };
            let mut refused = Code::NotFound;
            for (topic, view) in seen {
                match echo(view, &step, me, now) {
                    Ok((view, row)) => return Ok(Step { topic: topic.clone(), view, row, made: vec![step] }),
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
            let mut view = view.clone();
            let mut made = Vec::new();
            // A doctor who calls the next patient finishes the present visit, as with the network.
            let mine = |row: &&QueueRow| row.called_by == Some(me);
            let seeing: Vec<QueueRow> = view.serving.iter().filter(mine).cloned().collect();
            let used = seeing.iter().chain(view.called.iter().filter(mine)).find_map(|row| row.room.clone());
            for row in seeing {
                let step = TicketStep { id: row.id, request: StepRequest::new(StepKind::Done, row.version) };
                view = echo(&view, &step, me, now)?.0;
                made.push(step);
            }
            let room = room.clone().or(used);
            let request = StepRequest { room, ..StepRequest::new(StepKind::Call, next.version) };
            let step = TicketStep { id: next.id, request };
            let (view, row) = echo(&view, &step, me, now)?;
            made.push(step);
            Ok(Step { topic: topic.clone(), view, row, made })
        }
    }
}
