//! Tells patients that their turn comes: watches the live queue, and writes the messages.

mod store;
mod turn;

use std::{collections::HashSet, sync::Arc, time::Duration};

use medlane_shared::{
    access::Actor,
    fault::Code,
    identity::first_name,
    ids::{ClinicId, PersonId},
    notify::Channel,
    queue::{CancelledBy, State, Ticket},
    time::Timestamp,
};

pub use turn::Turn;
use turn::{About, Called};

use crate::{
    app::App,
    attempts::Spent,
    clinic::{Catalogue, Moves},
    engine::Clinic,
    identity::{Addressee, addressee, dependants::guardian_list, unchosen},
    notify::push::push_list,
    notify::{Message, Named, Template, choice_by_person, inbox, post, reception, spend_soon},
    queue::{LiveQueue, Scene},
    writer::{By, Done, Failure, Op, Unit},
};

/// The queue is examined after it has been still for this long, so that several moves at once count as one.
const SETTLE: Duration = Duration::from_millis(300);
/// A call that is older than this is not reported any more, in milliseconds.
const USE_MS: i64 = 10 * 60_000;

/// The call of a ticket that is called now.
fn standing(ticket: &Ticket) -> Option<Turn> {
    let call = ticket.call.as_ref().filter(|_| ticket.state == State::Called)?;
    Some(Turn { ticket: ticket.id, about: About::Call(Called { at: call.at, room: call.room.clone() }) })
}

/// The notice that the clinic has cancelled a ticket. A patient who leaves the queue knows it.
fn cancelled(ticket: &Ticket, now: Timestamp) -> Option<Turn> {
    let is_new = ticket.ended_at.is_some_and(|ended| now.since_ms(ended) < USE_MS);
    let by_clinic = ticket.cancelled_by() == Some(CancelledBy::Clinic);
    (ticket.patient.is_some() && is_new && by_clinic)
        .then_some(Turn { ticket: ticket.id, about: About::Cancelled })
}

/// The notice that a visit was sent on, until the patient is called there.
fn sent(ticket: &Ticket, now: Timestamp) -> Option<Turn> {
    let sent = ticket.lately_sent().filter(|sent| now.since_ms(sent.at) < USE_MS)?;
    Some(Turn { ticket: ticket.id, about: About::Sent(sent.at) })
}

/// Whether the ticket has still made this transfer.
fn has_sent(ticket: &Ticket, at: Timestamp) -> bool {
    ticket.sent.iter().any(|sent| sent.at == at)
}

/// The notices that are due in the present state of the queue.
#[must_use]
pub fn due(live: &LiveQueue, clinic: &Clinic, now: Timestamp) -> Vec<Turn> {
    let called = live.of_patients().filter_map(|live| standing(&live.ticket));
    let called = called.filter(|turn| turn.call().is_some_and(|call| now.since_ms(call.at) < USE_MS));
    let mut turns: Vec<Turn> = called.collect();
    let catalogue = clinic.state::<Catalogue>();
    for branch in &catalogue.branches {
        let Some(here) = live.branch(branch.id) else { continue };
        let gone = live.in_state(branch.id, State::Cancelled);
        turns.extend(gone.filter_map(|live| cancelled(&live.ticket, now)));
        let (near, rates) = (catalogue.near(branch.id), catalogue.rates(branch.id));
        for ticket in here.line().fronts(near) {
            let is_near = live.ticket(ticket).is_some_and(|live_ticket| {
                let ticket = &live_ticket.ticket;
                ticket.patient.is_some() && live.ahead(ticket, now, &rates).is_some_and(|ahead| ahead < near)
            });
            if is_near {
                turns.push(Turn { ticket, about: About::Soon });
            }
        }
    }
    // A phone shows the last notice of a ticket: that it was sent on, rather than that its turn is near.
    turns.extend(live.of_patients().filter_map(|live| sent(&live.ticket, now)));
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

/// The calls and transfers that patients were told about before this watch began. If one is undone, the patients have
/// to be told.
async fn told_before(app: &App, clinic: ClinicId) -> HashSet<Turn> {
    let since = app.core.now().plus_ms(-USE_MS);
    let Ok(mut conn) = app.core.read().await else { return HashSet::new() };
    let turns = store::turn_list(&mut conn, clinic, since).await;
    turns.map_err(|error| app.core.broken(&error)).unwrap_or_default().into_iter().collect()
}

/// The message about a call that has ended.
fn ended(ticket: &Ticket, may_return: bool) -> Option<Template> {
    // An undone first call is no longer in the ticket.
    let seen = ticket.serving_at.zip(ticket.call.as_ref());
    let was_seen = seen.is_some_and(|(seen, call)| seen >= call.at);
    match ticket.state {
        State::Called | State::Held => None,
        State::Serving | State::Done => Some(Template::TurnCame),
        // The notice of the transfer says it.
        State::Waiting if ticket.lately_sent().is_some() => None,
        State::Waiting | State::Parked if was_seen => Some(Template::TurnCame),
        State::Waiting => Some(Template::TurnBack),
        State::Parked => Some(Template::TurnHold),
        State::NoShow if may_return => Some(Template::TurnMissed),
        State::NoShow => Some(Template::TurnOver),
        // The notice of the cancelled ticket says it.
        State::Cancelled if ticket.cancelled_by() == Some(CancelledBy::Clinic) => None,
        State::Cancelled => Some(Template::TurnCancelled),
    }
}

/// The message that a cancelled ticket is not cancelled after all. A call gets a message of its own.
const fn back(state: State) -> Option<Template> {
    match state {
        State::Waiting => Some(Template::TurnBack),
        State::Parked => Some(Template::TurnHold),
        _ => None,
    }
}

/// The message that a visit was not sent on after all. A call, and the end of a visit, say enough.
const fn unsent(state: State) -> Option<Template> {
    match state {
        State::Waiting | State::Parked | State::Serving => Some(Template::TurnUnsent),
        _ => None,
    }
}

/// Whether what a patient was told was undone: a cancelled ticket goes on, or a visit was not sent on.
fn is_off(live: &LiveQueue, turn: &Turn) -> bool {
    let Some(live) = live.ticket(turn.ticket) else { return false };
    match turn.about {
        About::Cancelled => live.ticket.state != State::Cancelled,
        About::Sent(at) => !has_sent(&live.ticket, at),
        About::Soon | About::Call(_) => false,
    }
}

/// Gives the notices that are due and were not given yet.
async fn tell_once(
    app: &App,
    clinic: &Clinic,
    channels: &[Channel],
    told: &mut HashSet<Turn>,
) -> Result<(), String> {
    let mut due = clinic.with(|live: &LiveQueue| due(live, clinic, app.core.now()));
    // Forget turns that are no longer due, except standing calls.
    for turn in told.iter().filter(|turn| !due.contains(turn)).cloned().collect::<Vec<_>>() {
        if clinic.with(|live: &LiveQueue| is_off(live, &turn)) {
            // It was undone: the patient is in line again, or called.
            let tell = TellEnd { turn: turn.clone(), channels: channels.to_vec() };
            app.writer.run(By::system(clinic.id), tell).await.map_err(|fault| fault.to_string())?;
        }
        if let Some(call) = turn.call() {
            let now = clinic.with(|live: &LiveQueue| standing(&live.ticket(turn.ticket)?.ticket));
            match now {
                Some(now) if now == turn => continue,
                // The call is still in effect, in another room: tell the patient, however old the call is.
                Some(now) if now.call().is_some_and(|now| now.at == call.at) => {
                    if !due.contains(&now) {
                        due.push(now);
                    }
                }
                // Another call is in effect; it gets a message of its own.
                Some(_) => {}
                None => {
                    let tell = TellEnd { turn: turn.clone(), channels: channels.to_vec() };
                    app.writer.run(By::system(clinic.id), tell).await.map_err(|fault| fault.to_string())?;
                }
            }
        }
        told.remove(&turn);
    }
    for turn in due {
        if !told.contains(&turn) {
            let tell = Tell { turn: turn.clone(), channels: channels.to_vec() };
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
        let Turn { ticket: id, about } = &self.turn;
        let at = unit.at();
        let Some(live) = unit.state::<LiveQueue>().ticket(*id).cloned() else {
            return Ok(unit.commit_unaudited());
        };
        let told = store::turn_room(unit.reads().await?, &self.turn).await?;
        let room = self.turn.call().and_then(|call| call.room.clone());
        if told.as_deref().is_some_and(|told| told == room.as_deref().unwrap_or_default()) {
            return Ok(unit.commit_unaudited());
        }
        let catalogue = unit.keep::<Catalogue>();
        let ahead = unit.state::<LiveQueue>().ahead(&live.ticket, at, &catalogue.rates(live.ticket.branch));
        let branch =
            catalogue.branch(live.ticket.branch).map(|branch| branch.name.clone()).unwrap_or_default();
        // Also a new call to another room says that the room changed.
        let before = store::turn_last_room(unit.reads().await?, *id).await?;
        let is_moved = before.is_some_and(|before| before != room.as_deref().unwrap_or_default());
        let (template, place) = match (about, live.ticket.state) {
            // The call has changed since: the present one gets a message of its own.
            (About::Call(_), State::Called) if standing(&live.ticket).as_ref() != Some(&self.turn) => {
                return Ok(unit.commit_unaudited());
            }
            (About::Call(_), State::Called) if is_moved => (Template::TurnMoved, room),
            (About::Call(_), State::Called) => (Template::TurnNow, room),
            (About::Soon, State::Waiting) => (Template::TurnSoon, Some(branch)),
            (About::Cancelled, State::Cancelled) => (Template::TurnCancelled, Some(branch)),
            // The patient was called there meanwhile, or it was undone.
            (About::Sent(_), _) if sent(&live.ticket, at).as_ref() != Some(&self.turn) => {
                return Ok(unit.commit_unaudited());
            }
            (About::Sent(_), _) => (Template::TurnSent, Some(branch)),
            _ => return Ok(unit.commit_unaudited()),
        };
        store::turn_put(unit.writes().await?, &self.turn, at).await?;
        let ahead = ahead.unwrap_or_default().to_string();
        let label = live.ticket.label.to_string();
        let place = place.as_deref().map(|place| ("place", place));
        let scene = Scene { catalogue: &catalogue, live: unit.state::<LiveQueue>(), at };
        let sent_to = scene.line_name(&live.ticket);
        let facts = [("label", label.as_str()), ("ahead", ahead.as_str()), ("service", sent_to.as_str())];
        let named: Vec<Named<'_>> = facts.into_iter().chain(place).collect();
        let name = live.patient.as_ref().map(|patient| patient.name.clone()).unwrap_or_default();
        let Some(patient) = live.ticket.patient else { return Ok(unit.commit_unaudited()) };
        let spent = match template {
            Template::TurnSoon => spend_soon(unit, patient, live.ticket.service).await?,
            _ => Spent::Free,
        };
        match spent {
            Spent::Free => tell(unit, (patient, &name), (template, None), &named, &self.channels).await?,
            // A patient who leaves and joins again is told only once, and administrators see the held message once.
            Spent::Held { is_first: false, .. } => {}
            Spent::Held { why, .. } => {
                tell(unit, (patient, &name), (template, Some(why)), &named, &self.channels).await?;
            }
        }
        Ok(unit.commit_unaudited())
    }
}

/// Tells a patient who was told of a call how it ended, or that a cancelled ticket or a transfer was undone: once, however many nodes
/// see it. The next call gets a message as the first did.
#[derive(Debug, Clone)]
pub struct TellEnd {
    /// The notice that does not hold any more.
    pub turn: Turn,
    /// The configured channels.
    pub channels: Vec<Channel>,
}

impl Op for TellEnd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let Some(live) = unit.state::<LiveQueue>().ticket(self.turn.ticket).cloned() else {
            return Ok(unit.commit_unaudited());
        };
        let (ticket, catalogue) = (&live.ticket, unit.keep::<Catalogue>());
        let scene = Scene { catalogue: &catalogue, live: unit.state::<LiveQueue>(), at: unit.at() };
        let may_return = scene.return_until(ticket).is_some();
        let sent_to = scene.line_name(ticket);
        let holds = match self.turn.about {
            About::Sent(at) => has_sent(ticket, at),
            About::Call(_) => matches!(ticket.state, State::Called | State::Held),
            About::Soon | About::Cancelled => ticket.state == State::Cancelled,
        };
        if holds || !store::turn_forget(unit.writes().await?, &self.turn).await? {
            return Ok(unit.commit_unaudited());
        }
        let template = match self.turn.about {
            About::Call(_) => ended(ticket, may_return),
            About::Sent(_) => unsent(ticket.state),
            About::Soon | About::Cancelled => back(ticket.state),
        };
        let Some(template) = template else { return Ok(unit.commit_unaudited()) };
        let place = catalogue.branch(ticket.branch).map(|branch| branch.name.clone()).unwrap_or_default();
        let label = ticket.label.to_string();
        let named = [("label", label.as_str()), ("place", place.as_str()), ("service", sent_to.as_str())];
        if let Some(patient) = ticket.patient {
            let name = live.patient.as_ref().map(|patient| patient.name.clone()).unwrap_or_default();
            tell(unit, (patient, &name), (template, None), &named, &self.channels).await?;
        }
        Ok(unit.commit_unaudited())
    }
}

/// The ticket in a message. The label comes first, so that the message has the direction of its language. A person who
/// looks after others reads whose ticket it is.
fn who(label: &str, name: &str, is_own: bool) -> String {
    let name = first_name(name);
    match (is_own || name.is_empty(), name.is_ascii()) {
        (true, _) => label.to_owned(),
        (false, true) => format!("{label} ({name})"),
        // The isolates keep a name of another direction together.
        (false, false) => format!("{label} (\u{2068}{name}\u{2069})"),
    }
}

/// Writes to a patient, or to the people who look after them, on all channels that they chose. With `held` the
/// message is only stored for administrators, with that reason.
async fn tell(
    unit: &mut Unit<'_>,
    (patient, name): (PersonId, &str),
    (template, held): (Template, Option<&'static str>),
    named: &[Named<'_>],
    channels: &[Channel],
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    for person in whom(unit, clinic, patient).await? {
        let addressee = addressee(unit.reads().await?, clinic, person).await?;
        let Some(Addressee { language, reached, .. }) = addressee.filter(|one| !one.is_suspended) else {
            continue;
        };
        let chosen = choice_by_person(unit.reads().await?, clinic, person).await?;
        let chosen = chosen.unwrap_or_else(|| unchosen(&reached));
        let label = named.iter().find(|(key, _)| *key == "label").map_or("", |(_, label)| label);
        let who = who(label, name, person == patient);
        // Where there is no room to go to, reception says where to go on.
        let place = named.iter().all(|(key, _)| *key != "place").then(|| reception(language));
        let place = place.as_deref().map(|place| ("place", place));
        let named: Vec<Named<'_>> =
            named.iter().copied().chain([("who", who.as_str())]).chain(place).collect();
        let named = named.as_slice();
        if held.is_none() && !template.is_quiet() {
            inbox::put(unit, person, template, named, language).await?;
        }
        let key = unit.clinic_key().clone();
        let browsers = push_list(unit.reads().await?, (clinic, &key), person, at).await?;
        let browsers = browsers.into_iter().filter_map(|one| match one {
            Ok(one) => serde_json::to_string(&one).ok(),
            Err(error) => {
                tracing::error!(%error, %person, "a browser's subscription");
                None
            }
        });
        let chosen = reached.into_iter().filter(|(channel, _)| chosen.channels.contains(channel));
        for (channel, to) in chosen.chain(browsers.map(|one| (Channel::Push, one))) {
            if channels.contains(&channel) && (channel == Channel::Push || !template.is_quiet()) {
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
    let addressee = addressee(unit.reads().await?, clinic, patient).await?;
    if addressee.is_some_and(|one| !one.reached.is_empty()) {
        return Ok(vec![patient]);
    }
    Ok(guardian_list(unit.reads().await?, clinic, patient).await?)
}
