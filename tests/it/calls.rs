//! Every way in which a call changes or ends, and what the patient's phone is told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    push::{Phone, Service, with_service},
    world::{Client, World},
};

both!(
    every_end_of_a_call_is_told,
    the_room_of_a_call_that_was_changed_is_told,
    a_call_again_goes_to_the_room_chosen_now,
    a_waiting_patient_hears_that_the_clinic_cancelled,
    a_family_hears_whose_turn_it_is,
    a_card_outlives_midnight
);

/// A patient with a phone, the desk, and how many messages the phone has got.
pub struct Told {
    pub world: World,
    service: Service,
    phone: Phone,
    pub patient: Client,
    seen: usize,
}

impl Told {
    pub async fn new(mut world: World) -> Self {
        let (service, origin) = with_service(&mut world).await;
        let patient = world.patient(0).await;
        let phone = Phone::new(&format!("{origin}/phone"));
        patient.put("/api/v1/users/me/push", &phone.subscription()).await.ok::<Value>();
        Self { world, service, phone, patient, seen: 0 }
    }

    /// The next message to the phone, without those that the turn is near.
    pub async fn next(&mut self) -> Value {
        loop {
            self.seen += 1;
            let came = self.service.came(self.seen).await;
            let message = self.phone.reads(&came[self.seen - 1].2);
            if !message["title"].as_str().unwrap().contains("nearly your turn") {
                return message;
            }
        }
    }

    /// The patient joins, is called, and gets the message.
    pub async fn called(&mut self) -> Value {
        self.patient.post("/api/v1/queue/join", &self.world.join()).await.ok::<Value>();
        let doctor = self.world.doctor(0).await;
        let call = json!({ "room": "Room 2" });
        let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
        let told = self.next().await;
        assert!(told["title"].as_str().unwrap().ends_with("it is your turn"), "{told}");
        assert_eq!((&told["tag"], &told["quiet"]), (&called["label"], &json!(false)));
        called
    }

    /// A step of staff, with its fields.
    pub async fn step(&self, row: &Value, mut request: Value) -> Value {
        request["version"] = row["version"].clone();
        let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
        let by = if request["step"] == "serve" {
            self.world.doctor(0).await
        } else {
            self.world.reception().await
        };
        by.patch(&path, &request).await.ok()
    }

    pub async fn mine(&self) -> Value {
        self.patient.get("/api/v1/queue/my-status").await.ok()
    }

    /// Leaves the queue, if the patient is in it.
    async fn leaves(&self) {
        for ticket in self.mine().await["tickets"].as_array().unwrap() {
            let path = format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap());
            self.patient.delete(&path).await.ok::<Value>();
        }
    }
}

async fn every_end_of_a_call_is_told(world: World) {
    let mut told = Told::new(world).await;
    let doctor = told.world.a.doctors[1];
    let service = told.world.a.services[0];
    let back = ("please don't go in yet", "You're back in the queue for General practice");
    let hold = ("please don't go in yet", "is on hold");
    let sent = ("you were transferred to General practice (Name of doctor1)", "Please wait there");
    let cancelled = ("your ticket was cancelled", "please don't go in.");
    let missed = ("you missed your call", "you can return for a while");
    let came = ("your visit has begun", "has begun");
    let ways = [
        (json!({ "step": "undo" }), back, "waiting"),
        (json!({ "step": "put_back" }), back, "waiting"),
        (json!({ "step": "transfer", "service_id": service, "doctor_id": doctor }), sent, "waiting"),
        (json!({ "step": "park" }), hold, "parked"),
        (json!({ "step": "cancel" }), cancelled, "cancelled"),
        (json!({ "step": "no_show" }), missed, "no_show"),
        (json!({ "step": "serve" }), came, "serving"),
    ];
    for (request, (title, text), state) in ways {
        let mut called = told.called().await;
        // A change of priority ends no call, and sends no message.
        let urgent = json!({ "step": "prioritise", "priority": "urgent", "reason": "fever" });
        if request["step"] != "undo" {
            called = told.step(&called, urgent).await;
        }
        let after = told.step(&called, request.clone()).await;
        let message = told.next().await;
        let said = |key: &str| message[key].as_str().unwrap().to_owned();
        assert!(said("title").ends_with(title) && said("body").contains(text), "{request}: {message}");
        assert_eq!(
            (&message["tag"], &message["quiet"]),
            (&called["label"], &json!(state == "serving")),
            "it takes the place of the call"
        );
        let mine = told.mine().await;
        let list = if ["cancelled", "no_show"].contains(&state) { "ended" } else { "tickets" };
        assert_eq!(mine[list][0]["state"], state, "{request} leaves a card: {mine}");
        // A visit that has begun leaves no message in the inbox: nobody needs to read it.
        let inbox: Value = told.patient.get("/api/v1/users/me/inbox").await.ok();
        let mut notices = inbox["notices"].as_array().unwrap().iter();
        let is_noted = notices.any(|notice| notice["subject"] == message["title"]);
        assert_eq!(is_noted, state != "serving", "{request}: {inbox}");
        if state == "serving" {
            // The patient followed the call: the end of the visit sends no message, because the patient hears it in the
            // room.
            let on = json!({ "step": "done" });
            told.step(&after, on).await;
        }
        told.leaves().await;
    }
    // The patient leaves the queue on another device.
    let called = told.called().await;
    let other = told.world.patient(0).await;
    other.delete(&format!("/api/v1/queue/{}", called["id"].as_str().unwrap())).await.ok::<Value>();
    assert!(told.next().await["title"].as_str().unwrap().ends_with("your ticket was cancelled"));
    // A waiting patient cannot be merged: no merge changes a call.
    told.called().await;
    let (stays, other) = (told.world.a.patients[1], told.world.a.patients[0]);
    let admin = told.world.admin().await;
    let page: Value = admin.get("/api/v1/admin/users?limit=200").await.ok();
    let version = |id: medlane_shared::ids::PersonId| {
        let all = page["items"].as_array().unwrap();
        all.iter().find(|one| one["id"] == json!(id)).unwrap()["version"].clone()
    };
    let merge = json!({ "other_id": other, "version": version(stays), "other_version": version(other) });
    admin.post(&format!("/api/v1/admin/users/{stays}/merge"), &merge).await.refused(409, "patient_waits");
    // The day ends: no message offers a return that is not possible.
    told.world.clock.pass(Duration::from_hours(25));
    let reception = told.world.reception().await;
    let door = format!("/api/v1/branches/{}/queue", told.world.a.branches[0]);
    reception.put(&door, &json!({ "door": "open" })).await.ok::<Value>();
    let message = told.next().await;
    assert!(message["body"].as_str().unwrap().contains("This ticket is over."), "{message}");
    told.patient = told.world.patient(0).await;
    let mine = told.mine().await;
    assert_eq!((&mine["ended"][0]["state"], mine["ended"][0].get("return_until")), (&json!("no_show"), None));
    // A removed account gets no more messages: its browsers are deleted.
    told.leaves().await;
    let id = told.world.a.patients[0].to_string();
    let admin = told.world.admin().await;
    let page: Value = admin.get("/api/v1/admin/users?limit=200").await.ok();
    let seen = page["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap().clone();
    let gone = json!({ "standing": "deleted", "why": "asked", "version": seen["version"] });
    admin.patch(&format!("/api/v1/admin/users/{id}/standing"), &gone).await.ok::<Value>();
    let other = told.world.patient(1).await;
    let phone = Phone::new(&told.phone.beside("other"));
    other.put("/api/v1/users/me/push", &phone.subscription()).await.ok::<Value>();
    other.post("/api/v1/queue/join", &told.world.join()).await.ok::<Value>();
    let came = told.service.came(told.seen + 1).await;
    assert_eq!(came[told.seen].0, "other", "the next message is somebody else's");
}

async fn the_room_of_a_call_that_was_changed_is_told(world: World) {
    let mut told = Told::new(world).await;
    let called = told.called().await;
    // Long after the call and after a restart, the server still knows which room it told.
    told.world.clock.pass(Duration::from_mins(12));
    let moved = told.step(&called, json!({ "step": "move", "room": "Room 1" })).await;
    let message = told.next().await;
    assert_eq!(message["title"], "GP-001: the room has changed to Room 1");
    assert!(message["body"].as_str().unwrap().contains("Please go to Room 1 now."), "{message}");
    assert_eq!((&message["tag"], &message["quiet"]), (&json!("GP-001"), &json!(false)));
    assert_eq!(told.mine().await["tickets"][0]["room"], "Room 1");
    let board = format!("/api/v1/branches/{}/board", told.world.a.branches[0]);
    let board: Value = told.world.reception().await.get(&board).await.ok();
    assert_eq!(board["calling"][0]["room"], "Room 1");
    // The change is undone: the first room again. And the end of the call is told once.
    let undone = told.step(&moved, json!({ "step": "undo" })).await;
    assert_eq!(told.next().await["title"], "GP-001: the room has changed to Room 2");
    told.step(&undone, json!({ "step": "put_back" })).await;
    assert_eq!(told.next().await["title"], "GP-001: please don't go in yet");
    let inbox: Value = told.patient.get("/api/v1/users/me/inbox").await.ok();
    let backs = inbox["notices"].as_array().unwrap().iter();
    assert_eq!(backs.filter(|one| one["subject"] == "GP-001: please don't go in yet").count(), 1);
}

async fn a_call_again_goes_to_the_room_chosen_now(world: World) {
    let mut told = Told::new(world).await;
    let called = told.called().await;
    let doctor = told.world.doctor(0).await;
    let path = format!("/api/v1/queue/{}/status", called["id"].as_str().unwrap());
    let again =
        |row: &Value, room: &str| json!({ "step": "recall", "room": room, "version": row["version"] });
    // Another doctor sees a patient in Room 1.
    let other = told.world.patient(1).await;
    let mut join = told.world.join();
    join["doctor_id"] = json!(told.world.a.doctors[1]);
    other.post("/api/v1/queue/join", &join).await.ok::<Value>();
    let beside = told.world.doctor(1).await;
    beside.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok::<Value>();
    told.world.clock.pass(Duration::from_secs(61));
    let doctor_again = told.world.doctor(0).await;
    doctor_again.patch(&path, &again(&called, "Room 1")).await.refused(409, "room_in_use");
    doctor_again.patch(&path, &again(&called, "Room 99")).await.refused(422, "invalid");
    let second: Value = doctor.patch(&path, &again(&called, "Room 7")).await.ok();
    assert_eq!((&second["room"], &second["calls"]), (&json!("Room 7"), &json!(2)));
    assert_eq!(told.next().await["title"], "GP-001: the room has changed to Room 7");
    assert_eq!(told.mine().await["tickets"][0]["room"], "Room 7");
    let board = format!("/api/v1/branches/{}/board", told.world.a.branches[0]);
    let board: Value = told.world.reception().await.get(&board).await.ok();
    let calling = board["calling"].as_array().unwrap();
    let shown = calling.iter().find(|call| call["label"] == "GP-001").unwrap();
    assert_eq!((&shown["room"], &shown["calls"]), (&json!("Room 7"), &json!(2)));
    // A call that is too early all the same sends nobody to the old room.
    let moved: Value = doctor.patch(&path, &again(&second, "Room 2")).await.ok();
    assert_eq!((&moved["room"], &moved["calls"]), (&json!("Room 2"), &json!(2)));
    assert_eq!(told.next().await["title"], "GP-001: the room has changed to Room 2");
    doctor.patch(&path, &again(&moved, "Room 2")).await.refused(422, "recall_too_soon");
    // Without a room the call is to the same one again.
    told.world.clock.pass(Duration::from_secs(61));
    let third: Value = told.world.doctor(0).await.step(&moved, "recall").await.ok();
    assert_eq!((&third["room"], &third["calls"]), (&json!("Room 2"), &json!(3)));
    assert_eq!(told.next().await["title"], "GP-001: it is your turn");
}

async fn a_waiting_patient_hears_that_the_clinic_cancelled(world: World) {
    let mut told = Told::new(world).await;
    for step in ["waiting", "parked"] {
        let joined: Value = told.patient.post("/api/v1/queue/join", &told.world.join()).await.ok();
        let desk = told.world.reception().await;
        let row = if step == "parked" { desk.step(&joined, "park").await.ok() } else { joined };
        let gone: Value = desk.step(&row, "cancel").await.ok();
        assert_eq!(gone["cancelled_by"], "clinic");
        let message = told.next().await;
        assert!(
            message["title"].as_str().unwrap().ends_with("your ticket was cancelled"),
            "{step}: {message}"
        );
        assert!(message["body"].as_str().unwrap().contains("please ask at reception"), "{step}: {message}");
        let inbox: Value = told.patient.get("/api/v1/users/me/inbox").await.ok();
        assert_eq!(inbox["notices"][0]["subject"], message["title"]);
        assert_eq!(told.mine().await["ended"][0]["cancelled_by"], "clinic");
        let past: Value = told.patient.get("/api/v1/queue/my-history").await.ok();
        assert_eq!(past["items"][0]["cancelled_by"], "clinic");
        // It was a mistake: the patient hears that too, and a second time is told again.
        let back: Value = desk.step(&gone, "undo").await.ok();
        assert!(back.get("cancelled_by").is_none());
        assert!(told.next().await["title"].as_str().unwrap().ends_with("please don't go in yet"));
        desk.step(&back, "cancel").await.ok::<Value>();
        assert!(told.next().await["title"].as_str().unwrap().ends_with("your ticket was cancelled"));
    }
    // A called patient hears it once. After the undo the call stands again, and is told again.
    let called = told.called().await;
    let gone = told.step(&called, json!({ "step": "cancel" })).await;
    assert!(told.next().await["title"].as_str().unwrap().ends_with("your ticket was cancelled"));
    let back = told.step(&gone, json!({ "step": "undo" })).await;
    assert!(told.next().await["title"].as_str().unwrap().ends_with("it is your turn"));
    told.step(&back, json!({ "step": "put_back" })).await;
    assert!(told.next().await["title"].as_str().unwrap().ends_with("please don't go in yet"));
    // A patient who leaves the queue knows it: the next message is about the next call.
    told.leaves().await;
    assert_eq!(told.mine().await["ended"][0]["cancelled_by"], "patient");
    told.called().await;
}

async fn a_family_hears_whose_turn_it_is(world: World) {
    let mut told = Told::new(world).await;
    let child = json!({ "name": "Sara Al Harthy", "birth_date": "2018-05-01" });
    let child: Value = told.patient.post("/api/v1/users/me/dependants", &child).await.ok();
    let mut join = told.world.join();
    join["patient_id"] = child["id"].clone();
    told.patient.post("/api/v1/queue/join", &join).await.ok::<Value>();
    let doctor = told.world.doctor(0).await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let message = told.next().await;
    assert_eq!(message["title"], "GP-001 (Sara): it is your turn");
    assert!(message["body"].as_str().unwrap().starts_with("GP-001 (Sara): "), "{message}");
    assert_eq!(message["tag"], "GP-001");
    let inbox: Value = told.patient.get("/api/v1/users/me/inbox").await.ok();
    assert_eq!(inbox["notices"][0]["subject"], message["title"]);
    told.step(&called, json!({ "step": "put_back" })).await;
    assert_eq!(told.next().await["title"], "GP-001 (Sara): please don't go in yet");
}

async fn a_card_outlives_midnight(world: World) {
    // Muscat is four hours ahead all year: there it is five minutes to midnight.
    let now = (world.seconds() + 4 * 3_600) % 86_400;
    world.clock.pass(Duration::from_secs((23 * 3_600 + 55 * 60 + 86_400 - now) % 86_400));
    let patient = world.patient(0).await;
    let joined: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let desk = world.reception().await;
    desk.step(&joined, "cancel").await.ok::<Value>();
    let ended = async |patient: &Client| -> Value {
        let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
        mine["ended"]
            .as_array()
            .map(|all| all.iter().map(|one| one["state"].clone()).collect())
            .unwrap_or_default()
    };
    assert_eq!(ended(&patient).await, json!(["cancelled"]));
    world.clock.pass(Duration::from_mins(10));
    assert_eq!(
        ended(&world.patient(0).await).await,
        json!(["cancelled"]),
        "the next day begins, and it is still news"
    );
    world.clock.pass(Duration::from_hours(12));
    assert_ne!(ended(&world.patient(0).await).await, json!(["cancelled"]), "it is no news any more");
}
