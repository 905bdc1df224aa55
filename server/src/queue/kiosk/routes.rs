//! The kiosk over REST.

use std::sync::Arc;

use axum::extract::State;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    access::{Action, Actor, Resource, may},
    api,
    clinic::Page,
    fault::{Code, Fault, FieldFault},
    identity::Limit,
    ids::{BranchId, TicketId},
    queue::{HANDED_MAX, KioskSetup, KioskTicket, Label, MyTickets, SealedTicket, kiosk_place, series_label},
};

use super::{
    claim::{present, tickets_of},
    hand_over::{HandOver, Opened},
    ops::{CheckIn, CheckInAsk, HeldSettle, LetterGive, kiosk},
};
use crate::{
    app::App,
    attempts::Try,
    clinic::{Catalogue, local_day},
    engine::Clinic,
    http::{Asked, Body, CallAnswer, Caller, Path, Reply, Routes},
    queue::{LiveQueue, answers::own_ticket, secrets::kiosk_key},
    writer::Once,
};

/// How often a kiosk may send a phone number and date of birth that fit no patient, in the window of the limits.
const WRONG_MAX: u32 = 60;
/// How often it may send a wrong code. A code has 40 bits; the limit bounds only the work and the log.
const CODES_MAX: u32 = 600;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::CheckIn, check_in)
        .on(api::ArriveSelf, arrive)
        .on(api::SettleHeld, settle)
        .on(api::GetKiosk, setup)
        .on(api::HandOverTickets, hand_over)
}

async fn check_in(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
    Body(request): Body<api::CheckIn>,
) -> Reply<api::CheckIn> {
    let grant = may(&caller.actor, Action::TicketCheckIn, &Resource::branch(branch))?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let Actor::Known(known) = &caller.actor else { return Err(Code::SignedOut.into()) };
    let of = format!("{branch} {:?}", known.who);
    // Counted apart, so that nobody who types wrong codes keeps out those who check in by number, nor the other way round.
    let by_code = request.code.is_some();
    let (kind, max) = if by_code { ("check in by code", CODES_MAX) } else { ("check in", WRONG_MAX) };
    let limit = Limit { window_ms: app.config.limits.window_s * 1_000, max, grows: false };
    let tries = vec![Try::new(&app.core, clinic.id, kind, &of, limit)];
    let found = match tickets_of(&app.core, &clinic, &grant, &request).await {
        Err(fault) if fault.code == Code::TicketElsewhere && !by_code => {
            app.writer.run(caller.by(Once::No), CheckInAsk { branch, tries, found: "elsewhere" }).await?;
            return Err(fault.into());
        }
        found => found?,
    };
    // Data that fits no patient is counted, and so is a guessed label.
    let tickets = match present(&found, &request) {
        Err(fault) if fault.code == Code::CheckInUnknown => Vec::new(),
        Err(fault) => {
            app.writer.run(caller.by(Once::No), CheckInAsk { branch, tries, found: "several" }).await?;
            return Err(fault.into());
        }
        Ok(tickets) => tickets,
    };
    let op = CheckIn { tickets, branch: Some(branch), by_code, tries };
    let done = app.writer.run(caller.by(Once::No), op).await?;
    if done.is_empty() {
        return Err(Code::CheckInUnknown.into());
    }
    let tickets = done
        .iter()
        .map(|ticket| own_ticket(&app.core, &clinic, &caller.actor, (ticket.id, Action::TicketCheckIn)));
    Ok(CallAnswer::of(MyTickets { tickets: tickets.collect::<Result<_, _>>()?, ..MyTickets::default() }))
}

async fn arrive(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Reply<api::ArriveSelf> {
    let op = CheckIn { tickets: vec![id], branch: None, by_code: false, tries: Vec::new() };
    app.writer.run(caller.by(Once::No), op).await?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(own_ticket(&app.core, &clinic, &caller.actor, (id, Action::TicketCheckIn))?))
}

async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Asked { body, once }: Asked<api::SettleHeld>,
) -> Reply<api::SettleHeld> {
    let done = app.writer.run(caller.by(once), HeldSettle { id, taken: body.taken }).await?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(own_ticket(&app.core, &clinic, &caller.actor, (done.id, Action::TicketHold))?))
}

async fn setup(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetKiosk> {
    let (device_id, branch_id, _) = kiosk(&caller.actor)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let letter = app.writer.run(caller.by(Once::No), LetterGive).await?;
    let last_number = last_number(&app, &clinic, branch_id, letter).ok_or(Code::NotFound)?;
    let seal_key = BASE64_URL_SAFE_NO_PAD.encode(kiosk_key(&app.core.root, clinic.id).public());
    Ok(CallAnswer::of(KioskSetup { device_id, branch_id, letter, last_number, seal_key }))
}

fn last_number(app: &App, clinic: &Clinic, branch: BranchId, letter: char) -> Option<u32> {
    let day = local_day(clinic.state::<Catalogue>().branch(branch)?, app.core.now());
    let series = series_label(letter, 1)?;
    clinic.with(|live: &LiveQueue| {
        let last = live.branch(branch).map_or(0, |here| here.last_number(&day, series.prefix()));
        // A patient who is still there from the day before keeps their number, so it is not given again.
        let earlier = live.of_earlier_days(branch, &day).into_iter().map(|live| &live.ticket.label);
        let held = earlier.filter(|label| label.prefix() == series.prefix()).map(Label::number);
        Some(held.fold(last, u32::max))
    })
}

async fn hand_over(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(handing): Body<api::HandOverTickets>,
) -> Reply<api::HandOverTickets> {
    let (device, _, grant) = kiosk(&caller.actor)?;
    if handing.tickets.len() > HANDED_MAX {
        return Err(Fault::new(Code::Invalid).field("tickets", FieldFault::items(0, HANDED_MAX)).into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let key = kiosk_key(&app.core.root, clinic.id);
    let mut tickets = Vec::with_capacity(handing.tickets.len());
    for SealedTicket { id, sealed } in handing.tickets {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(&sealed).unwrap_or_default();
        let ticket = key.open(&kiosk_place(device, id), &sealed).ok();
        let ticket: Option<KioskTicket> = ticket.and_then(|text| serde_json::from_slice(&text).ok());
        let mut claimed = Vec::new();
        if let Some(claim) = ticket.as_ref().and_then(|ticket| ticket.check_in.as_ref()) {
            // Data that fits no patient changes nothing: the person with the paper waits.
            let found = match tickets_of(&app.core, &clinic, &grant, claim).await {
                Err(fault) if fault.code.status() >= 500 => return Err(fault.into()),
                found => found.unwrap_or_default(),
            };
            claimed = found.iter().map(|ticket| ticket.id).collect();
        }
        tickets.push(Opened { id, ticket, claimed });
    }
    let items = app.writer.run(caller.by(Once::No), HandOver { sent: handing.now, tickets }).await?;
    Ok(CallAnswer::of(Page { items, next: None }))
}
