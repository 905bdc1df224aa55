//! What is counted of passwords and codes (`docs/product.md` §1).

use medlane_shared::{
    identity::Limit,
    ids::{ClinicId, PersonId, SessionId},
};

use super::Try;
use crate::{
    app::{App, Core},
    config,
    http::Caller,
};

const fn failures(limits: &config::Limits) -> Limit {
    Limit { window_ms: limits.window_s * 1_000, max: limits.failures, grows: false }
}

/// Every try of a code or password from an address.
pub fn by_address(app: &App, caller: &Caller) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { max: limits.tries, ..failures(limits) };
    vec![Try::new(&app.core, caller.actor.clinic(), "address", &caller.counted(), limit)]
}

/// Failed sign-ins of an account from an address, and from anywhere.
pub fn of_account(
    core: &Core,
    limits: &config::Limits,
    clinic: ClinicId,
    (of, address): (&str, &str),
) -> Vec<Try> {
    let limit = failures(limits);
    vec![
        Try::new(core, clinic, "account and address", &format!("{of} {address}"), limit),
        Try::new(core, clinic, "account", of, Limit { grows: true, ..limit }),
    ]
}

/// [`of_account`] for a sign-in: of a person, or of an address that is nobody's.
pub fn by_account(app: &App, caller: &Caller, of: &str) -> Vec<Try> {
    of_account(&app.core, &app.config.limits, caller.actor.clinic(), (of, &caller.counted()))
}

/// Every try of a password at a browser or device where the account has been signed in before: strangers behind the same
/// address use up nothing of it.
pub fn at_place(app: &App, caller: &Caller, place: &str) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { max: limits.tries, ..failures(limits) };
    vec![Try::new(&app.core, caller.actor.clinic(), "tries at known place", place, limit)]
}

/// Failed sign-ins of an account at a browser or device where it has been signed in before.
pub fn by_place(app: &App, caller: &Caller, place: &str) -> Vec<Try> {
    vec![Try::new(&app.core, caller.actor.clinic(), "known place", place, failures(&app.config.limits))]
}

/// Wrong passwords of somebody who is signed in, by session: nobody elsewhere keeps them from it.
pub fn by_session(app: &App, caller: &Caller, session: SessionId) -> Vec<Try> {
    let limit = failures(&app.config.limits);
    vec![Try::new(&app.core, caller.actor.clinic(), "session", &session.to_string(), limit)]
}

/// Wrong codes of a person's second factor, from anywhere, with a wait that grows.
pub fn by_factor(app: &App, caller: &Caller, person: PersonId) -> Vec<Try> {
    let limit = Limit { grows: true, ..failures(&app.config.limits) };
    vec![Try::new(&app.core, caller.actor.clinic(), "factor", &person.to_string(), limit)]
}
