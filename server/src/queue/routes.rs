//! The queue over REST: each handler extracts, runs one operation, and shows the ticket after the commit.

use std::{cmp::Reverse, iter, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    routing::{delete, get, patch, post, put},
};
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, Who, may},
    clinic::Page,
    fault::{Code, Fault, FieldCode, FieldFault},
    ids::{BranchId, PersonId, ServiceId, TicketId},
    queue::{
        Board, BranchQuery, CallNextRequest, EstimateView, JoinRequest, ListQuery, MyTickets, QueueControl,
        QueueRow, QueueStats, QueueView, REASON_MAX_CHARS, StepBackRequest, StepKind, StepRequest, Ticket,
        TicketView,
    },
};

use super::{
    CallNext, Cancel, Control, Join, Live, Reason, Step, StepBack, again,
    ops::action_of,
    quotes::{EstimateRow, estimate_list},
    remote::joins,
    store::{self, reason_place},
    views::{Scene, branch_of},
};
use crate::{
    app::App,
    clinic::Catalogue,
    engine::{Clinic, Core},
    http::{Asked, Caller, Path, Query, Reply, page_before, page_limit, page_of},
    identity::{Guardians, dependants::dependant_list, subject},
    queue::secrets::ticket_of_link,
    queue::{LiveQueue, Secrets},
    writer::{Entry, Noted, Once},
};

/// A ticket older than this is of another day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;
/// How far back the accuracy of waiting times is judged, in milliseconds.
const ESTIMATES_MS: i64 = 30 * 86_400_000;
/// The most characters of a room's name.
const ROOM_MAX_CHARS: usize = 60;

/// The queue's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/branches/{id}/board", get(board))
        .route("/api/v1/branches/{id}/queue", put(control))
        .route("/api/v1/queue/join", post(join))
        .route("/api/v1/queue/my-status", get(my_status))
        .route("/api/v1/queue/my-history", get(my_history))
        .route("/api/v1/queue/doctor-queue", get(doctor_queue))
        .route("/api/v1/queue/call-next", post(call_next))
        .route("/api/v1/queue/stats", get(stats))
        .route("/api/v1/queue/estimates", get(estimates))
        .route("/api/v1/queue/{id}/status", patch(step))
        .route("/api/v1/queue/{id}/step-back", post(step_back))
        .route("/api/v1/queue/{id}", delete(cancel))
        .route("/api/v1/tickets/{secret}", get(linked))
        .merge(super::desk::routes())
        .merge(super::kiosk::routes())
}

/// The ticket's view for the person who took it.
///
/// # Errors
/// [`Code::NotFound`].
pub fn own_ticket(core: &Core, clinic: &Clinic, id: TicketId) -> Result<TicketView, Fault> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        let ticket = &live.ticket(id).ok_or(Code::NotFound)?.ticket;
        Ok(scene.ticket(ticket, Some(Secrets::of(&core.root, ticket.id))))
    })
}

/// The ticket's row for staff.
///
/// # Errors
/// [`Code::NotFound`].
pub fn staff_row(core: &Core, clinic: &Clinic, actor: &Actor, id: TicketId) -> Result<QueueRow, Fault> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: core.now() };
        Ok(scene.row(actor, live.ticket(id).ok_or(Code::NotFound)?))
    })
}

/// Adds the present state of the ticket to a refusal that was caused by its state, so that the caller sees what to do
/// next.
fn with_present(fault: Fault, present: impl FnOnce() -> Result<serde_json::Value, Fault>) -> Fault {
    if fault.code.status() != 409 || fault.code == Code::IdempotencyMismatch {
        return fault;
    }
    match present() {
        Ok(present) => Fault { present: Some(present), ..fault },
        Err(_) => fault,
    }
}

fn json(value: impl serde::Serialize) -> Result<serde_json::Value, Fault> {
    serde_json::to_value(value).map_err(|_| Code::Internal.into())
}

async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<JoinRequest>,
) -> Reply<TicketView> {
    let reason = request.reason_for_visit.trim().to_owned();
    if reason.chars().count() > REASON_MAX_CHARS {
        return Err(Fault::new(Code::Invalid)
            .field("reason_for_visit", FieldFault::length(0, REASON_MAX_CHARS))
            .into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    if let Some(patient) = request.patient_id {
        caller.about(patient);
    }
    let patient = match &caller.actor {
        Actor::Known(Known { role: Role::Patient, who: Who::Person(person), .. }) => {
            // The caller themselves, or one of their dependants. Nothing is revealed about other people.
            let patient = request.patient_id.unwrap_or(*person);
            may(&caller.actor, Action::TicketJoin, &Resource::default().of(Some(patient)))?;
            Some(patient)
        }
        Actor::Known(known) if known.role.is_staff() => request.patient_id,
        _ if request.patient_id.is_some() => return Err(Code::NotFound.into()),
        _ => None,
    };
    let id = TicketId::new(app.core.now(), rand::random());
    let (details, key) = match patient {
        Some(patient) => {
            let known = subject(&app.core, clinic.id, patient).await?;
            (Some(known.demographics), known.key)
        }
        None => (None, clinic.key.clone()),
    };
    let reason = if reason.is_empty() {
        None
    } else {
        let sealed = key.seal(&reason_place(clinic.id, id, patient), reason.as_bytes());
        let sealed = sealed.map_err(|error| app.core.broken(&error.into()))?;
        Some(Reason { sealed: sealed.into(), text: reason.as_str().into() })
    };
    let tries = joins(&app, &caller.actor);
    let op = Join { id, request: request.clone(), patient, details, reason, tries };
    let out = app.writer.run(caller.by(once), op).await.map_err(|fault| {
        with_present(fault, || {
            let active = clinic.with(|live: &LiveQueue| {
                patient
                    .and_then(|patient| live.active(patient, request.service_id).map(|live| live.ticket.id))
            });
            json(own_ticket(&app.core, &clinic, active.ok_or(Code::NotFound)?)?)
        })
    })?;
    Ok(Json(own_ticket(&app.core, &clinic, out.id)?))
}

async fn my_status(State(app): State<Arc<App>>, caller: Caller) -> Reply<MyTickets> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(my_tickets(&app.core, &clinic, &caller.actor)?))
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

async fn my_history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Reply<Page<TicketView>> {
    may(&caller.actor, Action::TicketRead, &Resource::default().of(caller.actor.person()))?;
    let person: PersonId = caller.actor.person().ok_or(Code::Forbidden)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let limit = page_limit(query.limit)?;
    let before = page_before(query.cursor.as_deref())?;
    let mut conn = app.core.read().await?;
    let theirs = dependant_list(&mut conn, clinic.id, person).await;
    let theirs = theirs.map_err(|error| app.core.broken(&error))?;
    let mut found = Vec::new();
    for (of, name) in iter::once((person, None)).chain(theirs.into_iter().map(|one| (one.id, Some(one.name))))
    {
        let visits = store::history_list(&mut conn, of, before, limit + 1).await;
        let visits = visits.map_err(|error| app.core.broken(&error))?;
        found.extend(past_tickets(&app.core, &clinic, &visits).into_iter().map(|ticket| TicketView {
            patient_id: name.as_ref().map(|_| of),
            patient_name: name.clone(),
            ..ticket
        }));
    }
    found.sort_by_key(|ticket| Reverse(ticket.id));
    let (items, next) = page_of(found, limit, |ticket| ticket.id.to_string());
    Ok(Json(Page { items, next }))
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

async fn doctor_queue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<BranchQuery>,
) -> Reply<QueueView> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let branch =
        branch_of(&caller.actor, &clinic.state::<Catalogue>(), query.branch_id).ok_or(Code::NotFound)?;
    let view = queue_view(&app.core, &clinic, &caller.actor, branch)?;
    let entry = Entry::new("queue.read", format!("branch:{branch}")).shown(view.patients());
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    Ok(Json(view))
}

/// The staff's queue of a branch, as far as the caller may see it.
///
/// # Errors
/// A missing right, or [`Code::NotFound`].
pub fn queue_view(core: &Core, clinic: &Clinic, actor: &Actor, branch: BranchId) -> Result<QueueView, Fault> {
    let grant = may(actor, Action::QueueRead, &branch_resource(actor, branch))?;
    let catalogue = clinic.state::<Catalogue>();
    catalogue.branch(branch).ok_or(Code::NotFound)?;
    Ok(clinic.with(|live: &LiveQueue| {
        Scene { catalogue: &catalogue, live, at: core.now() }.queue(actor, &grant, branch)
    }))
}

/// A branch's queue as a resource. Doctors may see the queues of the branches where they work.
#[must_use]
pub fn branch_resource(actor: &Actor, branch: BranchId) -> Resource {
    let works_there = matches!(actor, Actor::Known(known) if known.branches.contains(&branch));
    Resource::branch(branch).theirs(works_there)
}

async fn call_next(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<CallNextRequest>,
) -> Reply<QueueRow> {
    let room = room_of(request.room)?;
    let out = app.writer.run(caller.by(once), CallNext { room }).await?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(staff_row(&app.core, &clinic, &caller.actor, out.id)?))
}

fn room_of(room: Option<String>) -> Result<Option<String>, Fault> {
    let room = room.map(|room| room.trim().to_owned()).filter(|room| !room.is_empty());
    if room.as_ref().is_some_and(|room| room.chars().count() > ROOM_MAX_CHARS) {
        return Err(Fault::new(Code::Invalid).field("room", FieldFault::length(0, ROOM_MAX_CHARS)));
    }
    Ok(room)
}

async fn step(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Asked { body: mut request, once }: Asked<StepRequest>,
) -> Reply<QueueRow> {
    let version = request
        .version
        .or(caller.if_match)
        .ok_or_else(|| Fault::new(Code::Invalid).field("version", FieldCode::Version))?;
    request.room = room_of(request.room.take())?;
    if request.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX_CHARS) {
        return Err(Fault::new(Code::Invalid)
            .field("reason", FieldFault::length(0, REASON_MAX_CHARS))
            .into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let present = || json(staff_row(&app.core, &clinic, &caller.actor, id)?);
    let action = action_of(request.step).0;
    let out = if request.step == StepKind::Cancel {
        app.writer.run(caller.by(once), Cancel { id, version: Some(version) }).await
    } else {
        app.writer.run(caller.by(once), Step { id, request, version, away: None }).await
    };
    let out = out.map_err(|fault| with_present(fault, present))?;
    Ok(Json(again::staff_row(&app, &clinic, &caller.actor, (out.id, action)).await?))
}

async fn cancel(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<TicketId>) -> Reply<TicketView> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let once = caller.once(&[b"cancel", id.0.as_bytes()]);
    let out = app.writer.run(caller.by(once), Cancel { id, version: caller.if_match }).await;
    let out = out.map_err(|fault| with_present(fault, || json(own_ticket(&app.core, &clinic, id)?)))?;
    let of = (out.id, Action::TicketCancel);
    Ok(Json(again::own_ticket(&app, &clinic, &caller.actor, of).await?))
}

async fn step_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Asked { body, once }: Asked<StepBackRequest>,
) -> Reply<TicketView> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let op = StepBack { id, places: body.places, version: body.version.or(caller.if_match) };
    let out = app.writer.run(caller.by(once), op).await;
    let out = out.map_err(|fault| with_present(fault, || json(own_ticket(&app.core, &clinic, id)?)))?;
    let of = (out.id, Action::TicketCancel);
    Ok(Json(again::own_ticket(&app, &clinic, &caller.actor, of).await?))
}

async fn control(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
    Asked { body, once }: Asked<QueueControl>,
) -> Reply<QueueControl> {
    Ok(Json(app.writer.run(caller.by(once), Control { branch, door: body.door }).await?))
}

async fn stats(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<BranchQuery>,
) -> Reply<QueueStats> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let branch = branch_of(&caller.actor, &catalogue, query.branch_id).ok_or(Code::NotFound)?;
    may(&caller.actor, Action::QueueStatsRead, &branch_resource(&caller.actor, branch))?;
    let stats = clinic
        .with(|live: &LiveQueue| Scene { catalogue: &catalogue, live, at: app.core.now() }.stats(branch));
    Ok(Json(stats.ok_or(Code::NotFound)?))
}

async fn estimates(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<BranchQuery>,
) -> Reply<Page<EstimateView>> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let branch = branch_of(&caller.actor, &catalogue, query.branch_id).ok_or(Code::NotFound)?;
    may(&caller.actor, Action::QueueStatsRead, &branch_resource(&caller.actor, branch))?;
    catalogue.branch(branch).ok_or(Code::NotFound)?;
    let since = app.core.now().plus_ms(-ESTIMATES_MS);
    let rows = estimate_list(&mut app.core.read().await?, branch, since).await;
    let minutes = |seconds: f64| (seconds / 6.0).round() / 10.0;
    let view = |(service, row): (ServiceId, EstimateRow)| EstimateView {
        service_id: service,
        service_name: catalogue.service(service).map(|service| service.name.clone()).unwrap_or_default(),
        waits: u32::try_from(row.waits).unwrap_or(u32::MAX),
        mean_error_min: minutes(row.error_s),
        bias_min: minutes(row.bias_s),
        coverage: (row.coverage * 1_000.0).round() / 1_000.0,
    };
    let mut items: Vec<EstimateView> =
        rows.map_err(|error| app.core.broken(&error))?.into_iter().map(view).collect();
    items.sort_by(|a, b| a.service_name.cmp(&b.service_name));
    Ok(Json(Page { items, next: None }))
}

async fn board(State(app): State<Arc<App>>, caller: Caller, Path(branch): Path<BranchId>) -> Reply<Board> {
    may(&caller.actor, Action::BoardRead, &Resource::default())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let board = clinic
        .with(|live: &LiveQueue| Scene { catalogue: &catalogue, live, at: app.core.now() }.board(branch));
    Ok(Json(board.ok_or(Code::NotFound)?))
}

async fn linked(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(secret): Path<String>,
) -> Reply<TicketView> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(linked_ticket(&app.core, &clinic, &caller.actor, &secret)?))
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
