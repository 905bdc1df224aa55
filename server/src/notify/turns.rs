//! Tells patients that their turn comes: watches the live queue, and writes the messages.

use std::{collections::HashSet, sync::Arc, time::Duration};

use medlane_shared::{
    access::Actor,
    fault::{Code, Language},
    ids::{ClinicId, PersonId, TicketId},
    notify::Channel,
    queue::State,
    time::Timestamp,
};

use super::{Message, Named, Template, choice, inbox, limits, post, push::store::push_list, store};
use crate::{
    app::App,
    clinic::{Clinic, Moves},
    identity::{account_by_id, attempts::Spent, dependants::guardian_list},
    queue::LiveQueue,
    writer::{By, Done, Failure, Op, Unit},
};

/// The queue is examined after it has been still for this long, so that several moves at once count as one.
const SETTLE: Duration = Duration::from_millis(300);
/// A call that is older than this is not reported any more, in milliseconds.
const USE_MS: i64 = 10 * 60_000;

/// A notice to a patient: the ticket, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The ticket.
    pub ticket: TicketId,
    /// The time of the call, which tells calls of one ticket apart; `None` for "nearly your turn".
    pub call: Option<Timestamp>,
}

/// The notices that are due in the present state of the queue.
#[must_use]
pub fn due(live: &LiveQueue, clinic: &Clinic, now: Timestamp) -> Vec<Turn> {
    let called = live.of_patients().filter(|live| live.ticket.state == State::Called);
    let called = called.filter_map(|live| {
        let call = live.ticket.call.as_ref().filter(|call| now.since_ms(call.at) < USE_MS)?;
        Some(Turn { ticket: live.ticket.id, call: Some(call.at) })
    });
    let mut turns: Vec<Turn> = called.collect();
    let catalogue = clinic.catalogue();
    for branch in &catalogue.branches {
        let Some(here) = live.branch(branch.id) else { continue };
        let (near, rates) = (catalogue.near(branch.id), catalogue.rates(branch.id));
        for ticket in here.line().fronts(near) {
            let is_near = live.ticket(ticket).is_some_and(|live_ticket| {
                let ticket = &live_ticket.ticket;
                ticket.patient.is_some() && live.ahead(ticket, now, &rates).is_some_and(|ahead| ahead < near)
            });
            if is_near {
                turns.push(Turn { ticket, call: None });
            }
        }
    }
    turns
}

/// Watches a clinic's queue until the server ends.
pub async fn watch(app: Arc<App>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let all = [Channel::Email, Channel::Sms, Channel::Push];
    let channels: Vec<Channel> = all.into_iter().filter(|channel| app.config.reaches(*channel)).collect();
    let mut moves = Moves::of(&app, &found, SETTLE);
    let mut told = told_before(&app, clinic).await;
    while moves.next(tell_once(&app, &found, &channels, &mut told).await).await {}
}

/// The calls that patients were told about before this watch began. If such a call is undone, the patients have to be
/// told.
async fn told_before(app: &App, clinic: ClinicId) -> HashSet<Turn> {
    let since = app.core.now().plus_ms(-USE_MS);
    let Ok(mut conn) = app.core.read().await else { return HashSet::new() };
    let turns = store::turn_list(&mut conn, clinic, since).await;
    turns.map_err(|error| app.core.broken(&error)).unwrap_or_default().into_iter().collect()
}

/// What became of a call that is no longer due.
enum Past {
    /// The ticket is still called.
    Called,
    /// The call was undone: the ticket is in line again, or parked.
    Back,
    /// The patient did not come.
    Missed,
    /// The patient came, or gave the place up.
    Over,
}

fn past(live: &LiveQueue, turn: Turn) -> Past {
    let Some(ticket) = live.ticket(turn.ticket).map(|live| &live.ticket) else { return Past::Over };
    let was_seen = ticket.serving_at.zip(turn.call).is_some_and(|(seen, call)| seen >= call);
    match ticket.state {
        State::Called => Past::Called,
        State::Waiting | State::Parked if !was_seen => Past::Back,
        State::NoShow => Past::Missed,
        _ => Past::Over,
    }
}

/// Gives the notices that are due and were not given yet.
async fn tell_once(
    app: &App,
    clinic: &Clinic,
    channels: &[Channel],
    told: &mut HashSet<Turn>,
) -> Result<(), String> {
    let due = clinic.with_live(|live| due(live, clinic, app.core.now()));
    // Forget turns that are no longer due, except standing calls.
    for turn in told.iter().filter(|turn| !due.contains(turn)).copied().collect::<Vec<_>>() {
        let ended = match clinic.with_live(|live| past(live, turn)) {
            Past::Called if turn.call.is_some() => continue,
            Past::Back if turn.call.is_some() => Some(Template::TurnBack),
            Past::Missed if turn.call.is_some() => Some(Template::TurnMissed),
            _ => None,
        };
        if let Some(template) = ended {
            let tell = TellBack { ticket: turn.ticket, template, channels: channels.to_vec() };
            app.writer.run(By::system(clinic.id), tell).await.map_err(|fault| fault.to_string())?;
        }
        told.remove(&turn);
    }
    for turn in due {
        if !told.contains(&turn) {
            let tell = Tell { turn, channels: channels.to_vec() };
            app.writer.run(By::system(clinic.id), tell).await.map_err(|fault| fault.to_string())?;
            told.insert(turn);
        }
    }
    Ok(())
}

/// Tells a patient about their turn. Each notice is given once, however many nodes see it.
#[derive(Debug, Clone)]
pub struct Tell {
    /// The notice.
    pub turn: Turn,
    /// The configured channels.
    pub channels: Vec<Channel>,
}

impl Op for Tell {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let Turn { ticket: id, call } = self.turn;
        let at = unit.at();
        let Some(live) = unit.live().ticket(id).cloned() else { return Ok(unit.commit_unaudited()) };
        if store::turn_is_told(unit.reads().await?, self.turn).await? {
            return Ok(unit.commit_unaudited());
        }
        let catalogue = unit.catalogue();
        let ahead = unit.live().ahead(&live.ticket, at, &catalogue.rates(live.ticket.branch));
        let branch =
            catalogue.branch(live.ticket.branch).map(|branch| branch.name.clone()).unwrap_or_default();
        let room = live.ticket.call.as_ref().and_then(|call| call.room.clone());
        let (template, place) = match (call, live.ticket.state) {
            (Some(_), State::Called) => (Template::TurnNow, room.unwrap_or(branch)),
            (None, State::Waiting) => (Template::TurnSoon, branch),
            _ => return Ok(unit.commit_unaudited()),
        };
        store::turn_put(unit.writes().await?, self.turn, at).await?;
        let ahead = ahead.unwrap_or_default().to_string();
        let label = live.ticket.label.to_string();
        let named = [("label", label.as_str()), ("place", place.as_str()), ("ahead", ahead.as_str())];
        let Some(patient) = live.ticket.patient else { return Ok(unit.commit_unaudited()) };
        let spent = match template {
            Template::TurnSoon => limits::spend_soon(unit, patient, live.ticket.service).await?,
            _ => Spent::Free,
        };
        match spent {
            Spent::Free => tell(unit, patient, (template, None), &named, &self.channels).await?,
            // A patient who leaves and joins again is told only once, and administrators see the held message once.
            Spent::Held { is_first: false, .. } => {}
            Spent::Held { why, .. } => {
                tell(unit, patient, (template, Some(why)), &named, &self.channels).await?;
            }
        }
        Ok(unit.commit_unaudited())
    }
}

/// Tells a patient that a call no longer holds, once, however many nodes see it. The next call is reported like the
/// first.
#[derive(Debug, Clone)]
pub struct TellBack {
    /// The ticket.
    pub ticket: TicketId,
    /// The text: the call was undone, or missed.
    pub template: Template,
    /// The configured channels.
    pub channels: Vec<Channel>,
}

impl Op for TellBack {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let Some(live) = unit.live().ticket(self.ticket).cloned() else { return Ok(unit.commit_unaudited()) };
        let stands = match self.template {
            Template::TurnMissed => live.ticket.state == State::NoShow,
            _ => matches!(live.ticket.state, State::Waiting | State::Parked),
        };
        if !stands || !store::turn_forget(unit.writes().await?, self.ticket).await? {
            return Ok(unit.commit_unaudited());
        }
        let catalogue = unit.catalogue();
        let place =
            catalogue.branch(live.ticket.branch).map(|branch| branch.name.clone()).unwrap_or_default();
        let label = live.ticket.label.to_string();
        let named = [("label", label.as_str()), ("place", place.as_str())];
        if let Some(patient) = live.ticket.patient {
            tell(unit, patient, (self.template, None), &named, &self.channels).await?;
        }
        Ok(unit.commit_unaudited())
    }
}

/// Writes to a patient, or to the people who look after them, on all channels that they chose. With `held` the
/// message is only stored for administrators, with that reason.
async fn tell(
    unit: &mut Unit<'_>,
    patient: PersonId,
    (template, held): (Template, Option<&'static str>),
    named: &[Named<'_>],
    channels: &[Channel],
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    for person in whom(unit, clinic, patient).await? {
        let account = account_by_id(unit.reads().await?, clinic, person).await?;
        let Some(account) = account.filter(|account| !account.suspended) else { continue };
        let chosen = store::choice_by_person(unit.reads().await?, clinic, person).await?;
        let chosen = chosen.unwrap_or_else(|| choice::unchosen(&account));
        let language = account.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        if held.is_none() {
            inbox::put(unit, person, template, named, language).await?;
        }
        let key = unit.clinic_key().clone();
        let browsers = push_list(unit.reads().await?, (clinic, &key), person, at).await?;
        let browsers = browsers.iter().filter_map(|one| serde_json::to_string(one).ok());
        let chosen =
            choice::reached(&account).into_iter().filter(|(channel, _)| chosen.channels.contains(channel));
        for (channel, to) in chosen.chain(browsers.map(|one| (Channel::Push, one))) {
            if channels.contains(&channel) {
                let message = Message {
                    person: Some(person),
                    channel,
                    to: &to,
                    template,
                    named,
                    language,
                    due_at: None,
                    expires_at: Some(at.plus_ms(USE_MS)),
                    held,
                };
                post(unit, message).await?;
            }
        }
    }
    Ok(())
}

/// The patient, if any channel reaches them; otherwise the people who look after them.
async fn whom(unit: &mut Unit<'_>, clinic: ClinicId, patient: PersonId) -> Result<Vec<PersonId>, Failure> {
    let account = account_by_id(unit.reads().await?, clinic, patient).await?;
    if account.is_some_and(|account| !choice::reached(&account).is_empty()) {
        return Ok(vec![patient]);
    }
    Ok(guardian_list(unit.reads().await?, clinic, patient).await?)
}
