//! Every message on a socket and every kind of caller.

use medlane_shared::{
    identity::Face,
    ids::{ClientId, NoteId, PersonId},
    sync::{Answer, Bucket, ClientFrame, Intent, IntentOutcome, Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::json;

use super::{
    INVALID, Things,
    callers::everyone,
    hears::{Hears, admin, at_branch, author, chart, desk_at_branch, doctors, own, own_tickets, public},
};
use crate::{
    line::Line,
    world::{Client, World},
};

/// The messages that a client can send on a socket.
#[derive(Clone)]
enum Said {
    Follow(Topic),
    Replica,
    Resnapshot(Bucket),
    Intent(&'static str),
}

/// Stands for no answer.
const SILENCE: u16 = 204;

/// What each caller hears; 200 is whatever comes after the check of the right. The build fails if a topic or bucket has no
/// row.
fn row(said: &Said) -> Hears {
    match said {
        Said::Follow(Topic::Board(_) | Topic::Link(_)) => public(200),
        Said::Follow(Topic::Mine) => own_tickets(200),
        Said::Follow(Topic::Inbox) => own(200),
        Said::Follow(Topic::Queue(_)) => at_branch(200),
        Said::Follow(Topic::Activity) => admin(200),
        Said::Follow(Topic::Help(_)) => desk_at_branch(200),
        Said::Follow(Topic::Chart(_)) => Hears { patient: 404, ..chart() },
        Said::Resnapshot(Bucket::Queue(_) | Bucket::Chart(_)) => {
            Hears { doctor: 200, other_doctor: SILENCE, foreign: SILENCE, ..doctors(200) }
        }
        Said::Follow(Topic::Drafts) | Said::Replica | Said::Resnapshot(Bucket::Catalogue) => doctors(200),
        Said::Intent(_) => author(200),
    }
}

/// The programs that the callers use.
const FACES: [Face; 16] = [
    Face::Companion,
    Face::Companion,
    Face::Companion,
    Face::Doctor,
    Face::Doctor,
    Face::Admin,
    Face::Admin,
    Face::Admin,
    Face::Admin,
    Face::Kiosk,
    Face::Kiosk,
    Face::Doctor,
    Face::Doctor,
    Face::Kiosk,
    Face::Companion,
    Face::Companion,
];

#[tokio::test]
async fn nobody_hears_what_they_may_not() {
    let world = World::sqlite().await;
    let (things, everyone) = everyone(&world).await;
    let (branch, patient) = (things.branch, things.patient);
    let link = things.link();
    let all = [
        Said::Follow(Topic::Board(branch)),
        Said::Follow(Topic::Link(link)),
        Said::Follow(Topic::Mine),
        Said::Follow(Topic::Inbox),
        Said::Follow(Topic::Queue(branch)),
        Said::Follow(Topic::Activity),
        Said::Follow(Topic::Help(branch)),
        Said::Follow(Topic::Drafts),
        Said::Follow(Topic::Chart(patient)),
        Said::Replica,
        Said::Resnapshot(Bucket::Queue(branch)),
        Said::Resnapshot(Bucket::Chart(patient)),
        Said::Resnapshot(Bucket::Catalogue),
        Said::Intent("note.save"),
        Said::Intent("note.sign"),
        Said::Intent("note.discard"),
        Said::Intent("ticket.step"),
    ];
    let mut wrong = Vec::new();
    for said in &all {
        let columns = row(said).columns().into_iter().chain(INVALID.map(|token| (token, 401)));
        for ((who, face), (column, expected)) in everyone.iter().zip(FACES).zip(columns) {
            let heard = hears(&things, who, face, said, patient).await;
            if heard != expected {
                wrong.push(format!("{}, {column}: expected {expected}, heard {heard}", name(said)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn name(said: &Said) -> String {
    match said {
        Said::Follow(topic) => format!("follow {topic}"),
        Said::Replica => "replica".to_owned(),
        Said::Resnapshot(bucket) => format!("resnapshot {bucket}"),
        Said::Intent(name) => (*name).to_owned(),
    }
}

/// Sends a message on a new socket. Returns the result.
async fn hears(things: &Things, who: &Client, face: Face, said: &Said, patient: PersonId) -> u16 {
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let topics = if let Said::Follow(topic) = said { vec![topic.clone()] } else { Vec::new() };
    let replica = (!matches!(said, Said::Follow(_))).then_some(replica);
    let mut line = Line::hello(&who.base, face, who.token.as_deref(), topics, replica).await;
    // Only a frame after the first content of the replica is the answer.
    let mut waits = !matches!(said, Said::Follow(_) | Said::Replica);
    loop {
        let fault = match line.next().await {
            Some(ServerFrame::Welcome(_)) if matches!(said, Said::Replica) => return 200,
            Some(ServerFrame::Checkpoint(_)) if waits => {
                waits = false;
                if let Some(frame) = frame(things, said, client_id, patient) {
                    line.send(&frame).await;
                }
                line.send(&ClientFrame::Ping { n: 1 }).await;
                continue;
            }
            Some(ServerFrame::Snapshot(_)) if waits => continue,
            Some(
                ServerFrame::View { .. }
                | ServerFrame::Snapshot(_)
                | ServerFrame::Answer(Answer { outcome: IntentOutcome::Accepted { .. }, .. }),
            ) => return 200,
            Some(
                ServerFrame::Answer(Answer { outcome: IntentOutcome::Refused { fault }, .. })
                | ServerFrame::Refused { fault, .. }
                | ServerFrame::Bye { fault },
            ) => fault,
            Some(ServerFrame::Pong { .. }) if !matches!(said, Said::Intent(_)) => return SILENCE,
            Some(_) => continue,
            None => return 0,
        };
        return match fault.code.status() {
            status @ (401 | 403 | 404 | 500..) => status,
            _ => 200,
        };
    }
}

fn frame(things: &Things, said: &Said, client_id: ClientId, patient: PersonId) -> Option<ClientFrame> {
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let args = match said {
        Said::Intent("note.save") => {
            let ticket = &things.visit["id"];
            json!({ "id": id, "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0 })
        }
        Said::Intent("ticket.step") => {
            json!({ "id": things.visit["id"], "request": { "step": "recall", "version": 999 } })
        }
        Said::Intent(_) => json!({ "id": things.note, "version": 999 }),
        Said::Resnapshot(bucket) => return Some(ClientFrame::Resnapshot { buckets: vec![*bucket] }),
        Said::Follow(_) | Said::Replica => return None,
    };
    let name = name(said);
    let made_at = Timestamp::from_ms(1);
    Some(ClientFrame::Intent(Intent { client_id, intent_id: 1, name, schema: SCHEMA, args, made_at }))
}
