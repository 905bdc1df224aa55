//! Each step of a ticket.

use std::time::Duration;

use medlane_shared::queue::StepKind;
use serde_json::{Value, json};

use super::log;
use crate::world::World;

/// A visit that takes every step, with its arguments and the entry that it leaves.
fn visit(world: &World) -> Vec<(StepKind, Value, &'static str)> {
    let none = || json!({});
    vec![
        (StepKind::Arrive, none(), "ticket.check_in"),
        (StepKind::StepBack, json!({ "places": 1 }), "ticket.step_back"),
        (
            StepKind::Prioritise,
            json!({ "priority": "urgent", "reason": "Short of breath" }),
            "ticket.prioritise",
        ),
        (StepKind::Call, json!({ "room": "Room 1" }), "ticket.call"),
        (StepKind::Recall, none(), "ticket.recall"),
        (StepKind::Move, json!({ "room": "Room 2" }), "ticket.move"),
        (StepKind::PutBack, none(), "ticket.put_back"),
        (StepKind::Undo, none(), "ticket.undo"),
        (StepKind::Park, none(), "ticket.park"),
        (StepKind::Resume, none(), "ticket.resume"),
        (StepKind::Call, none(), "ticket.call"),
        (StepKind::NoShow, none(), "ticket.no_show"),
        (StepKind::Return, none(), "ticket.return"),
        (StepKind::Call, none(), "ticket.call"),
        (StepKind::Serve, none(), "ticket.serve"),
        (StepKind::Transfer, json!({ "doctor_id": world.a.doctors[0] }), "ticket.transfer"),
        (StepKind::Call, none(), "ticket.call"),
        (StepKind::Serve, none(), "ticket.serve"),
        (StepKind::Done, none(), "ticket.done"),
    ]
}

#[tokio::test]
async fn every_step_leaves_one_entry() {
    let world = World::sqlite().await;
    let mut tickets = Vec::new();
    for n in 0..3 {
        tickets.push(world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>());
    }
    let doctor = world.doctor(0).await;
    let take = async |ticket: &mut Value, step: StepKind, with: Value, expected: &str| {
        if step == StepKind::Recall {
            world.clock.pass(Duration::from_mins(1));
        }
        let before = log(&world).await.len();
        let mut request = with;
        request["step"] = serde_json::to_value(step).unwrap();
        request["version"] = ticket["version"].clone();
        let path = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
        *ticket = doctor.patch(&path, &request).await.ok();
        let left = log(&world).await.split_off(before);
        assert_eq!(left, [(expected.to_owned(), "success".to_owned())], "{step:?}");
        // A refused step changes nothing. Its answer shows the patient's row, and that look is in the log.
        doctor.patch(&path, &request).await.refused(409, "ticket_stale");
        let left = log(&world).await.split_off(before + 1);
        assert_eq!(left, [("queue.read".to_owned(), "success".to_owned())], "{step:?}, refused");
    };
    let mut taken = vec![StepKind::Cancel];
    for (step, with, expected) in visit(&world) {
        take(&mut tickets[0], step, with, expected).await;
        taken.push(step);
    }
    take(&mut tickets[1], StepKind::Cancel, json!({}), "ticket.cancel").await;
    for step in StepKind::ALL {
        assert!(taken.contains(step), "{step:?} has no row");
    }
}
