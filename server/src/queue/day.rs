//! The end of a branch's day. Without it, patients who went home in the evening would be called the next morning.

use std::sync::Arc;

use medlane_shared::{
    access::Actor,
    clinic::Branch,
    fault::Code,
    ids::{BranchId, PersonId},
    queue::{State, Step, Ticket},
    time::Timestamp,
};
use serde_json::json;

use super::{
    change::{Change, QUEUE},
    live::{Live, LiveQueue},
    steps::kept,
    store,
};
use crate::{
    clinic::{Catalogue, local_day},
    engine::Clinic,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// At a branch that is open at night, a ticket of the day before ends when nothing has happened to it for this long,
/// in milliseconds.
const STILL_MS: i64 = 12 * 3_600_000;
/// A desk counts as working after the closing hour if its last call, start or end of a visit is at most this long
/// ago, in milliseconds.
const WORKS_MS: i64 = 30 * 60_000;
/// How long a called patient may take to come, whatever else the desk does, in milliseconds.
const CALLED_MS: i64 = 30 * 60_000;
/// A visit that nobody ended is over after this long, in milliseconds: the doctor has forgotten to end it.
const SERVES_MS: i64 = 4 * 3_600_000;
/// The most tickets that end in one operation.
const AT_ONCE: usize = 100;

/// The branches with days that are over, but were not ended yet.
pub fn over(clinic: &Clinic, now: Timestamp) -> Vec<DayEnd> {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let branches = catalogue.branches.iter();
        let due = branches
            .filter(|branch| evening(&catalogue, live, branch, now).is_some_and(|left| left.is_due()));
        due.map(|branch| DayEnd(branch.id)).collect()
    })
}

/// The tickets that are left of days before today.
struct Evening {
    /// The last of those days.
    day: String,
    /// The tickets that can end.
    over: Vec<Arc<Live>>,
    /// Whether a patient is still there.
    goes_on: bool,
}

impl Evening {
    const fn is_due(&self) -> bool {
        !self.over.is_empty() || !self.goes_on
    }
}

/// The tickets that are left of days before today; `None` once those days have ended.
fn evening(catalogue: &Catalogue, live: &LiveQueue, branch: &Branch, now: Timestamp) -> Option<Evening> {
    let today = local_day(branch, now);
    let day = today.parse::<jiff::civil::Date>().ok()?.yesterday().ok()?.to_string();
    let here = live.branch(branch.id);
    if here.and_then(|here| here.ended_day()).is_some_and(|ended| ended >= day.as_str()) {
        return None;
    }
    let left = live.of_earlier_days(branch.id, &today).into_iter().cloned();
    let is_open = catalogue.is_open(branch.id, now);
    let is_over = |ticket: &Ticket| {
        if is_open {
            return now.since_ms(moved_at(ticket)) > STILL_MS;
        }
        !stands_before_a_desk(catalogue, live, ticket, now)
    };
    let (over, goes_on): (Vec<_>, Vec<_>) = left.partition(|live| is_over(&live.ticket));
    Some(Evening { day, over, goes_on: !goes_on.is_empty() })
}

/// Whether the patient is being seen, or is or may still be called, by a desk that works after the closing hour.
fn stands_before_a_desk(catalogue: &Catalogue, live: &LiveQueue, ticket: &Ticket, now: Timestamp) -> bool {
    let Some(here) = live.branch(ticket.branch) else { return false };
    let works = |person: PersonId| here.works(person, now, WORKS_MS, SERVES_MS);
    match (ticket.state, &ticket.call) {
        (State::Serving, Some(call)) => {
            let began = ticket.serving_at.unwrap_or(call.at);
            now.since_ms(began) < SERVES_MS || here.works(call.by, now, WORKS_MS, 0)
        }
        (State::Called, Some(call)) => now.since_ms(call.at) < CALLED_MS || works(call.by),
        // In line or parked: a desk that gives the service may still call the patient.
        _ => here.callers().filter(|person| works(*person)).any(|person| match ticket.doctor {
            Some(asked) => asked == person,
            None => catalogue.given_by(ticket.branch, person).contains(&ticket.service),
        }),
    }
}

/// When something last happened to a ticket.
fn moved_at(ticket: &Ticket) -> Timestamp {
    let called = ticket.call.as_ref().map(|call| call.at);
    [called, ticket.serving_at, ticket.arrived_at]
        .into_iter()
        .flatten()
        .fold(ticket.joined_at, Timestamp::max)
}

/// Ends the tickets of a branch that are left of days before today, at most `AT_ONCE` at a time.
#[derive(Debug, Clone, Copy)]
pub struct DayEnd(BranchId);

impl Op for DayEnd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let (catalogue, at) = (unit.keep::<Catalogue>(), unit.at());
        let branch = catalogue.branch(self.0).ok_or(Code::NotFound)?;
        let left = evening(&catalogue, unit.state::<LiveQueue>(), branch, at).filter(Evening::is_due);
        // Another node may have ended the day first.
        let Some(evening) = left else { return Ok(unit.commit_unaudited()) };
        let rules = catalogue.rules(branch.id);
        for live in evening.over.iter().take(AT_ONCE) {
            let before = &live.ticket;
            let step = match before.state {
                State::Serving => Step::Done,
                State::Called => Step::NoShow,
                _ => Step::Cancel,
            };
            let next = Ticket { undo: None, ..before.step(step, at, &rules)? };
            let entry =
                Entry::new("ticket.lapse", format!("ticket:{}", next.id)).patient(next.patient).detail(
                    json!({ "label": next.label, "day": next.day, "from": before.state, "to": next.state }),
                );
            kept(unit, live, next);
            unit.audit(entry);
        }
        if evening.over.len() <= AT_ONCE && !evening.goes_on {
            store::day_ended_put(unit.writes().await?, branch.id, &evening.day).await?;
            unit.change::<LiveQueue>(Change::DayEnded(branch.id, evening.day.into()));
        }
        unit.changed(QUEUE, branch.id, Some(branch.id), None);
        Ok(unit.commit_unaudited())
    }
}
