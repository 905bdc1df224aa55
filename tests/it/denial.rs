//! Every call and every kind of caller. The build fails if a call has no row.

use std::time::Duration;

use medlane_shared::{
    api::{CALLS, Method, fill},
    identity::Face,
    ids::{ClientId, NoteId, PersonId},
    sync::{Answer, Bucket, ClientFrame, Intent, IntentOutcome, Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    factor::switch_on,
    line::Line,
    world::{Client, PASSWORD, World},
};

/// Anonymous; the ticket's patient; another patient; its doctor; a doctor of another branch; reception of its branch,
/// and of another; a manager of its branch; an administrator; a kiosk of another branch; a board of its branch; a
/// doctor of another clinic. Then callers with an invalid token: of a suspended person; of a removed device; an
/// expired one; one of another kind. `+` passes the access check, `1` is 401, `3` is 403, `4` is 404.
const MATRIX: &[(&str, &str)] = &[
    ("Login", "++++++++++++ 1111"),
    ("Refresh", "111111111111 1111"),
    ("GetMe", "1+++++++++++ 1111"),
    ("ListBranches", "++++++++++++ 1111"),
    ("ListServices", "+++++++++++4 1111"),
    ("GetBoard", "+++++++++++4 1111"),
    ("JoinQueue", "1++44+4++434 1111"),
    ("MyStatus", "1++44444+334 1111"),
    ("MyHistory", "1++44444+334 1111"),
    ("DoctorQueue", "133+4+4++334 1111"),
    ("CallNext", "133+44443334 1111"),
    ("StepTicket", "133+4+4+3334 1111"),
    ("CancelTicket", "1+4+4+4++334 1111"),
    ("StepBack", "1+4+4+4++334 1111"),
    ("FindPatients", "13333++++333 1111"),
    ("RegisterPatient", "13333++++333 1111"),
    ("ChangePatient", "13333++++333 1111"),
    ("SendContactCode", "13333++++333 1111"),
    ("ConfirmContact", "13333++++333 1111"),
    ("CheckIdentity", "13333++++333 1111"),
    ("ControlQueue", "133+4+4++334 1111"),
    ("GetQueueStats", "133+4+4++334 1111"),
    ("ArriveSelf", "1+4+4+4+3434 1111"),
    ("AnswerCall", "1+4+4+4+3434 1111"),
    ("CheckIn", "14444+4+3434 1111"),
    ("SettleHeld", "133333333433 1111"),
    ("GetKiosk", "133333333+33 1111"),
    ("HandOverTickets", "133333333+33 1111"),
    ("SettleTask", "133334444333 1111"),
    ("AskHelp", "133333333433 1111"),
    ("WithdrawHelp", "133333333433 1111"),
    ("AnswerHelp", "13333+4++333 1111"),
    ("GetSettings", "13333333+333 1111"),
    ("AddBranch", "13333333+333 1111"),
    ("ChangeBranch", "13333333+333 1111"),
    ("AddService", "13333333+333 1111"),
    ("ChangeService", "13333333+333 1111"),
    ("GetEstimates", "133+4+4++334 1111"),
    ("GetLinkedTicket", "+++++++++++4 1111"),
    ("ListNotes", "1+4+43333334 1111"),
    ("ListDrafts", "133++333333+ 1111"),
    ("SaveNote", "133+43333334 1111"),
    ("SignNote", "133+43333334 1111"),
    ("DiscardNote", "133+43333334 1111"),
    ("ListAudit", "13333333+333 1111"),
    ("ListAuditPatients", "13333333+333 1111"),
    ("ExportAudit", "13333333+333 1111"),
    ("VerifyAudit", "13333333+333 1111"),
    ("GetAuditState", "13333333+333 1111"),
    ("CreateDeviceCode", "1333333++333 1111"),
    ("EnrolDevice", "++++++++++++ 1111"),
    ("CheckInDevice", "111111111111 1111"),
    ("AskOrders", "111111111111 1111"),
    ("DeviceWiped", "111111111111 1111"),
    ("HandOverReads", "111111111111 1111"),
    ("ListMessages", "13333333+333 1111"),
    ("ListDevices", "1333333++333 1111"),
    ("ChangeDevice", "133333344333 1111"),
    ("ListSessions", "1++++++++33+ 1111"),
    ("EndSession", "144444444334 1111"),
    ("EndSessions", "1++++++++33+ 1111"),
    ("ChangeProfile", "1++++++++33+ 1111"),
    ("ConfirmIdentity", "1++++++++33+ 1111"),
    ("ExportAccount", "1++++++++33+ 1111"),
    ("GetContacts", "1++++++++33+ 1111"),
    ("ProveContact", "1++++++++33+ 1111"),
    ("ConfirmOwnContact", "1++++++++33+ 1111"),
    ("GetAvatar", "1++++++++33+ 1111"),
    ("SetAvatar", "1++++++++33+ 1111"),
    ("RemoveAvatar", "1++++++++33+ 1111"),
    ("GetNotices", "1++++++++33+ 1111"),
    ("ChooseNotices", "1++++++++33+ 1111"),
    ("GetInbox", "1++++++++33+ 1111"),
    ("ReadInbox", "1++++++++33+ 1111"),
    ("GetPushKey", "1++++++++33+ 1111"),
    ("SubscribePush", "1++++++++33+ 1111"),
    ("UnsubscribePush", "1++++++++33+ 1111"),
    ("GetDeletion", "1++++++++33+ 1111"),
    ("AskDeletion", "1++333333333 1111"),
    ("WithdrawDeletion", "1++333333333 1111"),
    ("GetPersonAvatar", "13333334+333 1111"),
    ("KeepPerson", "13333334+333 1111"),
    ("ListDependants", "1++++++++33+ 1111"),
    ("AddDependant", "1++333333333 1111"),
    ("EndDependant", "144444444334 1111"),
    ("ChangePassword", "1++++++++33+ 1111"),
    ("ListPeople", "1333333++333 1111"),
    ("InvitePerson", "13333334+333 1111"),
    ("ReinvitePerson", "13333334+333 1111"),
    ("SetStanding", "13333334+333 1111"),
    ("SetRoles", "13333334+333 1111"),
    ("AcceptInvitation", "++++++++++++ 1111"),
    ("VerifyMfa", "111111111111 1111"),
    ("SetUpMfa", "1++++++++33+ 1111"),
    ("EnableMfa", "1++++++++33+ 1111"),
    ("GetMfa", "1++++++++33+ 1111"),
    ("DisableMfa", "1++++++++33+ 1111"),
    ("RenewBackupCodes", "1++++++++33+ 1111"),
    ("ResetMfa", "13333334+333 1111"),
    ("ListDuplicates", "13333++++333 1111"),
    ("MergePeople", "13333++++333 1111"),
    ("UnmergePerson", "13333++++333 1111"),
    ("TellApart", "13333++++333 1111"),
    ("ListDecided", "13333++++333 1111"),
    ("UntellApart", "13333+444333 1111"),
    ("RotateKeys", "13333333+333 1111"),
    ("Register", "++++++++++++ 1111"),
    ("ResendCode", "++++++++++++ 1111"),
    ("VerifyCode", "++++++++++++ 1111"),
    ("ForgotPassword", "++++++++++++ 1111"),
    ("ResetPassword", "++++++++++++ 1111"),
    // Last, because it ends the sessions.
    ("Logout", "1+++++++++++ 1111"),
];

/// The callers with a valid token or none.
const ALIVE: usize = 12;

struct Things {
    ticket: Value,
    note: NoteId,
}

/// All callers of the matrix in its order, and the things that they ask about.
async fn everyone(world: &World) -> (Things, Vec<Client>) {
    let expired = world.patient(0).await;
    world.clock.pass(Duration::from_mins(16));
    let owner = world.patient(0).await.confirmed().await;
    let ticket: Value = owner.post("/api/v1/queue/join", &world.join()).await.ok();
    let doctor = world.doctor(0).await.confirmed().await;
    let note = NoteId::new(Timestamp::from_ms(1), rand::random());
    let (patient, visit) = (world.a.patients[0], &ticket["id"]);
    let draft = json!({ "id": note, "patient_id": patient, "ticket_id": visit, "text": "x", "version": 0 });
    doctor.put(&format!("/api/v1/notes/{note}"), &draft).await.ok::<Value>();
    let things = Things { ticket, note };
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

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    let world = World::sqlite().await;
    let (things, everyone) = everyone(&world).await;
    for call in CALLS {
        assert!(MATRIX.iter().any(|(name, _)| *name == call.name), "{} has no row", call.name);
    }
    let mut wrong = Vec::new();
    for (name, row) in MATRIX {
        let mut found = String::new();
        for (n, who) in everyone.iter().enumerate() {
            if n == ALIVE {
                found.push(' ');
            }
            let status = ask(&world, &things, who, name).await;
            found.push(match status {
                401 => '1',
                403 => '3',
                404 => '4',
                _ => '+',
            });
        }
        if found != *row {
            wrong.push(format!("{name}: expected {row}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
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

/// A request with a code that was never sent.
fn by_code(id: &str) -> Value {
    json!({ "verification_id": id, "code": "123456" })
}

/// A well-formed branch that a rule refuses, also from callers who may set one: it is never open.
fn branch_settings() -> Value {
    let never = json!([{ "weekday": 1, "from_min": 600, "to_min": 600 }]);
    json!({
        "name": "B", "address": "", "time_zone": "UTC", "languages": ["en"], "rooms": [],
        "policy": { "opening": never }
    })
}

/// A well-formed service that a rule refuses: the person who gives it does not work at the branch.
fn service_settings(branch: &str, person: &str) -> Value {
    json!({
        "name": "S", "prefix": "X", "duration_min": 5, "price_minor": 0, "currency": "OMR", "walk_in": true,
        "given": [{ "branch_id": branch, "person_id": person }]
    })
}

async fn ask(world: &World, things: &Things, who: &Client, name: &str) -> u16 {
    let call = medlane_shared::api::find(name).unwrap();
    let (branch, patient) = (world.a.branches[0].to_string(), world.a.patients[0]);
    let (ticket, note) = (things.ticket["id"].as_str().unwrap().to_owned(), things.note.to_string());
    let parameters: &[&str] = match name {
        "ListServices" | "GetBoard" | "ControlQueue" | "AskHelp" | "WithdrawHelp" | "ChangeBranch"
        | "CheckIn" => &[&branch],
        "ChangeService" => &[&world.a.services[0].to_string()],
        "AnswerHelp" | "SettleTask" => &[&branch, &note],
        "StepTicket" | "CancelTicket" | "StepBack" | "ArriveSelf" | "AnswerCall" | "SettleHeld" => &[&ticket],
        "GetLinkedTicket" => &[things.ticket["link"].as_str().unwrap()],
        "SignNote" | "DiscardNote" | "EndSession" | "ChangeDevice" | "EndDependant" => &[&note],
        "ReinvitePerson" | "SetStanding" | "SetRoles" | "ResetMfa" | "MergePeople" | "UnmergePerson"
        | "TellApart" | "GetPersonAvatar" | "KeepPerson" | "SendContactCode" | "ConfirmContact"
        | "CheckIdentity" | "ChangePatient" => &[&patient.to_string()],
        "UntellApart" => &[&patient.to_string(), &world.a.patients[9].to_string()],
        "SaveNote" => &[&NoteId::new(Timestamp::from_ms(1), rand::random()).to_string()],
        _ => &[],
    };
    let mut path = fill(call.path, parameters).unwrap();
    match name {
        "DoctorQueue" | "GetQueueStats" | "GetEstimates" => path = format!("{path}?branch_id={branch}"),
        "FindPatients" => path = format!("{path}?q=nobody"),
        "ListNotes" => path = format!("{path}?patient_id={patient}"),
        "ListAuditPatients" => path = format!("{path}?seq=1"),
        _ => {}
    }
    let body = match name {
        "Login" => json!({ "email": "patient3@test.example", "password": PASSWORD }),
        "Refresh" => json!({ "refresh_token": "bm9uc2Vuc2U" }),
        "JoinQueue" => world.join(),
        "StepTicket" => json!({ "step": "recall", "version": 999 }),
        "AddBranch" | "ChangeBranch" => branch_settings(),
        "AddService" | "ChangeService" => service_settings(&branch, &note),
        "StepBack" => json!({ "places": 1, "version": 999 }),
        "RegisterPatient" => json!({ "name": "P", "email": "patient0@test.example" }),
        "ChangePatient" => json!({ "name": "P", "version": 999 }),
        "SendContactCode" => json!({ "channel": "sms" }),
        "CheckIdentity" => json!({ "document": "passport", "contact": "sms" }),
        "ProveContact" => json!({ "email": "own@test.example" }),
        "ControlQueue" => json!({ "door": "open" }),
        "CheckIn" => json!({ "code": things.ticket["code"] }),
        "SettleHeld" => json!({ "taken": true }),
        "HandOverTickets" => json!({ "now": Timestamp::from_ms(1), "tickets": [] }),
        "SaveNote" => {
            json!({
                "id": path.rsplit('/').next(), "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0
            })
        }
        "SignNote" | "DiscardNote" => json!({ "id": note, "version": 999 }),
        "CreateDeviceCode" => json!({ "branch_id": branch, "kind": "kiosk", "name": "K" }),
        "EnrolDevice" => json!({ "code": "NOSUCHCODE" }),
        "CheckInDevice" | "DeviceWiped" => {
            let proof = json!({ "device_id": note, "at": Timestamp::from_ms(1), "signature": "x" });
            json!({ "proof": proof, "app_version": "1" })
        }
        "AskOrders" => {
            let proof = json!({ "device_id": note, "at": Timestamp::from_ms(1), "signature": "x" });
            json!({ "proof": proof, "nonce": "0123456789012345678901" })
        }
        "HandOverReads" => json!({ "device_id": note, "reads": [] }),
        "ConfirmIdentity" => json!({ "password": "wrong" }),
        "SetAvatar" => json!({ "content_type": "image/png", "data": "AAAA" }),
        "ChooseNotices" => json!({ "channels": [] }),
        "SubscribePush" => json!({
            "endpoint": "https://nowhere.example/x", "p256dh": "B".repeat(87), "auth": "A".repeat(22)
        }),
        "KeepPerson" => json!({ "why": "x", "version": 999 }),
        "AddDependant" => json!({ "name": "Child", "birth_date": "2015-05-01" }),
        "ChangePassword" => json!({ "password": "password1" }),
        "InvitePerson" => {
            json!({ "name": "N", "email": "staff@test.example", "roles": ["doctor"], "branches": [branch] })
        }
        "ChangeDevice" => json!({ "order": "wipe", "version": 1 }),
        "SetStanding" => json!({ "standing": "suspended", "why": "x", "version": 999 }),
        "MergePeople" => json!({ "other_id": world.a.patients[9], "version": 999, "other_version": 999 }),
        "UnmergePerson" => json!({ "version": 999 }),
        "TellApart" => json!({ "other_id": world.a.patients[9] }),
        "SetRoles" => json!({ "roles": ["patient"], "version": 999 }),
        "AcceptInvitation" => {
            json!({ "invitation_id": note, "secret": "x", "password": "kettle-42-violin" })
        }
        "Register" => json!({ "name": "New", "email": "new@test.example" }),
        "ForgotPassword" => json!({ "email": "new@test.example" }),
        "ResendCode" => json!({ "verification_id": note }),
        "VerifyMfa" => json!({ "mfa_token": "x.y.z", "code": "123456" }),
        "EnableMfa" => json!({ "code": "123456" }),
        "VerifyCode" | "ResetPassword" | "ConfirmContact" | "ConfirmOwnContact" => by_code(&note),
        _ => json!({}),
    };
    let method = reqwest::Method::from_bytes(call.method.text().as_bytes()).unwrap();
    let mut request = who.request(method, &path);
    if name == "CancelTicket" {
        request = request.header("if-match", "999");
    }
    if !matches!(call.method, Method::Get | Method::Delete) {
        request = request.json(&body);
    }
    who.send(request).await.status.as_u16()
}

/// The messages that a client can send on a socket.
#[derive(Clone)]
enum Said {
    Follow(Topic),
    Replica,
    Resnapshot(Bucket),
    Intent(&'static str),
}

/// The result for each caller: `+` done, `-` no answer, otherwise as in the matrix of calls. The build fails if a
/// topic or bucket has no row.
fn row(said: &Said) -> &'static str {
    match said {
        Said::Follow(Topic::Board(_) | Topic::Link(_)) => "+++++++++++4 1111",
        Said::Follow(Topic::Mine) => "1++44444+334 1111",
        Said::Follow(Topic::Inbox) => "1++++++++33+ 1111",
        Said::Follow(Topic::Queue(_)) => "133+4+4++334 1111",
        Said::Follow(Topic::Activity) => "13333333+333 1111",
        Said::Follow(Topic::Help(_)) => "13333+4++333 1111",
        Said::Resnapshot(Bucket::Queue(_) | Bucket::Chart(_)) => "133+-333333- 1111",
        Said::Follow(Topic::Drafts) | Said::Replica | Said::Resnapshot(Bucket::Catalogue) => {
            "133++333333+ 1111"
        }
        Said::Intent(_) => "133+43333334 1111",
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
    let (branch, patient) = (world.a.branches[0], world.a.patients[0]);
    let link = things.ticket["link"].as_str().unwrap().to_owned();
    let all = [
        Said::Follow(Topic::Board(branch)),
        Said::Follow(Topic::Link(link)),
        Said::Follow(Topic::Mine),
        Said::Follow(Topic::Inbox),
        Said::Follow(Topic::Queue(branch)),
        Said::Follow(Topic::Activity),
        Said::Follow(Topic::Help(branch)),
        Said::Follow(Topic::Drafts),
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
        let mut found = String::new();
        for (n, (who, face)) in everyone.iter().zip(FACES).enumerate() {
            if n == ALIVE {
                found.push(' ');
            }
            found.push(hears(&things, who, face, said, patient).await);
        }
        if found != row(said) {
            wrong.push(format!("{}: expected {}, found {found}", name(said), row(said)));
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
async fn hears(things: &Things, who: &Client, face: Face, said: &Said, patient: PersonId) -> char {
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let topics = if let Said::Follow(topic) = said { vec![topic.clone()] } else { Vec::new() };
    let replica = (!matches!(said, Said::Follow(_))).then_some(replica);
    let mut line = Line::hello(&who.base, face, who.token.as_deref(), topics, replica).await;
    // Only a frame after the first content of the replica is the answer.
    let mut waits = !matches!(said, Said::Follow(_) | Said::Replica);
    loop {
        let fault = match line.next().await {
            Some(ServerFrame::Welcome(_)) if matches!(said, Said::Replica) => return '+',
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
            ) => return '+',
            Some(
                ServerFrame::Answer(Answer { outcome: IntentOutcome::Refused { fault }, .. })
                | ServerFrame::Refused { fault, .. }
                | ServerFrame::Bye { fault },
            ) => fault,
            Some(ServerFrame::Pong { .. }) if !matches!(said, Said::Intent(_)) => return '-',
            Some(_) => continue,
            None => return 'x',
        };
        return match fault.code.status() {
            401 => '1',
            403 => '3',
            404 => '4',
            _ => '+',
        };
    }
}

fn frame(things: &Things, said: &Said, client_id: ClientId, patient: PersonId) -> Option<ClientFrame> {
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let args = match said {
        Said::Intent("note.save") => {
            let ticket = &things.ticket["id"];
            json!({ "id": id, "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0 })
        }
        Said::Intent("ticket.step") => {
            json!({ "id": things.ticket["id"], "request": { "step": "recall", "version": 999 } })
        }
        Said::Intent(_) => json!({ "id": things.note, "version": 999 }),
        Said::Resnapshot(bucket) => return Some(ClientFrame::Resnapshot { buckets: vec![*bucket] }),
        Said::Follow(_) | Said::Replica => return None,
    };
    let name = name(said);
    let made_at = Timestamp::from_ms(1);
    Some(ClientFrame::Intent(Intent { client_id, intent_id: 1, name, schema: SCHEMA, args, made_at }))
}
