//! Drafts: what is kept on the device until the server has it.

use medlane_shared::{
    fault::Fault,
    sync::{Intent, IntentArgs, IntentOutcome},
    time::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Work of one kind that is kept here until the server has it. It has at most one intent without an answer, and is
/// stored after every change.
pub trait Draft: Serialize + DeserializeOwned {
    /// The kind, as it is stored.
    const KIND: &'static str;

    /// The name that its writer knows, of which no other draft has the same: an id.
    fn key(&self) -> String;
    /// The intent that is not answered yet.
    fn flying(&self) -> Option<u64>;
    /// When it was last changed here.
    fn written_at(&self) -> Timestamp;
    /// Whether the server has everything.
    fn is_settled(&self) -> bool;
    /// The intent to send now, with the number `id`; `None` if there is nothing to send.
    fn next(&mut self, id: u64) -> Option<Wanted>;
    /// Takes the outcome of the unanswered intent.
    fn settle(&mut self, name: &str, outcome: &IntentOutcome, now: Timestamp) -> Left;
}

/// What is left of a draft after the server's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// It stays.
    Draft,
    /// Nothing is left to do: it is deleted.
    Nothing,
    /// Nothing is left of it here, and its writer hears why the server refused.
    Refusal(Fault),
}

/// What the outbox does after an answer.
#[derive(Debug, Default)]
pub struct Settled {
    /// The next intent of the same draft.
    pub next: Option<Intent>,
    /// The draft that is gone, and why the server refused it.
    pub refused: Option<(String, Fault)>,
}

/// An intent's name and arguments.
pub type Wanted = (&'static str, Value);

/// The name and the arguments of an intent.
#[must_use]
pub fn wanted<A: IntentArgs>(args: &A) -> Option<Wanted> {
    Some((A::NAME, serde_json::to_value(args).ok()?))
}
