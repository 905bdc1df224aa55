//! Who is told that their turn comes: a watch on the live queue, and what it writes down.

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

/// A move of the queue is looked at once it has been still for so long: several at once are one.
const SETTLE: Duration = Duration::from_millis(300);
/// A call that nobody was told of in this time is old news.
const USE_MS: i64 = 10 * 60_000;

/// What somebody is told, and of which ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Turn {
    /// Which ticket.
    pub ticket: TicketId,
    /// When the call was made, which tells calls of one ticket apart; `None` if it is nearly their turn.
    pub call: Option<Timestamp>,
}

/// What people are to be told of the queue as it is.
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

/// The calls that people were told of before this watch began: if such a call is taken back, they must be told.
async fn told_before(app: &App, clinic: ClinicId) -> HashSet<Turn> {
    let since = app.core.now().plus_ms(-USE_MS);
    let Ok(mut conn) = app.core.read().await else { return HashSet::new() };
    let turns = store::turn_list(&mut conn, clinic, since).await;
    turns.map_err(|error| app.core.broken(&error)).unwrap_or_default().into_iter().collect()
}

/// What a call that is not due any more has become.
enum Past {
    /// It stands still.
    Called,
    /// Back in line, or put aside: taken back.
    Back,
    /// They did not come.
    Missed,
    /// They came, or gave the place up.
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

/// Tells who is to be told by now, and was not yet.
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

/// Tells somebody of their turn, once, however many nodes see it.
#[derive(Debug, Clone)]
pub struct Tell {
    /// Of what.
    pub turn: Turn,
    /// What is set up to send by.
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
            // Whoever leaves and joins again is told no more than once, and administrators see it once.
            Spent::Held { is_first: false, .. } => {}
            Spent::Held { why, .. } => {
                tell(unit, patient, (template, Some(why)), &named, &self.channels).await?;
            }
        }
        Ok(unit.commit_unaudited())
    }
}

/// Tells somebody who was told of a call that it does not count any more, once, however many nodes see it. The next call is
/// told as the first was.
#[derive(Debug, Clone)]
pub struct TellBack {
    /// Of which ticket.
    pub ticket: TicketId,
    /// That it was taken back, or missed.
    pub template: Template,
    /// What is set up to send by.
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

/// Writes to a patient, or to whoever looks after them, by all ways that they chose; with why it is held back, it is written down
/// for administrators alone.
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

/// The patient, where anything reaches them; else whoever looks after them.
async fn whom(unit: &mut Unit<'_>, clinic: ClinicId, patient: PersonId) -> Result<Vec<PersonId>, Failure> {
    let account = account_by_id(unit.reads().await?, clinic, patient).await?;
    if account.is_some_and(|account| !choice::reached(&account).is_empty()) {
        return Ok(vec![patient]);
    }
    Ok(guardian_list(unit.reads().await?, clinic, patient).await?)
}
