//! The days of a waiting room. Patients arrive at random, more of them in the morning, and visits have random
//! lengths.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use medlane_shared::{
    clinic::{Given, ServiceView},
    fault::Fault,
    ids::{BranchId, PersonId, TicketId},
    queue::{Label, Priority, Ticket},
    time::Timestamp,
};
use rand::{Rng, RngExt as _, rngs::StdRng};

use super::waiting_room::{Passed, WaitingRoom};
use crate::{
    clinic::{Catalogue, local_day},
    engine::{Clinic, Core},
    identity::{Demographics, Person, subject},
    queue::{Live, LiveQueue, quotes::QuotesKeep, reason_place},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// How long the doors were open on a past day, in milliseconds. The day ends at the present time of day.
const OPEN: i64 = 8 * HOUR;
/// How long the doors have been open today, in milliseconds.
const TODAY: i64 = 4 * HOUR;
/// The mean time between two arrivals at a branch, in milliseconds. It keeps three doctors just busy.
const GAP: f64 = 4.6 * 60_000.0;
/// The services of the last arrivals, and the time between them in milliseconds.
const RUSH: [usize; 14] = [0, 4, 1, 2, 0, 3, 1, 0, 4, 2, 0, 1, 3, 0];
const RUSH_GAP: i64 = 50_000;

const REASONS: [&str; 12] = [
    "Cough and fever since three days",
    "Follow-up after blood test",
    "Back pain when sitting",
    "Headaches in the evening",
    "Vaccination",
    "Tooth hurts on cold drinks",
    "Blurred vision",
    "Repeat prescription",
    "Rash on both arms",
    "Sore throat",
    "Child does not sleep well",
    "حرارة وسعال منذ يومين",
];

/// The days of the demo clinic.
pub(super) struct Days<'a> {
    core: &'a Core,
    clinic: &'a Clinic,
    services: &'a [ServiceView],
    patients: &'a [Person],
    numbers: HashMap<(BranchId, String, String), u32>,
    busy: HashSet<PersonId>,
    /// The queue up to the present moment of the simulation.
    live: LiveQueue,
}

struct Visit {
    arrives: Timestamp,
    service: usize,
    patient: usize,
}

impl<'a> Days<'a> {
    pub(super) fn new(
        core: &'a Core,
        clinic: &'a Clinic,
        services: &'a [ServiceView],
        patients: &'a [Person],
    ) -> Self {
        Self {
            core,
            clinic,
            services,
            patients,
            numbers: HashMap::new(),
            busy: HashSet::new(),
            live: LiveQueue::default(),
        }
    }

    /// Whether a patient is in a queue today.
    pub(super) fn is_busy(&self, patient: PersonId) -> bool {
        self.busy.contains(&patient)
    }

    /// The tickets of a branch's day, `back` days ago, and the waits that were forecast.
    pub(super) fn day(
        &mut self,
        branch: BranchId,
        doctors: &[PersonId],
        back: i64,
        rng: &mut StdRng,
    ) -> (Vec<Live>, QuotesKeep) {
        let now = self.core.now();
        let end = now.plus_ms(-back * 24 * HOUR);
        let start = end.plus_ms(-if back == 0 { TODAY } else { OPEN });
        // Today is busier than most days, so that the waiting room is full.
        let gap = if back == 0 { GAP * 0.72 } else { GAP };
        let mut visits = Self::visits(self.patients.len(), start, end, gap, rng);
        if back == 0 {
            visits.extend(Self::rush(self.patients.len(), end, rng));
            visits.sort_by_key(|visit| visit.arrives);
        }
        let mut seen_today = HashSet::new();
        let mut tickets = Vec::new();
        for visit in visits {
            let patient = &self.patients[visit.patient];
            let here = |given: &Given| given.branch_id == branch && doctors.contains(&given.person_id);
            let is_given = self.services[visit.service].settings.given.iter().any(here);
            if is_given && !self.busy.contains(&patient.id) && seen_today.insert(patient.id) {
                tickets.push(self.ticket(branch, &visit, rng));
            }
        }
        let catalogue = self.clinic.state::<Catalogue>();
        let mut room =
            WaitingRoom { catalogue: &catalogue, live: &mut self.live, branch, until: now, fickle: back > 0 };
        let planned = |ticket: &Ticket, rng: &mut StdRng| {
            let planned = catalogue.service(ticket.service).map_or(15, |service| service.duration_min);
            visit_ms(planned.into(), rng)
        };
        let Passed { tickets, quotes } = room.pass(doctors, start, tickets, rng, planned);
        let active = tickets.iter().filter(|ticket| ticket.state.is_active());
        self.busy.extend(active.filter_map(|ticket| ticket.patient));
        let names: HashMap<PersonId, &Person> = self.patients.iter().map(|one| (one.id, one)).collect();
        let with_name = |ticket: Ticket| {
            let patient = ticket.patient.and_then(|id| names.get(&id).copied());
            Self::live(ticket, patient, rng)
        };
        (tickets.into_iter().map(with_name).collect(), quotes)
    }

    fn visits(patients: usize, start: Timestamp, end: Timestamp, gap: f64, rng: &mut StdRng) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut at = start;
        loop {
            // Exponential gaps; they are shorter in the first half of the day.
            let uniform: f64 = rng.random_range(0.000_001..1.0);
            let early = at.since_ms(start) < end.since_ms(start) / 2;
            at = at.plus_ms(whole(-uniform.ln() * gap * if early { 0.85 } else { 1.15 }));
            if at >= end {
                return visits;
            }
            let service = [0, 0, 0, 1, 1, 2, 3, 4, 4][rng.random_range(0..9)];
            visits.push(Visit { arrives: at, service, patient: rng.random_range(0..patients) });
        }
    }

    /// Patients who have just arrived. With them a patient waits for every doctor, whatever the day was like.
    fn rush(patients: usize, end: Timestamp, rng: &mut StdRng) -> Vec<Visit> {
        let from = end.plus_ms(-RUSH_GAP * i64::try_from(RUSH.len()).unwrap_or_default());
        let visit = |(n, service): (i64, &usize)| Visit {
            arrives: from.plus_ms(n * RUSH_GAP),
            service: *service,
            patient: rng.random_range(0..patients),
        };
        (0..).zip(&RUSH).map(visit).collect()
    }

    fn ticket(&mut self, branch: BranchId, visit: &Visit, rng: &mut StdRng) -> Ticket {
        let service = &self.services[visit.service];
        let catalogue = self.clinic.state::<Catalogue>();
        let day = catalogue.branch(branch).map(|branch| local_day(branch, visit.arrives)).unwrap_or_default();
        let number = self.numbers.entry((branch, day.clone(), service.settings.prefix.clone())).or_default();
        *number += 1;
        let urgent = rng.random_bool(0.05);
        // The demo's prefixes are letters and its numbers start at 1, so this does not fail.
        let label = Label::new(&service.settings.prefix, *number).unwrap_or_else(|_| unreachable!());
        let id = TicketId::new(visit.arrives, random(rng));
        Ticket {
            patient: Some(self.patients[visit.patient].id),
            priority: if urgent { Priority::Urgent } else { Priority::Normal },
            arrived_at: Some(visit.arrives),
            ..Ticket::joined(id, (branch, day), label, service.id, visit.arrives)
        }
    }

    /// Adds a reason while the ticket is active. The reason is sealed before it is stored.
    fn live(ticket: Ticket, patient: Option<&Person>, rng: &mut StdRng) -> Live {
        let reason = ticket.state.is_active().then(|| REASONS[rng.random_range(0..REASONS.len())]);
        Live {
            ticket,
            patient: patient.map(|patient| known(patient).into()),
            reason: reason.map(Arc::from),
            reason_sealed: None,
            why: None,
        }
    }

    /// Seals each reason with its patient's key.
    pub(super) async fn seal(&self, tickets: &mut [Live]) -> Result<(), Fault> {
        for live in tickets {
            if let (Some(reason), Some(patient)) = (&live.reason, live.ticket.patient) {
                let key = subject(self.core, self.clinic.id, patient).await?.key;
                let place = reason_place(self.clinic.id, live.ticket.id, Some(patient));
                let sealed = key.seal(&place, reason.as_bytes());
                live.reason_sealed = Some(sealed.map_err(|error| self.core.broken(&error.into()))?.into());
            }
        }
        Ok(())
    }
}

/// The facts about a patient that the demo's list has; the database has the rest.
fn known(patient: &Person) -> Demographics {
    let (name, birth_date) = (patient.name.clone(), patient.birth_date.clone());
    Demographics { name, birth_date, gender: None, record_number: None }
}

fn random(rng: &mut StdRng) -> [u8; 10] {
    let mut bytes = [0; 10];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// The length of a visit in milliseconds. Its distribution is skewed to the right, like that of real visits.
fn visit_ms(planned_min: i64, rng: &mut StdRng) -> i64 {
    let sum: f64 = (0..4).map(|_| -rng.random_range(0.000_001_f64..1.0).ln()).sum();
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    let planned = (planned_min * MINUTE) as f64;
    whole((planned * sum / 4.0).max(90_000.0))
}

#[expect(clippy::cast_possible_truncation, reason = "hours in milliseconds")]
fn whole(ms: f64) -> i64 {
    ms as i64
}
