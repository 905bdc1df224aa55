//! The rooms of a device. Each registers what it keeps until the server has it, how that looks over the server's
//! answers, and what it does while the server is away. The line and the outbox treat all rooms alike.

use std::sync::Arc;

use medlane_shared::{
    audit::Read,
    fault::{Code, Fault},
    ids::PersonId,
    sync::{Answer, Intent, IntentArgs, IntentOutcome, Topic},
    time::Timestamp,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    clinic::Catalogue,
    queue::Steps,
    records::Notes,
    session::Request,
    told::Pending,
    vault::{Draft, Settled, Vault, VaultError},
};

/// All rooms.
const ROOMS: &[&dyn Room] = &[&Notes, &Steps, &Catalogue];

/// What a room does on a device.
pub(crate) trait Room: Sync {
    /// Its part in a page's call.
    fn part(&self, _request: &Request) -> Option<Arc<dyn Part>> {
        None
    }

    /// Takes the outcome of an intent of one of its drafts; `None` if it is not of this room.
    fn settle(
        &self,
        _vault: &mut Vault,
        _intent: &Intent,
        _outcome: &IntentOutcome,
        _now: Timestamp,
    ) -> Result<Option<Settled>, VaultError> {
        Ok(None)
    }

    /// Whether the server has yet to accept or refuse this draft.
    fn is_under_way(&self, _vault: &Vault, _key: &str) -> Result<bool, VaultError> {
        Ok(false)
    }

    /// Deletes the drafts that the server has had for long.
    fn tidy(&self, _vault: &Vault, _now: Timestamp) -> Result<(), VaultError> {
        Ok(())
    }

    /// Counts its work that the server does not have yet.
    fn pending(&self, _vault: &Vault, _pending: &mut Pending) -> Result<(), VaultError> {
        Ok(())
    }
}

/// A room's part in a call that a page makes.
pub(crate) trait Part: Send + Sync {
    /// Whether earlier work waits for the server, so that this call must go through the outbox behind it.
    fn must_wait(&self, _desk: &Desk<'_>) -> Result<bool, Fault> {
        Ok(false)
    }

    /// What the page reads without the server. It is logged before it is shown.
    fn reads(&self, _me: PersonId) -> Option<Read> {
        None
    }

    /// The answer without the server.
    fn away(&self, desk: &mut Desk<'_>) -> Result<String, Fault>;

    /// The server's answer, with what is kept here put over it.
    fn over(&self, answer: String, _desk: &mut Desk<'_>) -> Result<String, Fault> {
        Ok(answer)
    }
}

/// The open vault of the signed-in person, and what a room makes there: intents to send, views to show.
pub(crate) struct Desk<'a> {
    /// The vault.
    pub vault: &'a mut Vault,
    /// The followed views.
    pub topics: &'a [Topic],
    /// The signed-in person.
    pub me: PersonId,
    /// The time.
    pub now: Timestamp,
    /// The clock may have been set back: only the person's own drafts may be shown.
    pub in_doubt: bool,
    /// The intents to send, in order.
    pub made: Vec<Intent>,
    /// The views to show.
    pub views: Vec<(Topic, Value)>,
    /// Whether the drafts or the outbox changed: pages are told what waits.
    pub is_changed: bool,
}

impl Desk<'_> {
    /// Checks that kept views and charts may be shown.
    ///
    /// # Errors
    /// [`Code::ClockWrong`].
    pub(crate) fn may_look(&self) -> Result<(), Fault> {
        if self.in_doubt { Err(Code::ClockWrong.into()) } else { Ok(()) }
    }

    /// Stores a draft, with the intent that it needs now.
    ///
    /// # Errors
    /// [`Code::Internal`] if the disk fails.
    pub(crate) fn keep<D: Draft>(&mut self, draft: D) -> Result<(), Fault> {
        self.made.extend(self.vault.keep(draft, self.now).map_err(failed)?);
        self.is_changed = true;
        Ok(())
    }

    /// Stores intents that belong to no draft: all of one press, or none.
    ///
    /// # Errors
    /// [`Code::Internal`] if the disk fails.
    pub(crate) fn enqueue<A: IntentArgs>(&mut self, args: &[A]) -> Result<(), Fault> {
        self.made.extend(self.vault.enqueue(args, self.now).map_err(failed)?);
        self.is_changed = true;
        Ok(())
    }

    /// Deletes a draft: the server does not know it, or its writer does not want it any more.
    ///
    /// # Errors
    /// [`Code::Internal`] if the disk fails.
    pub(crate) fn discard<D: Draft>(&mut self, draft: &D) -> Result<(), Fault> {
        self.vault.discard::<D>(&draft.key()).map_err(failed)?;
        self.is_changed = true;
        Ok(())
    }

    /// Stores a view, and shows it.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub(crate) fn show(&mut self, topic: Topic, view: &impl Serialize) -> Result<(), Fault> {
        let body = serde_json::to_value(view).map_err(|_| Code::Internal)?;
        self.see(&format!("view {topic}"), &body.to_string());
        self.views.push((topic, body));
        Ok(())
    }

    /// Keeps what a page showed. Without it the page works on.
    pub(crate) fn see(&mut self, name: &str, body: &str) {
        if let Err(error) = self.vault.see(name, body.as_bytes(), self.now) {
            tracing::error!(%error, "a view could not be kept");
        }
    }
}

/// The fault of a vault that does not read or write.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
pub(crate) fn failed(error: VaultError) -> Fault {
    tracing::error!(%error, "the vault could not be read or changed");
    Code::Internal.into()
}

/// A room's part in this call.
pub(crate) fn part(request: &Request) -> Option<Arc<dyn Part>> {
    ROOMS.iter().find_map(|room| room.part(request))
}

/// Takes the server's answer to an intent.
pub(crate) fn settle(vault: &mut Vault, answer: &Answer, now: Timestamp) -> Result<Settled, VaultError> {
    if let Some(intent) = vault.intent(answer.intent_id)? {
        for room in ROOMS {
            if let Some(settled) = room.settle(vault, &intent, &answer.outcome, now)? {
                return Ok(settled);
            }
        }
    }
    vault.answered(answer.intent_id)?;
    Ok(Settled::default())
}

/// Whether the server has yet to accept or refuse this draft.
pub(crate) fn is_under_way(vault: &Vault, key: &str) -> Result<bool, VaultError> {
    for room in ROOMS {
        if room.is_under_way(vault, key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes the drafts that the server has had for long.
pub(crate) fn tidy(vault: &Vault, now: Timestamp) -> Result<(), VaultError> {
    ROOMS.iter().try_for_each(|room| room.tidy(vault, now))
}

/// The work of all rooms that the server does not have yet.
pub(crate) fn pending(vault: &Vault) -> Result<Pending, VaultError> {
    let mut pending = Pending { keeps: true, ..Pending::default() };
    ROOMS.iter().try_for_each(|room| room.pending(vault, &mut pending))?;
    Ok(pending)
}
