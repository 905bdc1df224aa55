//! The views that calls and sockets answer with: each checks the caller's right, and shows the live queue.

use medlane_shared::{
    access::{Action, Actor, Grant, Refused, Resource, may},
    fault::{Code, Fault},
    ids::{PersonId, TicketId},
    queue::{MyTickets, QueueRow, QueueView, Ticket, TicketView},
};

use super::{
    live::{Live, LiveQueue},
    secrets::{Secrets, ticket_of_link},
    store,
    today::todays,
    views::Scene,
};
use crate::{
    app::App,
    clinic::Catalogue,
    engine::{Clinic, Core},
    identity::Guardians,
};

/// A ticket older than this is of another day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// The ticket's view, with its secret link, for a caller who may take this action on it.
///
/// # Errors
/// [`Code::NotFound`], also if it is not the caller's.
pub fn own_ticket(
    core: &Core,
    clinic: &Clinic,
    actor: &Actor,
    (id, action): (TicketId, Action),
) -> Result<TicketView, Fault> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        let ticket = &live.ticket(id).ok_or(Code::NotFound)?.ticket;
        ticket_grant(&catalogue, actor, ticket, action)?;
        Ok(scene.ticket(ticket, Some(Secrets::of(&core.root, ticket.id))))
    })
}

/// What allows the caller to take an action on a ticket.
fn ticket_grant(
    catalogue: &Catalogue,
    actor: &Actor,
    ticket: &Ticket,
    action: Action,
) -> Result<Grant, Refused> {
    let found = todays(catalogue, ticket, actor.person());
    may(actor, action, &Resource::branch(ticket.branch).of(ticket.patient).found(found))
}

/// The ticket's row for staff, and what allows the caller to see it.
///
/// # Errors
/// A missing right, or [`Code::NotFound`].
pub fn staff_row(
    core: &Core,
    clinic: &Clinic,
    actor: &Actor,
    id: TicketId,
) -> Result<(QueueRow, Grant), Fault> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        let found = live.ticket(id).ok_or(Code::NotFound)?;
        // Whose the ticket is does not count: a step may have made it another doctor's.
        let grant = may(actor, Action::QueueRead, &Resource::branch(found.ticket.branch))?;
        Ok((scene.row(actor, &grant, found), grant))
    })
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
    ticket_grant(&clinic.state::<Catalogue>(), actor, &found.ticket, action)?;
    Ok(found)
}

/// [`staff_row`] for the ticket of an operation, also after it has left the live queue.
///
/// # Errors
/// [`Code::NotFound`].
pub(super) async fn staff_row_again(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    of: (TicketId, Action),
) -> Result<QueueRow, Fault> {
    match staff_row(&app.core, clinic, actor, of.0).map(|(row, _)| row) {
        Err(fault) if fault.code == Code::NotFound => {
            let (found, catalogue) = (gone(app, clinic, actor, of).await?, clinic.state::<Catalogue>());
            let grant = may(actor, Action::QueueRead, &Resource::branch(found.ticket.branch))?;
            Ok(clinic.with(|live: &LiveQueue| {
                Scene { catalogue: &catalogue, live, at: app.core.now() }.row(actor, &grant, &found)
            }))
        }
        shown => shown,
    }
}

/// [`own_ticket`] for the ticket of an operation, also after it has left the live queue.
///
/// # Errors
/// [`Code::NotFound`].
pub(super) async fn own_ticket_again(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    of: (TicketId, Action),
) -> Result<TicketView, Fault> {
    match own_ticket(&app.core, clinic, actor, of) {
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

/// The caller's tickets that have not ended, and those of today that ended last.
///
/// # Errors
/// A missing right.
pub fn my_tickets(core: &Core, clinic: &Clinic, actor: &Actor) -> Result<MyTickets, Fault> {
    may(actor, Action::TicketRead, &Resource::default().of(actor.person()))?;
    let person = actor.person().ok_or(Code::Forbidden)?;
    let catalogue = clinic.state::<Catalogue>();
    // Read now, because the socket may have been opened before a dependant was added.
    let dependants = clinic.state::<Guardians>().dependants(person);
    Ok(clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        let of = |patient: PersonId| live.of_patient(patient).filter(|live| live.ticket.state.is_active());
        let ticket = |live: &Live| scene.ticket(&live.ticket, Some(Secrets::of(&core.root, live.ticket.id)));
        let named = |live: &Live| TicketView {
            patient_id: live.ticket.patient,
            patient_name: live.patient.as_ref().map(|patient| patient.name.clone()),
            ..ticket(live)
        };
        let own = of(person).map(|live| ticket(live));
        let theirs = dependants.iter().flat_map(|patient| of(*patient)).map(|live| named(live));
        let ended = scene.ended(person).map(ticket);
        let their_ends = dependants.iter().flat_map(|patient| scene.ended(*patient)).map(named);
        MyTickets { tickets: own.chain(theirs).collect(), ended: ended.chain(their_ends).collect() }
    }))
}

/// Ended tickets, as their owner sees them.
#[must_use]
pub fn past_tickets(core: &Core, clinic: &Clinic, tickets: &[Ticket]) -> Vec<TicketView> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        tickets.iter().map(|ticket| scene.ticket(ticket, None)).collect()
    })
}

/// The staff's queue of the grant's branch, as far as the caller may see it.
///
/// # Errors
/// [`Code::NotFound`].
pub fn queue_view(core: &Core, clinic: &Clinic, actor: &Actor, grant: &Grant) -> Result<QueueView, Fault> {
    let catalogue = clinic.state::<Catalogue>();
    let branch = grant.resource().branch.filter(|_| grant.action() == Action::QueueRead);
    let branch = branch.filter(|branch| catalogue.branch(*branch).is_some()).ok_or(Code::NotFound)?;
    Ok(clinic.with(|live: &LiveQueue| {
        Scene { catalogue: &catalogue, live, at: core.now() }.queue(actor, grant, branch)
    }))
}

/// The live ticket that a secret link names.
///
/// # Errors
/// [`Code::NotFound`], [`Code::TicketOver`].
pub fn linked_ticket(core: &Core, clinic: &Clinic, actor: &Actor, secret: &str) -> Result<TicketView, Fault> {
    may(actor, Action::TicketLinkRead, &Resource::default())?;
    let id = ticket_of_link(&core.root, secret).ok_or(Code::NotFound)?;
    let (catalogue, now) = (clinic.state::<Catalogue>(), core.now());
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: now };
        let found = live.ticket(id).ok_or_else(|| {
            // Ended tickets stay in memory only for a short time. A ticket of another clinic was never here.
            let is_old = id.made_at().is_some_and(|made| now.since_ms(made) > DAY_MS);
            if is_old { Code::TicketOver } else { Code::NotFound }
        })?;
        Ok(scene.ticket(&found.ticket, None))
    })
}
