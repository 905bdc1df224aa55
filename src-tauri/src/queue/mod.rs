//! The doctor's own queue: steps that are taken while the network is away, and the queue as it looks after them.

mod steps;

use std::sync::Arc;

use medlane_shared::{
    fault::{Code, Fault},
    ids::TicketId,
    queue::{QueueView, TicketStep},
    sync::Topic,
};

use crate::{
    rooms::{Desk, Part, Room, failed},
    session::Request,
    told::Pending,
    vault::{Vault, VaultError},
};
use steps::{Asked, Step, steps};

/// The vault's name for the presses that can be undone.
const PRESSES: &str = "presses";

/// The room.
pub(crate) struct Steps;

impl Room for Steps {
    fn part(&self, request: &Request) -> Option<Arc<dyn Part>> {
        Asked::of(request).map(|asked| Arc::new(asked) as Arc<dyn Part>)
    }

    fn pending(&self, vault: &Vault, pending: &mut Pending) -> Result<(), VaultError> {
        pending.steps = vault.unanswered::<TicketStep>()?.len();
        Ok(())
    }
}

impl Part for Asked {
    /// Later steps of a ticket come after its earlier ones.
    fn must_wait(&self, desk: &Desk<'_>) -> Result<bool, Fault> {
        let waiting: Vec<TicketStep> = desk.vault.unanswered().map_err(failed)?;
        Ok(waiting.iter().any(|step| self.after().is_none_or(|ticket| step.id == ticket)))
    }

    /// Takes the steps in the queue as last seen: stores them before it shows them.
    fn away(&self, desk: &mut Desk<'_>) -> Result<String, Fault> {
        desk.may_look()?;
        let seen = queues(desk)?;
        let kept = desk.vault.seen(PRESSES).map_err(failed)?;
        let presses = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        let Step { topic, view, row, made, presses } = steps(self, &seen, presses, desk.me, desk.now)?;
        desk.enqueue(&made)?;
        let kept = serde_json::to_string(&presses).map_err(|_| Code::Internal)?;
        desk.see(PRESSES, &kept);
        desk.show(topic, &view)?;
        serde_json::to_string(&row).map_err(|_| Code::Internal.into())
    }
}

/// The followed queues, as last seen.
fn queues(desk: &Desk<'_>) -> Result<Vec<(Topic, QueueView)>, Fault> {
    let mut found = Vec::new();
    for topic in desk.topics.iter().filter(|topic| matches!(topic, Topic::Queue(_))) {
        let body = desk.vault.seen(&format!("view {topic}")).map_err(failed)?;
        // A view of another release is not read: the server sends its own.
        if let Some(view) = body.and_then(|body| serde_json::from_str(&body).ok()) {
            found.push((topic.clone(), view));
        }
    }
    Ok(found)
}

/// The patient's name that the followed queues show for a ticket.
pub(crate) fn name_of(desk: &Desk<'_>, ticket: Option<TicketId>) -> Result<Option<String>, Fault> {
    let queues = queues(desk)?;
    let row = |view: &QueueView| view.rows().find(|row| Some(row.id) == ticket)?.patient_name.clone();
    Ok(queues.iter().find_map(|(_, view)| row(view)))
}
