//! Steps that a doctor took while the network was down. The server decides. If the ticket has changed meanwhile, the
//! desk gets a task (`docs/product.md` §15).

use medlane_shared::{
    access::{Action, Actor, Resource, Role, may},
    fault::{Code, Fault, FieldCode, FieldFault},
    queue::{State, StepKind, TaskKind, TicketStep, is_own},
};

use super::{
    desk,
    ops::Step,
    steps::TicketRef,
    why::{reason_fits, why_of},
};
use crate::{
    engine::{Core, IntentOp},
    queue::LiveQueue,
    writer::{Done, Failure, Op, Unit},
};

/// A step taken without the network.
#[derive(Debug, Clone)]
pub struct Away {
    step: Step,
    /// The state that the ticket must have.
    from: Option<State>,
}

/// The most tickets that one press changes: the next one, and those that are being served.
const TOGETHER_MAX: usize = 8;

impl IntentOp for Away {
    type Args = TicketStep;

    /// A step from the workstation's data.
    ///
    /// # Errors
    /// [`Code::Invalid`] if it lacks the version that the doctor saw.
    async fn prepare(core: &Core, actor: &Actor, said: TicketStep) -> Result<Self, Fault> {
        let TicketStep { id, request, with, from } = said;
        let version = request.version;
        let version =
            version.ok_or_else(|| Fault::new(Code::Invalid).field("version", FieldCode::Missing))?;
        if request.step == StepKind::Undo && from.is_none() {
            return Err(Fault::new(Code::Invalid).field("from", FieldCode::Missing));
        }
        if with.len() > TOGETHER_MAX {
            return Err(Fault::new(Code::Invalid).field("with", FieldFault::items(0, TOGETHER_MAX)));
        }
        reason_fits(&request)?;
        let why = why_of(core, &*core.clinics.get(actor.clinic())?, id, &request).await?;
        Ok(Self { step: Step { id, request, version, away: Some(with), why }, from })
    }

    /// Creates a desk task, because the patient may have been seen already.
    ///
    /// # Errors
    /// An error of the database.
    async fn refused(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        // An undo that is too late has moved no patient.
        if self.step.request.step == StepKind::Undo {
            return Ok(());
        }
        let Some(branch) = unit.state::<LiveQueue>().ticket(self.step.id).map(|live| live.ticket.branch)
        else {
            return Ok(());
        };
        // Create no desk task if the doctor does not work at this branch.
        if may(unit.actor(), Action::QueueRead, &Resource::branch(branch)).is_err() {
            return Ok(());
        }
        desk::ask(unit, branch, TaskKind::CallRefused, self.step.id, None).await
    }
}

impl Op for Away {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let me = unit.actor().person().ok_or(Code::Forbidden)?;
        let live = unit.state::<LiveQueue>().ticket(self.step.id).ok_or(Code::NotFound)?;
        let ticket = &live.ticket;
        may(unit.actor(), Action::QueueRead, &Resource::branch(ticket.branch))?;
        let called_by = ticket.call.as_ref().map(|call| call.by);
        if !is_own(ticket.doctor, called_by, ticket.state, me) {
            // Another doctor has the ticket now.
            return Err(Code::TicketStale.into());
        }
        if self.from.is_some_and(|from| from != ticket.state) {
            return Err(Code::TicketStale.into());
        }
        self.step.run(unit).await
    }

    /// The answer names no patient, and reveals nothing new about a ticket that has ended.
    async fn still(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        if unit.state::<LiveQueue>().ticket(self.step.id).is_some() {
            return unit.allows(self).await;
        }
        match unit.actor().role() {
            Some(Role::Doctor) => Ok(()),
            _ => Err(Code::Forbidden.into()),
        }
    }
}
