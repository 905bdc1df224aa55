//! Checking in, and settling a held ticket.

use medlane_shared::{
    access::{Action, Actor, Grant, Known, Resource, Who, may},
    fault::Code,
    ids::{BranchId, DeviceId, TicketId},
    queue::{State, Step, Ticket},
};
use serde_json::json;

use super::store;
use crate::{
    attempts::{self, Try},
    queue::{
        Live, TicketRef,
        steps::{found, goes_on, put, stepped},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Marks that a patient who joined from home has arrived.
#[derive(Debug, Clone)]
pub struct CheckIn {
    /// The patient's tickets; empty if the data fits no patient.
    pub tickets: Vec<TicketId>,
    /// The branch of the kiosk; `None` if the patient checks in by phone.
    pub branch: Option<BranchId>,
    /// Whether the patient showed a ticket's code. A right one counts however many wrong ones came before it.
    pub by_code: bool,
    /// The limits on wrong data from a kiosk.
    pub tries: Vec<Try>,
}

impl Op for CheckIn {
    type Out = Vec<TicketRef>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let at = unit.at();
        if let Some(branch) = self.branch {
            may(unit.actor(), Action::TicketCheckIn, &Resource::branch(branch))?;
        }
        if !self.by_code || self.tickets.is_empty() {
            attempts::check(unit.reads().await?, &self.tries, at).await?;
        }
        let mut lives = Vec::new();
        for id in &self.tickets {
            lives.push(found(unit, *id, Action::TicketCheckIn)?);
        }
        let Some((first, grant)) = lives.first().cloned() else {
            attempts::count(unit, &self.tries).await?;
            let target = self.branch.map_or_else(String::new, |branch| format!("branch:{branch}"));
            return Ok(unit.commit(Entry::new("ticket.check_in", target).refused(), Vec::new()));
        };
        let mut done = Vec::new();
        for (live, _) in lives {
            // A patient who missed their call and says that they are here is back in line, within the grace period.
            let returns = live.ticket.state == State::NoShow && self.branch.is_none();
            // A patient who has checked in before gets the same answer again.
            done.push(if returns {
                goes_on_again(unit, &live)?
            } else if live.ticket.arrived_at.is_some() {
                TicketRef { id: live.ticket.id, version: live.ticket.version }
            } else {
                let next = stepped(unit, &live, Step::Arrive)?;
                put(unit, &live, next)
            });
        }
        let entry = Entry::new("ticket.check_in", format!("ticket:{}", first.ticket.id))
            .by(&grant)
            .patient(first.ticket.patient)
            .detail(json!({ "tickets": done.iter().map(|ticket| ticket.id).collect::<Vec<_>>() }));
        Ok(unit.commit(entry, done))
    }
}

/// Notes that a patient's data found tickets that were not checked in: those of several people, or of another branch. It
/// is counted, because the answer reveals that there are some.
#[derive(Debug, Clone)]
pub struct CheckInAsk {
    /// The branch.
    pub branch: BranchId,
    /// The limits on such answers to a kiosk.
    pub tries: Vec<Try>,
    /// What was found, for the audit log.
    pub found: &'static str,
}

impl Op for CheckInAsk {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let at = unit.at();
        may(unit.actor(), Action::TicketCheckIn, &Resource::branch(self.branch))?;
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        attempts::count(unit, &self.tries).await?;
        let entry = Entry::new("ticket.check_in", format!("branch:{}", self.branch));
        Ok(unit.commit(entry.detail(json!({ "found": self.found })).refused(), ()))
    }
}

/// Puts a ticket back in line after a missed call. The patient says that they are here.
fn goes_on_again(unit: &mut Unit<'_>, live: &Live) -> Result<TicketRef, Failure> {
    let next = stepped(unit, live, Step::Return)?;
    goes_on(unit, live, &next)?;
    let arrived_at = next.arrived_at.or(Some(unit.at()));
    Ok(put(unit, live, Ticket { arrived_at, ..next }))
}

/// Settles a ticket that a kiosk holds.
#[derive(Debug, Clone, Copy)]
pub struct HeldSettle {
    /// The ticket.
    pub id: TicketId,
    /// Whether the patient has it. If not, it is void.
    pub taken: bool,
}

impl Op for HeldSettle {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let (live, grant) = found(unit, self.id, Action::TicketHold)?;
        let (step, action) =
            if self.taken { (Step::Take, "ticket.take") } else { (Step::Cancel, "ticket.void") };
        // Only a held ticket can be voided. A valid ticket belongs to the patient.
        if live.ticket.state != State::Held {
            return Err(Code::TicketStepRefused.into());
        }
        let next = stepped(unit, &live, step)?;
        let entry = Entry::new(action, format!("ticket:{}", next.id))
            .by(&grant)
            .detail(json!({ "label": next.label }));
        let out = put(unit, &live, next);
        Ok(unit.commit(entry, out))
    }
}

/// The calling kiosk, and its branch.
///
/// # Errors
/// A missing right.
pub fn kiosk(actor: &Actor) -> Result<(DeviceId, BranchId, Grant), Code> {
    let Actor::Known(Known { who: Who::Device(device), branches, .. }) = actor else {
        return Err(if matches!(actor, Actor::Anonymous { .. }) { Code::SignedOut } else { Code::Forbidden });
    };
    let branch = branches.first().copied().ok_or(Code::Forbidden)?;
    let grant = may(actor, Action::TicketHold, &Resource::branch(branch)).map_err(|_| Code::Forbidden)?;
    Ok((*device, branch, grant))
}

/// Gives a kiosk the letter of its series, if it has none. When all letters are used up, it takes the letter of the
/// kiosk that was last seen the longest ago.
#[derive(Debug, Clone, Copy)]
pub struct LetterGive;

impl Op for LetterGive {
    type Out = char;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<char>, Failure> {
        let (device, branch, grant) = kiosk(unit.actor())?;
        let letters = store::letter_list(unit.reads().await?, branch).await?;
        if let Some((_, letter)) = letters.iter().find(|(of, _)| *of == device) {
            return Ok(unit.commit_unaudited().map(|()| *letter));
        }
        let is_free = |letter: &char| letters.iter().all(|(_, taken)| taken != letter);
        let (before, letter) = match ('A'..='Z').find(is_free) {
            Some(letter) => (None, letter),
            None => letters.first().map(|(of, letter)| (Some(*of), *letter)).ok_or(Code::Internal)?,
        };
        store::letter_put(unit.writes().await?, device, letter, before).await?;
        let entry = Entry::new("kiosk.letter", format!("device:{device}"))
            .by(&grant)
            .detail(json!({ "letter": letter, "before": before }));
        Ok(unit.commit(entry, letter))
    }
}
