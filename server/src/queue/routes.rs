//! The queue over REST: each handler extracts, runs one operation, and shows the ticket after the commit.

use std::{cmp::Reverse, iter, sync::Arc};

use axum::extract::State;
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, Who, may, role_may},
    api,
    clinic::Page,
    fault::{Code, Fault, FieldCode, FieldFault},
    ids::{BranchId, PersonId, ServiceId, TicketId},
    queue::{EstimateView, REASON_MAX_CHARS, StepKind, TicketView},
};

use super::{
    answers::{
        linked_ticket, my_tickets, own_ticket, own_ticket_again, past_tickets, queue_view, staff_row,
        staff_row_again,
    },
    live::LiveQueue,
    ops::{AnswerCall, CallNext, Cancel, Control, Join, Reason, Step, StepBack, action_of},
    quotes::{EstimateRow, estimate_list},
    remote::joins,
    steps::TicketRef,
    store::{self, reason_place},
    views::{Scene, branch_of},
    why::{reason_fits, why_of},
};
use crate::{
    app::App,
    clinic::Catalogue,
    http::{
        Asked, CallAnswer, Caller, Path, Query, Reply, Routes, SeenVersion, page_before, page_limit, page_of,
    },
    identity::{dependants::dependant_list, subject},
    writer::{Entry, Noted, Once},
};

/// How far back the accuracy of waiting times is judged, in milliseconds.
const ESTIMATES_MS: i64 = 30 * 86_400_000;
/// The most characters of a room's name.
const ROOM_MAX_CHARS: usize = 60;

/// The queue's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetBoard, board)
        .on(api::ControlQueue, control)
        .on(api::JoinQueue, join)
        .on(api::MyStatus, my_status)
        .on(api::MyHistory, my_history)
        .on(api::DoctorQueue, doctor_queue)
        .on(api::CallNext, call_next)
        .on(api::GetQueueStats, stats)
        .on(api::GetEstimates, estimates)
        .on(api::StepTicket, step)
        .on(api::StepBack, step_back)
        .on(api::CancelTicket, cancel)
        .on(api::AnswerCall, answer_call)
        .on(api::GetLinkedTicket, linked)
        .and(super::desk::routes())
        .and(super::kiosk::routes())
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
    Asked { body: request, once }: Asked<api::JoinQueue>,
) -> Reply<api::JoinQueue> {
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
            let active = active.ok_or(Code::NotFound)?;
            json(own_ticket(&app.core, &clinic, &caller.actor, (active, Action::TicketJoin))?)
        })
    })?;
    Ok(CallAnswer::of(own_ticket(&app.core, &clinic, &caller.actor, (out.id, Action::TicketJoin))?))
}

async fn my_status(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::MyStatus> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(my_tickets(&app.core, &clinic, &caller.actor)?))
}

async fn my_history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::MyHistory>,
) -> Reply<api::MyHistory> {
    let grant = may(&caller.actor, Action::TicketRead, &Resource::default().of(caller.actor.person()))?;
    let person: PersonId = caller.actor.person().ok_or(Code::Forbidden)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let limit = page_limit(query.limit)?;
    let before = page_before(query.cursor.as_deref())?;
    let mut conn = app.core.read().await?;
    let theirs = dependant_list(&mut conn, &grant).await;
    let theirs = theirs.map_err(|error| app.core.broken(&error))?;
    let mut found = Vec::new();
    // A dependant who was added at this moment is in the next answer.
    for (of, name) in iter::once((person, None)).chain(theirs.into_iter().map(|one| (one.id, Some(one.name))))
    {
        let Ok(grant) = may(&caller.actor, Action::TicketRead, &Resource::default().of(Some(of))) else {
            continue;
        };
        let visits = store::history_list(&mut conn, &grant, before, limit + 1).await;
        let visits = visits.map_err(|error| app.core.broken(&error))?;
        found.extend(past_tickets(&app.core, &clinic, &visits).into_iter().map(|ticket| TicketView {
            patient_id: name.as_ref().map(|_| of),
            patient_name: name.clone(),
            ..ticket
        }));
    }
    found.sort_by_key(|ticket| Reverse(ticket.id));
    let (items, next) = page_of(found, limit, |ticket| ticket.id.to_string());
    Ok(CallAnswer::of(Page { items, next }))
}

async fn doctor_queue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::DoctorQueue>,
) -> Reply<api::DoctorQueue> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let branch =
        branch_of(&caller.actor, &clinic.state::<Catalogue>(), query.branch_id).ok_or(Code::NotFound)?;
    let grant = may(&caller.actor, Action::QueueRead, &Resource::branch(branch))?;
    let view = queue_view(&app.core, &clinic, &caller.actor, &grant)?;
    let entry = Entry::new("queue.read", format!("branch:{branch}")).shown(view.patients());
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(view))
}

/// Adds the row of a ticket to a refusal: the one that the caller has called already, or sees; else the one that they
/// named, if its state is why they are refused. It shows a patient, so the audit log names them first.
async fn with_row(app: &App, caller: &Caller, fault: Fault, id: Option<TicketId>) -> Result<Fault, Fault> {
    let other = fault.present.clone().filter(|_| fault.code == Code::AlreadyCalled);
    let other = other.and_then(|present| serde_json::from_value::<TicketRef>(present).ok());
    let is_state = fault.code.status() == 409 && fault.code != Code::IdempotencyMismatch;
    let Some(id) = other.map(|other| other.id).or(id).filter(|_| is_state) else { return Ok(fault) };
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let Ok((row, grant)) = staff_row(&app.core, &clinic, &caller.actor, id) else { return Ok(fault) };
    if let Some(patient) = row.patient_id {
        let entry = Entry::new("queue.read", format!("ticket:{id}")).shown([patient]);
        app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    }
    Ok(fault.present(&row))
}

async fn call_next(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<api::CallNext>,
) -> Reply<api::CallNext> {
    let room = room_of(request.room)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let out = match app.writer.run(caller.by(once), CallNext { room, beside: request.beside }).await {
        Ok(out) => out,
        Err(fault) => return Err(with_row(&app, &caller, fault, None).await?.into()),
    };
    Ok(CallAnswer::of(staff_row(&app.core, &clinic, &caller.actor, out.id)?.0))
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
    SeenVersion(seen): SeenVersion,
    Asked { body: mut request, once }: Asked<api::StepTicket>,
) -> Reply<api::StepTicket> {
    // The answer is the row of staff. A patient's own acts have calls of their own.
    role_may(&caller.actor, Action::QueueRead)?;
    let version = request
        .version
        .or(seen)
        .ok_or_else(|| Fault::new(Code::Invalid).field("version", FieldCode::Version))?;
    request.room = room_of(request.room.take())?;
    reason_fits(&request)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let action = action_of(request.step).0;
    let out = if request.step == StepKind::Cancel {
        app.writer.run(caller.by(once), Cancel { id, version: Some(version) }).await
    } else {
        let why = why_of(&app.core, &clinic, id, &request).await?;
        app.writer.run(caller.by(once), Step { id, request, version, away: None, why }).await
    };
    let out = match out {
        Ok(out) => out,
        Err(fault) => return Err(with_row(&app, &caller, fault, Some(id)).await?.into()),
    };
    Ok(CallAnswer::of(staff_row_again(&app, &clinic, &caller.actor, (out.id, action)).await?))
}

async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
    SeenVersion(seen): SeenVersion,
    Asked { once, .. }: Asked<api::CancelTicket>,
) -> Reply<api::CancelTicket> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let out = app.writer.run(caller.by(once), Cancel { id, version: seen }).await;
    let shown = || json(own_ticket(&app.core, &clinic, &caller.actor, (id, Action::TicketCancel))?);
    let out = out.map_err(|fault| with_present(fault, shown))?;
    let of = (out.id, Action::TicketCancel);
    Ok(CallAnswer::of(own_ticket_again(&app, &clinic, &caller.actor, of).await?))
}

async fn step_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
    SeenVersion(seen): SeenVersion,
    Asked { body, once }: Asked<api::StepBack>,
) -> Reply<api::StepBack> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let op = StepBack { id, places: body.places, version: body.version.or(seen) };
    let out = app.writer.run(caller.by(once), op).await;
    let shown = || json(own_ticket(&app.core, &clinic, &caller.actor, (id, Action::TicketCancel))?);
    let out = out.map_err(|fault| with_present(fault, shown))?;
    let of = (out.id, Action::TicketCancel);
    Ok(CallAnswer::of(own_ticket_again(&app, &clinic, &caller.actor, of).await?))
}

async fn answer_call(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Reply<api::AnswerCall> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let shown = || own_ticket(&app.core, &clinic, &caller.actor, (id, Action::TicketCheckIn));
    let done = app.writer.run(caller.by(Once::No), AnswerCall { id }).await;
    done.map_err(|fault| with_present(fault, || json(shown()?)))?;
    Ok(CallAnswer::of(shown()?))
}

async fn control(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
    Asked { body, once }: Asked<api::ControlQueue>,
) -> Reply<api::ControlQueue> {
    Ok(CallAnswer::of(app.writer.run(caller.by(once), Control { branch, door: body.door }).await?))
}

async fn stats(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::GetQueueStats>,
) -> Reply<api::GetQueueStats> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let branch = branch_of(&caller.actor, &catalogue, query.branch_id).ok_or(Code::NotFound)?;
    may(&caller.actor, Action::QueueStatsRead, &Resource::branch(branch))?;
    let stats = clinic
        .with(|live: &LiveQueue| Scene { catalogue: &catalogue, live, at: app.core.now() }.stats(branch));
    Ok(CallAnswer::of(stats.ok_or(Code::NotFound)?))
}

async fn estimates(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::GetEstimates>,
) -> Reply<api::GetEstimates> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let branch = branch_of(&caller.actor, &catalogue, query.branch_id).ok_or(Code::NotFound)?;
    may(&caller.actor, Action::QueueStatsRead, &Resource::branch(branch))?;
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
    Ok(CallAnswer::of(Page { items, next: None }))
}

async fn board(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<api::GetBoard> {
    may(&caller.actor, Action::BoardRead, &Resource::default())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let catalogue = clinic.state::<Catalogue>();
    let board = clinic
        .with(|live: &LiveQueue| Scene { catalogue: &catalogue, live, at: app.core.now() }.board(branch));
    Ok(CallAnswer::of(board.ok_or(Code::NotFound)?))
}

async fn linked(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(secret): Path<String>,
) -> Reply<api::GetLinkedTicket> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(linked_ticket(&app.core, &clinic, &caller.actor, &secret)?))
}
