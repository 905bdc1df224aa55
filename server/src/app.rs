//! The server as its calls see it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use medlane_shared::{access::Known, fault::Fault, ids::PersonId};

use crate::{
    config::Config,
    engine::{Clinic, Core, Services},
    gate::{Doors, Limits},
    writer::Writer,
};

/// The running server.
pub struct App {
    /// Its configuration.
    pub config: Config,
    /// What operations share.
    pub core: Arc<Core>,
    /// The only way to write to the database.
    pub writer: Writer,
    /// How many may be connected.
    pub doors: Arc<Doors>,
    /// How much was asked, by whom.
    pub limits: Limits,
    /// What the rooms keep once for the whole server.
    pub services: Services,
    /// What HTTP asks the rooms.
    pub asks: Asks,
    /// Ends when the server shuts down: open sockets say goodbye.
    pub closing: tokio::sync::watch::Receiver<bool>,
}

/// What HTTP asks the rooms, which it does not know.
#[derive(Clone, Copy)]
pub struct Asks {
    /// The caller whom an access token names.
    pub known: fn(&Core, &str) -> Result<Known, Fault>,
    /// Whether a proof shows that this caller has just confirmed who they are.
    pub confirmed: fn(&Core, &str, &Known) -> bool,
    /// How to find the patient whom a path concerns: a part of the path, and the function for the id in it.
    pub concerns: &'static [(&'static str, Concerns)],
    /// The age of the oldest message that is due, in milliseconds.
    pub outbox_ms: for<'a> fn(&'a Core) -> BoxFuture<'a, i64>,
}

/// Finds the patient whom a thing concerns, by the thing's id.
pub type Concerns = for<'a> fn(&'a Core, &'a Clinic, &'a str) -> BoxFuture<'a, Option<PersonId>>;
