//! The callers, and the things that they ask about.

use std::time::Duration;

use medlane_shared::{identity::Face, ids::NoteId, time::Timestamp};
use serde_json::{Value, json};

use super::Things;
use crate::{
    factor::switch_on,
    world::{Client, PASSWORD, World},
};

/// The callers in the order of [`Hears`](super::hears::Hears), then those with an invalid token: of a suspended person, of a
/// removed device, an expired one, one of another kind. And the things that they ask about.
pub async fn everyone(world: &World) -> (Things, Vec<Client>) {
    let expired = world.patient(0).await;
    world.clock.pass(Duration::from_mins(16));
    let owner = world.patient(0).await.confirmed().await;
    let ticket: Value = owner.post("/api/v1/queue/join", &world.join()).await.ok();
    let doctor = world.doctor(0).await.confirmed().await;
    let note = NoteId::new(Timestamp::from_ms(1), rand::random());
    let (patient, visit) = (world.a.patients[0], &ticket["id"]);
    let draft = json!({ "id": note, "patient_id": patient, "ticket_id": visit, "text": "x", "version": 0 });
    doctor.put(&format!("/api/v1/notes/{note}"), &draft).await.ok::<Value>();
    let things = Things {
        caller: 0,
        branch: world.a.branches[0],
        service: world.a.services[0],
        patient,
        other: world.a.patients[9],
        visit: ticket,
        note,
        join: world.join(),
    };
    let foreign = world.node.sign_in(&world.b, "doctor0@test.example", Face::Doctor).await;
    let everyone = vec![
        world.node.anyone(),
        owner,
        world.patient(1).await.confirmed().await,
        doctor,
        world.doctor(2).await.confirmed().await,
        world.reception().await.confirmed().await,
        employed(world, "reception", 1).await.confirmed().await,
        employed(world, "manager", 0).await.confirmed().await,
        world.admin().await,
        kiosk(world).await,
        enrolled(world, "board", 0).await.0,
        foreign.confirmed().await,
        suspended(world).await,
        revoked(world).await,
        expired,
        other_type(world).await,
    ];
    (things, everyone)
}

async fn kiosk(world: &World) -> Client {
    enrolled(world, "kiosk", 1).await.0
}

/// A new member of staff at a branch.
async fn employed(world: &World, role: &str, branch: usize) -> Client {
    let email = format!("{role}{branch}@test.example");
    let body =
        json!({ "name": "N", "email": email, "roles": [role], "branches": [world.a.branches[branch]] });
    world.admin().await.post("/api/v1/admin/users/invite", &body).await.ok::<Value>();
    let anyone = world.node.anyone();
    let accepted = world.invitation(PASSWORD).await;
    anyone.post("/api/v1/auth/accept-invitation", &accepted).await.ok::<Value>();
    world.node.sign_in(&world.a, &email, Face::Admin).await
}

/// A device of a branch, and its id.
pub async fn enrolled(world: &World, kind: &str, branch: usize) -> (Client, String) {
    let ask = json!({ "branch_id": world.a.branches[branch], "kind": kind, "name": "At the door" });
    let code: Value = world.admin().await.post("/api/v1/devices/codes", &ask).await.ok();
    let mut kiosk = world.node.anyone();
    let enrolled: Value = kiosk.post("/api/v1/devices/enrol", &json!({ "code": code["code"] })).await.ok();
    kiosk.token = Some(enrolled["tokens"]["access_token"].as_str().unwrap().to_owned());
    (kiosk, enrolled["device_id"].as_str().unwrap().to_owned())
}

async fn suspended(world: &World) -> Client {
    let (admin, doctor) = (world.admin().await, world.doctor(1).await);
    let path = format!("/api/v1/admin/users/{}/standing", world.a.doctors[1]);
    let body = json!({ "standing": "suspended", "why": "left", "version": 1 });
    admin.patch(&path, &body).await.ok::<Value>();
    doctor
}

async fn revoked(world: &World) -> Client {
    let (kiosk, id) = enrolled(world, "kiosk", 1).await;
    let body = json!({ "order": "wipe", "version": 1 });
    world.admin().await.patch(&format!("/api/v1/devices/{id}"), &body).await.ok::<Value>();
    kiosk
}

/// A caller who sends the token of a half-finished sign-in in place of an access token.
async fn other_type(world: &World) -> Client {
    switch_on(world, &world.patient(8).await).await;
    let mut client = world.node.anyone();
    let body = json!({ "email": "patient8@test.example", "password": PASSWORD });
    let step = client.post("/api/v1/auth/login", &body).await;
    client.token = Some(step.body["present"]["mfa_token"].as_str().unwrap().to_owned());
    client
}
