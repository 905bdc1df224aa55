//! Every call and every kind of caller, room by room: what each of them hears, and the entry that the call leaves. The build
//! fails if a call has no row.

mod account;
mod audit;
mod callers;
mod clinic;
mod devices;
mod hears;
mod kiosk;
mod notify;
mod patients;
mod people;
mod queue;
mod records;
mod sign_in;
mod sockets;

use std::collections::BTreeMap;

use medlane_shared::{
    api::{self, CALLS, Method, fill},
    ids::{BranchId, NoteId, PersonId, ServiceId},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    audited::log,
    world::{self, Client, World},
};

pub use callers::enrolled;
use callers::everyone;
use hears::Hears;

/// The rows of all rooms.
const ROOMS: &[&[Row]] = &[
    account::ROWS,
    audit::ROWS,
    clinic::ROWS,
    devices::ROWS,
    kiosk::ROWS,
    notify::ROWS,
    patients::ROWS,
    people::ROWS,
    queue::ROWS,
    records::ROWS,
    sign_in::ROWS,
];

/// A call: who hears what, and what it leaves.
pub struct Row {
    /// Its name in the table of calls.
    pub call: &'static str,
    /// What each caller hears. 401, 403 and 404 are refusals for a missing right.
    pub hears: Hears,
    /// The code of what a rule refuses, also to those who have the right: the next caller finds the same state.
    pub fault: Option<&'static str>,
    /// The audit entry of the call. `None` if nothing changes and no other person's data is shown.
    pub leaves: Option<&'static str>,
    /// The request.
    pub ask: fn(&Things) -> Ask,
}

/// The row of a call.
pub fn row(call: &str) -> &'static Row {
    ROOMS.iter().flat_map(|rows| rows.iter()).find(|row| row.call == call).unwrap()
}

/// What the callers ask about.
pub struct Things {
    /// The number of the present caller, for what counts by its text.
    pub caller: usize,
    pub branch: BranchId,
    pub service: ServiceId,
    /// The ticket's patient.
    pub patient: PersonId,
    /// A patient whom the others have nothing to do with.
    pub other: PersonId,
    /// The patient's ticket.
    pub visit: Value,
    /// The doctor's draft of this visit. Also an id that nothing else has.
    pub note: NoteId,
    /// A request to join the ticket's line.
    pub join: Value,
}

impl Things {
    fn ticket(&self) -> String {
        self.visit["id"].as_str().unwrap().to_owned()
    }

    fn link(&self) -> String {
        self.visit["link"].as_str().unwrap().to_owned()
    }

    /// A request with a code that was never sent.
    fn by_code(&self) -> Value {
        json!({ "verification_id": self.note, "code": "123456" })
    }

    /// The proof of a device that is not there.
    fn proof(&self) -> Value {
        json!({ "device_id": self.note, "at": Timestamp::from_ms(1), "signature": "x" })
    }
}

/// A request, without its method and path, which the table of calls has.
#[derive(Default)]
pub struct Ask {
    parameters: Vec<String>,
    query: Option<String>,
    body: Option<Value>,
    seen: Option<&'static str>,
}

impl Ask {
    fn of<const N: usize>(parameters: [&dyn ToString; N]) -> Self {
        Self { parameters: parameters.into_iter().map(ToString::to_string).collect(), ..Self::default() }
    }

    fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }

    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The version that the caller saw.
    fn seen(mut self, version: &'static str) -> Self {
        self.seen = Some(version);
        self
    }

    async fn send(self, call: &str, who: &Client) -> world::Answer {
        let call = api::find(call).unwrap();
        let parameters: Vec<&str> = self.parameters.iter().map(String::as_str).collect();
        let mut path = fill(call.path, &parameters).unwrap();
        if let Some(query) = self.query {
            path = format!("{path}?{query}");
        }
        let method = reqwest::Method::from_bytes(call.method.text().as_bytes()).unwrap();
        let mut request = who.request(method, &path);
        if let Some(version) = self.seen {
            request = request.header("if-match", version);
        }
        if !matches!(call.method, Method::Get | Method::Delete) {
            request = request.json(&self.body.unwrap_or_else(|| json!({})));
        }
        who.send(request).await
    }
}

/// The callers with an invalid token, who are signed out for every call.
const INVALID: [&str; 4] = ["suspended", "removed device", "expired", "of another kind"];

/// The column of a caller of another clinic, whose entries stand in another log.
const FOREIGN: &str = "foreign";

/// Makes each call of a room as each caller, in a world of its own.
async fn run(rows: &[Row]) {
    let world = World::sqlite().await;
    let (mut things, everyone) = everyone(&world).await;
    let mut wrong = Vec::new();
    for row in rows {
        let columns = row.hears.columns().into_iter().chain(INVALID.map(|token| (token, 401)));
        for (n, (who, (column, expected))) in everyone.iter().zip(columns).enumerate() {
            things.caller = n;
            let before = log(&world).await.len();
            let answer = (row.ask)(&things).send(row.call, who).await;
            let left = log(&world).await.split_off(before);
            if let Some(why) = amiss(row, (column, expected), &answer, &left) {
                wrong.push(format!("{}, {column}: {why}", row.call));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is wrong with an answer and the entries that it left.
fn amiss(
    row: &Row,
    (column, expected): (&str, u16),
    answer: &world::Answer,
    left: &[(String, String)],
) -> Option<String> {
    let status = answer.status.as_u16();
    if status != expected {
        return Some(format!("expected {expected}, heard {status} {}", answer.body));
    }
    let holds = match status {
        200..300 => {
            let own = row.leaves.filter(|_| column != FOREIGN);
            let expected = own.map(|action| (action.to_owned(), "success".to_owned()));
            left == expected.as_slice()
        }
        // A refusal for a missing right is written down up to a limit.
        401 | 403 | 404 => left.iter().all(|(_, outcome)| outcome == "refused"),
        _ => {
            let done = |(action, outcome): &(String, String)| {
                outcome == "success" && Some(action.as_str()) == row.leaves
            };
            answer.body["code"].as_str() == row.fault && !left.iter().any(done)
        }
    };
    (!holds).then(|| format!("{status} {}, and left {left:?}", answer.body["code"]))
}

#[test]
fn every_call_has_one_row() {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in ROOMS.iter().flat_map(|rows| rows.iter()) {
        *rows.entry(row.call).or_default() += 1;
    }
    let calls: BTreeMap<&str, usize> = CALLS.iter().map(|call| (call.name, 1)).collect();
    assert_eq!(rows, calls);
}
