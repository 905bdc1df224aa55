//! The counts of tries of passwords and codes (`docs/product.md` §1).

use medlane_shared::{
    access::{Actor, Who},
    identity::Limit,
    ids::{ClinicId, PersonId, SessionId},
};

use super::tries::Try;
use crate::{app::App, config, engine::Core, network::network, writer::By};

const fn failures(limits: &config::LimitsConfig) -> Limit {
    Limit { window_ms: limits.window_s * 1_000, max: limits.failures, grows: false }
}

/// What is tried from an address. Each kind has its own count, so that one caller cannot use up what another needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// A password.
    SignIn,
    /// A request for a code.
    Send,
    /// A code that comes back.
    Code,
    /// The link of an invitation.
    Invitation,
    /// The code that enrols a device.
    DeviceCode,
}

impl Guess {
    /// The name of its count. Sign-ins keep the name that they had when all kinds shared one count.
    const fn text(self) -> &'static str {
        match self {
            Self::SignIn => "address",
            Self::Send => "address, sends",
            Self::Code => "address, codes",
            Self::Invitation => "address, invitations",
            Self::DeviceCode => "address, device codes",
        }
    }
}

/// The caller's network, as limits count it.
fn counted(by: &By) -> String {
    by.ip.map(|ip| network(ip).to_string()).unwrap_or_default()
}

/// All tries of one kind from one address. A signed-in caller has their own count except for sign-ins, so that a stranger
/// at the clinic's address cannot stop the staff's work.
pub fn by_address(app: &App, by: &By, guess: Guess) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { max: limits.tries, ..failures(limits) };
    let of = match &by.actor {
        Actor::Known(known) if guess != Guess::SignIn => match known.who {
            Who::Person(person) => format!("person {person}"),
            Who::Device(device) => format!("device {device}"),
        },
        _ => counted(by),
    };
    vec![Try::new(&app.core, by.actor.clinic(), guess.text(), &of, limit)]
}

/// Failed sign-ins to an account, from one address and from anywhere.
pub fn of_account(
    core: &Core,
    limits: &config::LimitsConfig,
    clinic: ClinicId,
    (of, address): (&str, &str),
) -> Vec<Try> {
    let limit = failures(limits);
    vec![
        Try::new(core, clinic, "account and address", &format!("{of} {address}"), limit),
        Try::new(core, clinic, "account", of, Limit { grows: true, ..limit }),
    ]
}

/// [`of_account`] for a sign-in: of a person, or of an address without an account.
pub fn by_account(app: &App, by: &By, of: &str) -> Vec<Try> {
    of_account(&app.core, &app.config.limits, by.actor.clinic(), (of, &counted(by)))
}

/// All tries of a password at a browser or device in which the account has signed in before. Strangers behind the
/// same address do not use up this limit.
pub fn at_place(app: &App, by: &By, place: &str) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { max: limits.tries, ..failures(limits) };
    vec![Try::new(&app.core, by.actor.clinic(), "tries at known place", place, limit)]
}

/// Failed sign-ins of an account at a browser or device in which it has signed in before.
pub fn by_place(app: &App, by: &By, place: &str) -> Vec<Try> {
    vec![Try::new(&app.core, by.actor.clinic(), "known place", place, failures(&app.config.limits))]
}

/// Wrong passwords of a signed-in person, for each session, so that nobody elsewhere can use up the limit.
pub fn by_session(app: &App, by: &By, session: SessionId) -> Vec<Try> {
    let limit = failures(&app.config.limits);
    vec![Try::new(&app.core, by.actor.clinic(), "session", &session.to_string(), limit)]
}

/// Wrong codes of a person's second factor from anywhere, with a growing wait.
pub fn by_factor(app: &App, by: &By, person: PersonId) -> Vec<Try> {
    let limit = Limit { grows: true, ..failures(&app.config.limits) };
    vec![Try::new(&app.core, by.actor.clinic(), "factor", &person.to_string(), limit)]
}
