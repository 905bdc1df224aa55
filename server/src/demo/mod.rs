//! The demo clinic. The same seed gives the same people, services and days. The rooms' own operations create
//! everything, through the writer.

mod day;
mod people;
mod waiting_room;

use std::sync::Arc;

use medlane_shared::{
    access::Role,
    clinic::{BranchPolicy, BranchSettings, Given, ServiceSettings, ServiceView},
    fault::Fault,
    identity::{DeviceCodeRequest, DeviceKind},
    ids::{BranchId, PersonId, ServiceId},
    queue::Ticket,
    time::Timestamp,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::{
    clinic::{BranchSave, Catalogue, ServiceSave},
    engine::{self, Clinic, Core},
    identity::{DeviceCodeMake, PeopleAdd, Person, account_by_email, contact, password_hash, password_holds},
    queue::{Change, Live, LiveQueue, ticket_put},
    writer::{By, Done, Entry, Failure, Op, Unit, Writer},
};

/// The password of every demo account.
const PASSWORD: &str = "medlane-demo";
/// How many patients the demo clinic has.
const PATIENTS: usize = 300;
/// How many days of history there are before today.
const HISTORY_DAYS: i64 = 21;

/// A sign-in of the demo clinic.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoAccount {
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Name.
    pub name: String,
}

/// A device of the demo clinic.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceAccount {
    /// Its kind.
    pub kind: DeviceKind,
    /// Its branch.
    pub branch: String,
    /// The code that enrols it. In the demo clinic it works more than once.
    pub code: String,
}

/// All sign-ins, in the form of `demo-accounts.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accounts {
    /// Patients; those who are in no queue come first.
    pub patients: Vec<DemoAccount>,
    /// Doctors.
    pub doctors: Vec<DemoAccount>,
    /// Reception.
    pub reception: Vec<DemoAccount>,
    /// Administrators.
    pub admins: Vec<DemoAccount>,
    /// Kiosks and boards.
    pub devices: Vec<DeviceAccount>,
}

/// Each service, and the doctors of a branch who give it: name, prefix, minutes, price in baisa, doctors.
const SERVICES: [(&str, &str, u32, i64, &[usize]); 5] = [
    ("General practice", "GP", 12, 12_000, &[0, 1]),
    ("Paediatrics", "PD", 15, 15_000, &[1]),
    ("Dental care", "DN", 25, 20_000, &[2]),
    ("Eye care", "EY", 18, 18_000, &[2]),
    ("Blood test", "LAB", 6, 6_500, &[0]),
];

const BRANCHES: [(&str, &str); 2] =
    [("Harbour Clinic", "12 Harbour Street, Muscat"), ("Garden Clinic", "4 Rose Garden Road, Muscat")];

/// The messages of the boards.
const MESSAGES: [&str; 3] = [
    "Drink enough water on hot days, also when you are not thirsty.",
    "Please tell reception if you feel worse while you wait.",
    "اغسل يديك كثيرًا: إنها أبسط وقاية من العدوى.",
];

/// Fills an empty database with the demo clinic.
///
/// # Errors
/// When the database already holds a clinic, or fails.
pub async fn fill(core: &Arc<Core>, seed: u64) -> Result<Accounts, Box<dyn std::error::Error>> {
    if !core.clinics.all().is_empty() {
        return Err("the database already holds a clinic: the demo clinic needs an empty one".into());
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let clinic = engine::found(core, "Al Noor Medical Centre", None).await?;
    let (writer, written) = Writer::start(core.clone());
    let accounts = furnish(core, &writer, &clinic, &mut rng).await?;
    drop(writer);
    written.await?;
    Ok(accounts)
}

async fn branches(
    writer: &Writer,
    clinic: &Clinic,
    now: Timestamp,
    rng: &mut StdRng,
) -> Result<Vec<BranchId>, Fault> {
    let mut ids = Vec::new();
    for (name, address) in BRANCHES {
        let id = BranchId::new(now, rng.random());
        let settings = BranchSettings {
            name: name.to_owned(),
            address: address.to_owned(),
            time_zone: "Asia/Muscat".to_owned(),
            languages: ["en", "ar", "hi"].map(str::to_owned).to_vec(),
            rooms: (1..=4).map(|n| format!("Room {n}")).collect(),
            policy: BranchPolicy {
                messages: MESSAGES.map(str::to_owned).to_vec(),
                ..BranchPolicy::default()
            },
            version: None,
        };
        writer.run(By::system(clinic.id), BranchSave { id, settings }).await?;
        ids.push(id);
    }
    Ok(ids)
}

async fn furnish(
    core: &Arc<Core>,
    writer: &Writer,
    clinic: &Arc<Clinic>,
    rng: &mut StdRng,
) -> Result<Accounts, Box<dyn std::error::Error>> {
    let by = || By::system(clinic.id);
    let now = core.now();
    // Branches come first, because people belong to them.
    let ids = branches(writer, clinic, now, rng).await?;

    let password = password_hash(PASSWORD)?;
    let staff = |name: &str, email: String, role, branches: Vec<BranchId>, rng: &mut StdRng| Person {
        id: PersonId::new(now, rng.random()),
        name: name.to_owned(),
        email: Some(email),
        phone: None,
        birth_date: None,
        language: Some("en".to_owned()),
        gender: None,
        password: Some(password.clone()),
        roles: vec![role],
        branches,
    };
    let doctors: Vec<Person> = people::DOCTORS
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let email = format!("doctor{}@demo.medlane.example", n + 1);
            staff(name, email, Role::Doctor, vec![ids[n / 3]], rng)
        })
        .collect();
    let reception: Vec<Person> = people::RECEPTION
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let email = format!("reception{}@demo.medlane.example", n + 1);
            staff(name, email, Role::Reception, vec![ids[n]], rng)
        })
        .collect();
    let admin =
        staff("Salma Al Rashdi", "admin@demo.medlane.example".to_owned(), Role::Admin, Vec::new(), rng);
    let mut patients: Vec<Person> = (0..PATIENTS).map(|n| people::patient(n, now, &password, rng)).collect();
    people::twice(&mut patients);
    let everyone = [&doctors[..], &reception, std::slice::from_ref(&admin), &patients].concat();
    for part in everyone.chunks(100) {
        writer.run(by(), PeopleAdd(part.to_vec())).await?;
    }

    // Blood samples are also taken at the desk.
    let at_desk = |prefix: &str| {
        let desks = ids.iter().zip(&reception).map(|(branch, person)| (*branch, person.id));
        desks.filter(|_| prefix == "LAB").collect::<Vec<_>>()
    };
    let mut services = Vec::new();
    for (name, prefix, minutes, price, doing) in SERVICES {
        let id = ServiceId::new(now, rng.random());
        let doing =
            (0..BRANCHES.len()).flat_map(|branch| doing.iter().map(move |n| (branch, branch * 3 + n)));
        let given = doing.map(|(branch, n)| (ids[branch], doctors[n].id)).chain(at_desk(prefix));
        let settings = ServiceSettings {
            name: (*name).to_owned(),
            prefix: (*prefix).to_owned(),
            duration_min: minutes,
            price_minor: price,
            currency: "OMR".to_owned(),
            walk_in: true,
            given: given.map(|(branch_id, person_id)| Given { branch_id, person_id }).collect(),
            version: None,
        };
        writer.run(by(), ServiceSave { id, settings: settings.clone() }).await?;
        services.push(ServiceView { id, settings });
    }

    let mut days = day::Days::new(core, clinic, &services, &patients);
    for back in (0..=HISTORY_DAYS).rev() {
        for (n, branch) in ids.iter().enumerate() {
            let doctors: Vec<PersonId> = doctors[n * 3..n * 3 + 3].iter().map(|doctor| doctor.id).collect();
            let (mut tickets, quotes) = days.day(*branch, &doctors, back, rng);
            days.seal(&mut tickets).await?;
            writer.run(by(), TicketsAdd(tickets)).await?;
            writer.run(by(), quotes).await?;
        }
    }

    let devices = devices(writer, clinic, &ids, rng).await?;
    let account = |person: &Person| DemoAccount {
        email: person.email.clone().unwrap_or_default(),
        password: PASSWORD.to_owned(),
        name: person.name.clone(),
    };
    let (queued, free): (Vec<_>, Vec<_>) = patients.iter().partition(|patient| days.is_busy(patient.id));
    Ok(Accounts {
        patients: free.into_iter().chain(queued).map(account).collect(),
        doctors: doctors.iter().map(account).collect(),
        reception: reception.iter().map(account).collect(),
        admins: vec![account(&admin)],
        devices,
    })
}

/// Codes for one device of each kind in each branch.
async fn devices(
    writer: &Writer,
    clinic: &Clinic,
    branches: &[BranchId],
    rng: &mut StdRng,
) -> Result<Vec<DeviceAccount>, Fault> {
    let mut devices = Vec::new();
    for (branch, (name, _)) in branches.iter().zip(BRANCHES) {
        for kind in DeviceKind::ALL.iter().copied() {
            let secret: String = (0..8)
                .map(|_| char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rng.random_range(0..32)]))
                .collect();
            let title = match kind {
                DeviceKind::Workstation => "Computer in Room 1",
                DeviceKind::Console => "Computer at reception",
                DeviceKind::Kiosk => "Kiosk at the entrance",
                DeviceKind::Board => "Board in the waiting area",
            };
            let request = DeviceCodeRequest { branch_id: *branch, kind, name: title.to_owned() };
            writer
                .run(By::system(clinic.id), DeviceCodeMake { request, code: secret.clone(), lasting: true })
                .await?;
            devices.push(DeviceAccount { kind, branch: name.to_owned(), code: secret });
        }
    }
    Ok(devices)
}

/// Inserts a day's tickets in their final states.
struct TicketsAdd(Vec<Live>);

impl Op for TicketsAdd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let catalogue = unit.keep::<Catalogue>();
        let mut last: Option<&Ticket> = None;
        for live in &self.0 {
            let ticket = &live.ticket;
            if let (Some(from), Some(to)) = (ticket.serving_at, ticket.ended_at) {
                let planned = catalogue.service(ticket.service).map_or(15, |service| service.duration_min);
                let before = unit
                    .state::<LiveQueue>()
                    .branch(ticket.branch)
                    .and_then(|branch| branch.learned(ticket.service));
                let before = before.unwrap_or_else(|| medlane_shared::queue::Learned::prior(planned));
                #[expect(clippy::cast_precision_loss, reason = "a visit's milliseconds")]
                let learned = before.learn(to.since_ms(from) as f64 / 1_000.0, to);
                unit.change::<LiveQueue>(Change::Learned(ticket.branch, ticket.service, learned));
            }
            ticket_put(unit, live.clone());
            last = Some(ticket);
        }
        let target = format!("clinic:{}", unit.clinic());
        let detail = serde_json::json!({ "tickets": self.0.len(), "day": last.map(|ticket| &ticket.day) });
        Ok(unit.commit(Entry::new("demo.day", target).detail(detail), ()))
    }
}

/// Adds an administrator, and creates the clinic if there is none. Returns the administrator's address in its stored
/// form.
///
/// # Errors
/// A [`Fault`] that names the wrong field, as at a registration; a text if another person has the address; an error
/// of the database.
pub async fn admin_create(
    core: &Arc<Core>,
    clinic: &str,
    email: &str,
    name: &str,
    password: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let (email, name) = (contact::email(email)?, contact::name(name)?);
    password_holds(password, &[&email, &name])?;
    let clinic = match core.clinics.of_host("") {
        Ok(clinic) => clinic,
        Err(_) => engine::found(core, clinic, None).await?,
    };
    if account_by_email(&mut core.db.read().await?, clinic.id, &email).await?.is_some() {
        return Err(format!("{email} is somebody's already").into());
    }
    let person = Person {
        id: PersonId::new(core.now(), rand::random()),
        name,
        email: Some(email.clone()),
        phone: None,
        birth_date: None,
        language: None,
        gender: None,
        password: Some(password_hash(password)?),
        roles: vec![Role::Admin],
        branches: Vec::new(),
    };
    let (writer, written) = Writer::start(core.clone());
    writer.run(By::system(clinic.id), PeopleAdd(vec![person])).await?;
    drop(writer);
    written.await?;
    Ok(email)
}
