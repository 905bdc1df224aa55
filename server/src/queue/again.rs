//! Repeated requests about a ticket that has left the live queue. Stored answers are kept longer than tickets.

use medlane_shared::{
    access::{Action, Actor, Resource, may},
    fault::{Code, Fault},
    ids::TicketId,
    queue::{QueueRow, StepKind, TicketView},
};

use super::{Live, Step, ops::action_of, routes, store, theirs, views::Scene};
use crate::{
    app::App,
    clinic::Catalogue,
    engine::Clinic,
    queue::{LiveQueue, Secrets},
    writer::{Failure, Op, Unit},
};

/// Checks that the caller may get a stored answer about a ticket. If the ticket has left the live queue, only the
/// role is checked: the answer is an id and a version, and before the row is shown the full right is checked.
///
/// # Errors
/// The refusal, or [`Failure::Broken`].
pub(super) async fn still<O: Op>(
    op: &O,
    unit: &mut Unit<'_>,
    id: TicketId,
    action: Action,
) -> Result<(), Failure> {
    if unit.state::<LiveQueue>().ticket(id).is_some() {
        return unit.allows(op).await;
    }
    let actor = unit.actor();
    let branch = match actor {
        Actor::Known(known) => known.branches.first().copied(),
        _ => None,
    };
    let own = branch.map_or_else(Resource::default, Resource::branch).of(actor.person()).theirs(true);
    may(actor, action, &own)?;
    Ok(())
}

/// [`still`] for a step.
///
/// # Errors
/// The refusal; [`Failure::Broken`].
pub(super) async fn step(op: &Step, unit: &mut Unit<'_>) -> Result<(), Failure> {
    let action = action_of(op.request.step).0;
    match still(op, unit, op.id, action).await {
        Err(Failure::Refused(fault))
            if fault.code == Code::NotFound && op.request.step == StepKind::Transfer =>
        {
            sent_on(unit, op.id, action)
        }
        done => done,
    }
}

/// Checks that a doctor may get the answer to their transfer again, although the transfer made the ticket another
/// doctor's. The doctor must still work at its branch, in a role that may take the step.
fn sent_on(unit: &Unit<'_>, id: TicketId, action: Action) -> Result<(), Failure> {
    let branch = unit.state::<LiveQueue>().ticket(id).ok_or(Code::NotFound)?.ticket.branch;
    let works_here = matches!(unit.actor(), Actor::Known(known) if known.branches.contains(&branch));
    may(unit.actor(), action, &Resource::branch(branch).theirs(works_here))?;
    Ok(())
}

/// A ticket that has left the live queue, if the caller may take this action on it.
async fn gone(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    (id, action): (TicketId, Action),
) -> Result<Live, Fault> {
    let mut conn = app.core.read().await?;
    let found = store::live_list(&mut conn, &app.core.root, clinic.id, &clinic.key, &[id]).await;
    let found = found.map_err(|error| app.core.broken(&error))?.pop().ok_or(Code::NotFound)?;
    let is_theirs = theirs(&clinic.state::<Catalogue>(), &found.ticket, actor.person());
    may(actor, action, &Resource::branch(found.ticket.branch).of(found.ticket.patient).theirs(is_theirs))?;
    Ok(found)
}

/// [`routes::staff_row`] for the ticket of an operation, also after it has left the live queue.
///
/// # Errors
/// [`Code::NotFound`].
pub(super) async fn staff_row(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    of: (TicketId, Action),
) -> Result<QueueRow, Fault> {
    match routes::staff_row(&app.core, clinic, actor, of.0) {
        Err(fault) if fault.code == Code::NotFound => {
            let (found, catalogue) = (gone(app, clinic, actor, of).await?, clinic.state::<Catalogue>());
            Ok(clinic.with(|live: &LiveQueue| {
                Scene { catalogue: &catalogue, live, at: app.core.now() }.row(actor, &found)
            }))
        }
        shown => shown,
    }
}

/// [`routes::own_ticket`] for the ticket of an operation, also after it has left the live queue.
///
/// # Errors
/// [`Code::NotFound`].
pub(super) async fn own_ticket(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    of: (TicketId, Action),
) -> Result<TicketView, Fault> {
    match routes::own_ticket(&app.core, clinic, of.0) {
        Err(fault) if fault.code == Code::NotFound => {
            let (found, catalogue) = (gone(app, clinic, actor, of).await?, clinic.state::<Catalogue>());
            let secrets = Secrets::of(&app.core.root, of.0);
            Ok(clinic.with(|live: &LiveQueue| {
                Scene { catalogue: &catalogue, live, at: app.core.now() }.ticket(&found.ticket, Some(secrets))
            }))
        }
        shown => shown,
    }
}
