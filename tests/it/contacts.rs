//! Contacts: which are confirmed, and what an unconfirmed contact cannot do.

mod corrected;

use medlane_shared::ids::{NoteId, PersonId};
use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, PHONE},
    world::{Client, PASSWORD, World},
};

both!(
    a_number_that_nobody_proved_opens_no_chart,
    a_merge_that_opens_a_chart_needs_a_code_or_a_check,
    an_address_typed_at_the_desk_makes_nobody_its_owner,
    a_code_that_is_read_back_proves_a_contact,
    an_identity_check_reaches_and_yields_to_a_code,
    an_unproven_contact_is_told_nothing,
    a_contact_is_changed_by_its_code_and_the_one_before_is_told,
    nobody_learns_that_an_address_is_taken,
);

const NUMBER: &str = "+96892123456";
const BORN: &str = "1980-02-03";
const NAME: &str = "Fatma Al Saadi";
const CHOSEN: &str = "kettle-42-violin";
const CONTACTS: &str = "/api/v1/users/me/contacts";

/// A record that reception has made, with a visit and a signed note.
pub async fn record(world: &World, more: &Value) -> PersonId {
    let reception = world.reception().await;
    let mut told = json!({ "name": NAME, "birth_date": BORN, "phone": NUMBER });
    told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made: Value = reception.post("/api/v1/patients", &told).await.ok();
    let id: PersonId = serde_json::from_value(made["id"].clone()).unwrap();
    assert_eq!(made.get("proven"), None, "what is typed at the desk is not proven");
    let mut join = world.join();
    join["patient_id"] = json!(id);
    reception.post("/api/v1/queue/join", &join).await.ok::<Value>();
    let doctor = world.doctor(0).await;
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let row: Value = doctor.step(&row, "serve").await.ok();
    let note = NoteId::new(world.node.core.now(), rand::random());
    let draft = json!({
        "id": note, "patient_id": id, "ticket_id": row["id"], "text": "hers alone", "version": 0,
    });
    doctor.put(&format!("/api/v1/notes/{note}"), &draft).await.ok::<Value>();
    doctor
        .post(&format!("/api/v1/notes/{note}/sign"), &json!({ "id": note, "version": 1 }))
        .await
        .ok::<Value>();
    doctor.step(&row, "done").await.ok::<Value>();
    id
}

/// Registers a person with this data, by the code that is sent.
async fn registers(world: &World, told: &Value) -> (PersonId, Client) {
    let anyone = world.node.anyone();
    let begun: Value = anyone.post("/api/v1/auth/register", told).await.ok();
    let verify = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": CHOSEN,
    });
    let verified: Value = anyone.post("/api/v1/auth/verify-otp", &verify).await.ok();
    let tokens = &verified["tokens"];
    let id = serde_json::from_value(tokens["me"]["person_id"].clone()).unwrap();
    (id, Client { token: tokens["access_token"].as_str().map(str::to_owned), ..anyone })
}

async fn stranger(world: &World) -> (PersonId, Client) {
    let told = json!({ "name": NAME, "email": "stranger@test.example", "phone": NUMBER, "birth_date": BORN });
    registers(world, &told).await
}

async fn notes_of(who: &Client) -> usize {
    let export: Value = who.get("/api/v1/users/me/export").await.ok();
    assert_eq!(
        export["notes"].as_array().unwrap().is_empty(),
        export["visits"].as_array().unwrap().is_empty()
    );
    export["notes"].as_array().unwrap().len()
}

/// Merges two records in their present versions.
async fn merge(
    world: &World,
    (stays, other): (PersonId, PersonId),
    proof: Option<Value>,
) -> crate::world::Answer {
    let admin = world.admin().await;
    let version = async |id: PersonId| {
        let page: Value = admin.get("/api/v1/admin/users?limit=200").await.ok();
        let all = page["items"].as_array().unwrap();
        all.iter().find(|one| one["id"] == json!(id)).unwrap()["version"].clone()
    };
    let mut body =
        json!({ "other_id": other, "version": version(stays).await, "other_version": version(other).await });
    if let Some(proof) = proof {
        body["proof"] = proof;
    }
    let path = format!("/api/v1/admin/users/{stays}/merge");
    world.reception().await.post(&path, &body).await
}

fn path(patient: PersonId, what: &str) -> String {
    format!("/api/v1/patients/{patient}/{what}")
}

/// A different code.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// Reception confirms a patient's contact by the code that they read back.
async fn confirm(world: &World, patient: PersonId, channel: &str) -> Value {
    let reception = world.reception().await;
    let ask = json!({ "channel": channel });
    let begun: Value = reception.post(&path(patient, "contact-code"), &ask).await.ok();
    let read = json!({ "verification_id": begun["verification_id"], "code": world.code().await });
    reception.post(&path(patient, "contact-confirm"), &read).await.ok()
}

async fn messages(world: &World) -> usize {
    world.outbox().await.matches("<article>").count()
}

async fn a_number_that_nobody_proved_opens_no_chart(world: World) {
    let hers = record(&world, &json!({})).await;
    let (theirs, stranger) = stranger(&world).await;
    // Another name and no date of birth: only the number is the same.
    let told = json!({ "name": "Fatma Al Saady", "email": "near@test.example", "phone": NUMBER });
    let (near, _) = registers(&world, &told).await;
    let reception = world.reception().await;
    let pairs: Value = reception.get("/api/v1/admin/users/duplicates").await.ok();
    let pairs = pairs["items"].as_array().unwrap();
    assert!(
        pairs.iter().all(|pair| !pair["alike"].as_array().unwrap().contains(&json!("phone"))),
        "{pairs:#?}"
    );
    let has = |one: PersonId| {
        pairs.iter().any(|pair| [&pair["first"]["id"], &pair["second"]["id"]].contains(&&json!(one)))
    };
    assert!(!has(near), "the number is no sign");
    assert!(has(theirs), "the name and the day of birth are, and reception is shown what is confirmed");
    let found: Value = reception.get("/api/v1/patients?q=9212%203456").await.ok();
    for one in found["items"].as_array().unwrap() {
        assert!(!one["proven"].as_array().is_some_and(|proven| proven.contains(&json!("sms"))), "{one}");
    }
    // The number cannot be used to sign in, nor to get a password.
    let login = json!({ "email": NUMBER, "password": CHOSEN });
    world.node.anyone().post("/api/v1/auth/login", &login).await.refused(401, "credentials_wrong");
    let before = messages(&world).await;
    world.node.anyone().post("/api/v1/auth/forgot-password", &json!({ "phone": NUMBER })).await.ok::<Value>();
    assert_eq!(messages(&world).await, before, "nobody is written to");
    // A merge by mistake opens nothing.
    let refused = merge(&world, (theirs, hers), None).await;
    refused.refused(422, "identity_unproven");
    assert_eq!(notes_of(&stranger).await, 0);
}

async fn a_merge_that_opens_a_chart_needs_a_code_or_a_check(world: World) {
    let hers = record(&world, &json!({})).await;
    let (theirs, owner) = stranger(&world).await;
    let reception = world.reception().await;
    let ask = json!({ "channel": "sms", "merge_into": theirs });
    let send = path(hers, "contact-code");
    // No code is sent to an unconfirmed contact.
    let refused = reception.post(&send, &ask).await;
    refused.refused(422, "invalid");
    assert!(refused.body["fields"]["channel"]["code"].is_string(), "{}", refused.body);
    assert_eq!(confirm(&world, hers, "sms").await["proven"], json!(["sms"]));
    merge(&world, (theirs, hers), None).await.refused(422, "identity_unproven");
    // The code that confirms a contact does not work for a merge, nor does a code for a merge with another record.
    let plain: Value = reception.post(&send, &json!({ "channel": "sms" })).await.ok();
    let proof = |begun: &Value, code: &str| {
        Some(json!({ "code": { "verification_id": begun["verification_id"], "code": code } }))
    };
    let code = world.code().await;
    merge(&world, (theirs, hers), proof(&plain, &code)).await.refused(410, "code_expired");
    world.clock.pass(std::time::Duration::from_secs(901));
    let elsewhere = json!({ "channel": "sms", "merge_into": world.a.patients[3] });
    let begun: Value = world.reception().await.post(&send, &elsewhere).await.ok();
    let code = world.code().await;
    merge(&world, (theirs, hers), proof(&begun, &code)).await.refused(410, "code_expired");
    let begun: Value = world.reception().await.post(&send, &ask).await.ok();
    assert!(world.outbox().await.contains("the account will show everything in this record"));
    let code = world.code().await;
    let wrong = merge(&world, (theirs, hers), proof(&begun, &other(&code))).await;
    wrong.refused(422, "code_wrong");
    assert_eq!(wrong.body["fields"]["code"]["left"], 4, "{}", wrong.body);
    merge(&world, (theirs, hers), proof(&begun, &code)).await.ok::<Value>();
    let owner = again(&world, "stranger@test.example", owner).await;
    assert_eq!(notes_of(&owner).await, 1);
    // After the merge is undone, the same code opens nothing. A document that reception has checked does.
    let admin = world.admin().await;
    let page: Value = admin.get("/api/v1/admin/users?limit=200").await.ok();
    let other =
        page["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(hers)).unwrap().clone();
    let unmerge = format!("/api/v1/admin/users/{hers}/unmerge");
    admin.post(&unmerge, &json!({ "version": other["version"] })).await.ok::<Value>();
    assert_eq!(notes_of(&owner).await, 0);
    merge(&world, (theirs, hers), proof(&begun, &code)).await.refused(410, "code_expired");
    merge(&world, (theirs, hers), Some(json!({ "identity": "horoscope" }))).await.refused(400, "malformed");
    merge(&world, (theirs, hers), Some(json!({ "identity": "passport" }))).await.ok::<Value>();
    assert_eq!(notes_of(&owner).await, 1);
    let sql = "update identity_check set document = document where person_id = $1 and document = 'passport' \
        and purpose = 'merge' and by_id is not null";
    assert_eq!(world.raw(sql, &[&hers.to_string()]).await, 1);
    // The owner can confirm the number of the record that is theirs now.
    let ask = json!({ "phone": NUMBER });
    world.clock.pass(std::time::Duration::from_secs(901));
    let owner = confirmed(again(&world, "stranger@test.example", owner).await).await;
    let begun: Value = owner.post(&format!("{CONTACTS}/code"), &ask).await.ok();
    let read = json!({ "verification_id": begun["verification_id"], "code": world.code().await });
    let now: Value = owner.post(&format!("{CONTACTS}/confirm"), &read).await.ok();
    assert_eq!(now["contacts"][1]["proven_how"], "code", "{now}");
    // A guardian would see the chart too, so a dependant without a contact is no way around the check.
    let guardian = world.patient(5).await;
    let child = json!({ "name": NAME, "birth_date": BORN });
    let child: Value = guardian.post("/api/v1/users/me/dependants", &child).await.ok();
    let child: PersonId = serde_json::from_value(child["id"].clone()).unwrap();
    let another = record(&world, &json!({ "phone": null, "is_new": true })).await;
    merge(&world, (child, another), None).await.refused(422, "identity_unproven");
    let fresh: Value =
        world.reception().await.post("/api/v1/patients", &json!({ "name": "No Contact" })).await.ok();
    let fresh: PersonId = serde_json::from_value(fresh["id"].clone()).unwrap();
    merge(&world, (fresh, another), None).await.ok::<Value>();
}

/// The same person after they have confirmed their identity, by the password that they chose.
async fn confirmed(who: Client) -> Client {
    let body = json!({ "password": CHOSEN });
    let confirmed: Value = who.post("/api/v1/users/me/confirm", &body).await.ok();
    Client { proof: confirmed["proof"].as_str().map(str::to_owned), ..who }
}

/// The same person signed in again, because time has passed.
async fn again(world: &World, email: &str, before: Client) -> Client {
    let login = json!({ "email": email, "password": CHOSEN });
    let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login).await.ok();
    Client { token: tokens["access_token"].as_str().map(str::to_owned), proof: None, ..before }
}

async fn an_address_typed_at_the_desk_makes_nobody_its_owner(world: World) {
    let typed = "reader@test.example";
    record(&world, &json!({ "email": typed })).await;
    let anyone = world.node.anyone();
    let before = messages(&world).await;
    let forgot = json!({ "email": typed });
    let begun: Value = anyone.post("/api/v1/auth/forgot-password", &forgot).await.ok();
    assert_eq!(messages(&world).await, before, "the mailbox hears nothing");
    let body = json!({ "verification_id": begun["verification_id"], "code": "123456", "password": CHOSEN });
    anyone.post("/api/v1/auth/reset-password", &body).await.refused(422, "code_wrong");
    // The person who reads this address can still register, and sees nobody's chart.
    let (_, reader) = registers(&world, &json!({ "name": "Reader", "email": typed })).await;
    assert_eq!(notes_of(&reader).await, 0);
    let login = json!({ "email": typed, "password": CHOSEN });
    assert_eq!(anyone.post("/api/v1/auth/login", &login).await.ok::<Value>()["me"]["name"], "Reader");
    // From then on the desk is told that the address belongs to another person.
    let told = json!({ "name": "Another", "email": typed });
    world.reception().await.post("/api/v1/patients", &told).await.refused(409, "account_exists");
}

async fn a_code_that_is_read_back_proves_a_contact(world: World) {
    let hers = record(&world, &json!({ "email": "fatma@test.example" })).await;
    let reception = world.reception().await;
    let send = path(hers, "contact-code");
    reception.post(&send, &json!({ "channel": "push" })).await.refused(400, "malformed");
    let begun: Value = reception.post(&send, &json!({ "channel": "email" })).await.ok();
    assert_eq!((begun["channel"].as_str(), begun["expires_in_s"].as_u64()), (Some("email"), Some(600)));
    let code = world.code().await;
    let read = |code: &str| json!({ "verification_id": begun["verification_id"], "code": code });
    let check = path(hers, "contact-confirm");
    reception.post(&check, &read(&other(&code))).await.refused(422, "code_wrong");
    // A patient's code does not confirm another patient's contact.
    let stranger = path(world.a.patients[1], "contact-confirm");
    reception.post(&stranger, &read(&code)).await.refused(410, "code_expired");
    let now: Value = reception.post(&check, &read(&code)).await.ok();
    assert_eq!((&now["proven"], &now["name"]), (&json!(["email"]), &json!(NAME)));
    reception.post(&check, &read(&code)).await.refused(410, "code_expired");
    // Now she gets a password by this contact, and sees her own data.
    let begun: Value = world
        .node
        .anyone()
        .post("/api/v1/auth/forgot-password", &json!({ "email": "fatma@test.example" }))
        .await
        .ok();
    let body = json!({ "verification_id": begun["verification_id"], "code": world.code().await, "password": CHOSEN });
    world.node.anyone().post("/api/v1/auth/reset-password", &body).await.ok::<Value>();
    let fatma = again(&world, "fatma@test.example", world.node.anyone()).await;
    assert_eq!(notes_of(&fatma).await, 1);
    // Three codes to one contact in a quarter of an hour.
    for _ in 0..3 {
        reception.post(&send, &json!({ "channel": "sms" })).await.ok::<Value>();
    }
    reception.post(&send, &json!({ "channel": "sms" })).await.refused(429, "rate_limited");
    // The id does not exist for another clinic's reception.
    let other =
        world.node.sign_in(&world.b, "reception@test.example", medlane_shared::identity::Face::Admin).await;
    other.post(&send, &json!({ "channel": "email" })).await.refused(404, "not_found");
}

async fn an_identity_check_reaches_and_yields_to_a_code(world: World) {
    let typed = "fatma@test.example";
    let hers = record(&world, &json!({ "email": typed })).await;
    let reception = world.reception().await;
    let check = path(hers, "identity-check");
    let body = |contact: &str| json!({ "document": "id_card", "contact": contact });
    reception.post(&check, &body("push")).await.refused(400, "malformed");
    let now: Value = reception.post(&check, &body("email")).await.ok();
    assert_eq!(now["proven"], json!(["email"]));
    // An identity check does not show who reads the mail, so it brings no password.
    let before = messages(&world).await;
    let anyone = world.node.anyone();
    anyone.post("/api/v1/auth/forgot-password", &json!({ "email": typed })).await.ok::<Value>();
    assert_eq!(messages(&world).await, before);
    // A second record cannot get the same contact by a check.
    let told = json!({ "name": "Another", "phone": NUMBER });
    let second: Value = reception.post("/api/v1/patients", &told).await.ok();
    let second: PersonId = serde_json::from_value(second["id"].clone()).unwrap();
    reception.post(&check, &body("sms")).await.ok::<Value>();
    let taken = reception.post(&path(second, "identity-check"), &body("sms")).await;
    taken.refused(409, "account_exists");
    // The person who reads the mail registers and takes the address over.
    registers(&world, &json!({ "name": "Reader", "email": typed })).await;
    let found: Value = reception.get("/api/v1/patients?q=Fatma").await.ok();
    assert_eq!(found["items"][0]["proven"], json!(["sms"]), "{found}");
    let login = json!({ "email": typed, "password": CHOSEN });
    assert_eq!(anyone.post("/api/v1/auth/login", &login).await.ok::<Value>()["me"]["name"], "Reader");
}

async fn an_unproven_contact_is_told_nothing(world: World) {
    let (_, patient) = stranger(&world).await;
    let notices: Value = patient.get("/api/v1/users/me/notices").await.ok();
    assert_eq!(notices["reached"], json!([{ "channel": "email", "address": "s…@test.example" }]));
    let sms = json!({ "channels": ["sms"] });
    patient.put("/api/v1/users/me/notices", &sms).await.refused(422, "invalid");
    let contacts: Value = patient.get(CONTACTS).await.ok();
    let [email, phone] = contacts["contacts"].as_array().unwrap().as_slice() else { panic!("{contacts}") };
    assert_eq!((&email["proven_how"], &phone["address"]), (&json!("code"), &json!(NUMBER)));
    assert!(email["proven_at"].is_string() && phone.get("proven_at").is_none(), "{contacts}");
    // Messages about the account go to the confirmed contact. The outbox has nothing for the number.
    let patient = confirmed(patient).await;
    let change = json!({ "password": "another-violin-7" });
    patient.post("/api/v1/users/me/password", &change).await.ok::<Value>();
    let page = world.outbox().await;
    assert!(page.contains("was changed") && !page.contains(NUMBER), "{page}");
}

async fn a_contact_is_changed_by_its_code_and_the_one_before_is_told(world: World) {
    let patient = world.patient(0).await;
    let first: Value = patient.get(CONTACTS).await.ok();
    assert_eq!(first["contacts"][0]["proven_how"], "record");
    let code = format!("{CONTACTS}/code");
    let number = json!({ "phone": "+968 9212 3456" });
    patient.post(&code, &number).await.refused(403, "confirm_needed");
    let patient = patient.confirmed().await;
    patient.post(&code, &json!({})).await.refused(422, "invalid");
    let begun: Value = patient.post(&code, &number).await.ok();
    let confirm =
        |begun: &Value, code: &str| json!({ "verification_id": begun["verification_id"], "code": code });
    let finish = format!("{CONTACTS}/confirm");
    let right = world.code().await;
    patient.post(&finish, &confirm(&begun, &other(&right))).await.refused(422, "code_wrong");
    world.patient(1).await.post(&finish, &confirm(&begun, &right)).await.refused(410, "code_expired");
    let now: Value = patient.post(&finish, &confirm(&begun, &right)).await.ok();
    assert_eq!(
        (&now["contacts"][1]["address"], &now["contacts"][1]["proven_how"]),
        (&json!(NUMBER), &json!("code"))
    );
    let login = |with: &str| json!({ "email": with, "password": PASSWORD });
    world.node.anyone().post("/api/v1/auth/login", &login(NUMBER)).await.ok::<Value>();
    // Until the code of the new address is entered, the old one stays valid.
    let begun: Value = patient.post(&code, &json!({ "email": "New@test.example" })).await.ok();
    let right = world.code().await;
    world.node.anyone().post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
    patient.post(&finish, &confirm(&begun, &right)).await.ok::<Value>();
    let page = world.outbox().await;
    let told = page.split("<article>").find(|one| one.contains("now uses the address")).unwrap();
    assert!(told.contains("patient0@test.example") && told.contains("n…@test.example"), "{told}");
    let old = world.node.anyone().post("/api/v1/auth/login", &login("patient0@test.example")).await;
    old.refused(401, "credentials_wrong");
    let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login("new@test.example")).await.ok();
    let patient =
        Client { token: tokens["access_token"].as_str().map(str::to_owned), proof: None, ..patient };
    let inbox: Value = patient.get("/api/v1/users/me/inbox").await.ok();
    assert!(inbox["notices"][0]["text"].as_str().unwrap().contains("now uses the address"));
    // Another person can use the old address again.
    registers(&world, &json!({ "name": "Next", "email": "patient0@test.example" })).await;
}

async fn nobody_learns_that_an_address_is_taken(world: World) {
    let patient = world.patient(0).await.confirmed().await;
    let code = format!("{CONTACTS}/code");
    let ask = |email: &str| json!({ "email": email });
    let free: Value = patient.post(&code, &ask("free@test.example")).await.ok();
    let taken: Value = patient.post(&code, &ask("patient1@test.example")).await.ok();
    assert_eq!((&free["channel"], &free["expires_in_s"]), (&taken["channel"], &taken["expires_in_s"]));
    assert!(world.outbox().await.contains("already have an account"), "its reader is told");
    let read = json!({ "verification_id": taken["verification_id"], "code": "123456" });
    patient.post(&format!("{CONTACTS}/confirm"), &read).await.refused(422, "code_wrong");
    world.patient(1).await;
    // This code cannot be used to register or to choose a password.
    let code = world.outbox().await;
    let code = code.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned();
    for path in ["verify-otp", "reset-password"] {
        let body = json!({ "verification_id": free["verification_id"], "code": code, "password": CHOSEN });
        world.node.anyone().post(&format!("/api/v1/auth/{path}"), &body).await.refused(410, "code_expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_confirms_contacts_and_proves_a_merge() {
    let world = World::sqlite().await;
    let more = json!({ "name": "Fatma bint Salim Al Saadi of a rather long name", "email": "fatma.of.a.long.address@test.example" });
    record(&world, &more).await;
    let page = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.press("#walk-in").await;
    page.types("#walk-in-q", "Fatma").await;
    page.sees("[data-patient^=Fatma] [data-unconfirmed]").await;
    page.is_accessible("a walk-in whose contacts are not confirmed").await;
    page.press("[data-patient^=Fatma]").await;
    page.sees("#walk-in-unconfirmed").await;
    page.is_accessible("a walk-in whose contacts are to be confirmed").await;
    let page = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.types("#patients-q", "Fatma").await;
    page.press("#contact-send-sms").await;
    page.sees("#read-code").await;
    page.is_accessible("a code that a patient reads back").await;
    page.types("#read-code", &other(&world.code().await)).await;
    page.press("#read-code-go").await;
    page.sees("[data-code=code_wrong]").await;
    page.types("#read-code", &format!("\u{E009}a\u{E000}{}", world.code().await)).await;
    page.press("#read-code-go").await;
    page.sees("[data-contact=sms][data-proven=true]").await;
    page.press("#identity-email").await;
    page.is_accessible("recording a check of identity").await;
    page.press("#identity-go").await;
    page.sees("[data-contact=email][data-proven=true]").await;
    let told = json!({ "name": "Fatma bint Salim Al Saadi of a rather long name", "email": "stranger@test.example", "phone": NUMBER, "birth_date": BORN });
    registers(&world, &told).await;
    let page = Browser::open(&format!("{}/console/duplicates", world.node.base), PHONE, "ar").await;
    page.signs_in("reception@test.example").await;
    page.sees("[data-pair='90'] [data-unconfirmed]").await;
    page.is_accessible("two records, one with a number that is not confirmed, in Arabic").await;
    page.press("[data-pair='90'] > div:last-of-type > div:nth-child(2) button[id^=keep]").await;
    page.sees("#merge-proof").await;
    page.press("#merge-send-sms").await;
    page.sees("#read-code").await;
    page.is_accessible("what shows that two records are one person, in Arabic").await;
    page.types("#read-code", &world.code().await).await;
    page.press("#read-code-go").await;
    page.sees("#merged").await;
    let desk = Browser::open(&format!("{}/console/messages", world.node.base), DESKTOP, "en").await;
    desk.signs_in("admin@test.example").await;
    desk.sees("[data-message=merge_code]").await;
    desk.is_accessible("how messages fare").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_confirms_a_number_and_changes_their_address() {
    let world = World::sqlite().await;
    let told = json!({ "name": "Fatma", "email": "fatma@test.example", "phone": NUMBER });
    registers(&world, &told).await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "ar").await;
    page.signs_in_with("fatma@test.example", CHOSEN).await;
    page.sees("[data-own-contact=sms][data-proven=false]").await;
    page.is_accessible("a number that is not confirmed, in Arabic").await;
    page.press("#contact-prove-sms").await;
    page.press("#send-code").await;
    page.confirms(CHOSEN).await;
    page.sees("#contact-code").await;
    page.is_accessible("the code of a number in Arabic").await;
    page.types("#contact-code", &world.code().await).await;
    page.press("#contact-confirm").await;
    page.sees("[data-own-contact=sms][data-proven=true]").await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "hi").await;
    page.signs_in_with("fatma@test.example", CHOSEN).await;
    page.press("#contact-other").await;
    page.types("#contact-address", "another@test.example").await;
    page.press("#send-code").await;
    page.confirms(CHOSEN).await;
    page.sees("#contact-code").await;
    page.types("#contact-code", &world.code().await).await;
    page.press("#contact-confirm").await;
    page.sees("#contact-done").await;
    page.is_accessible("contacts in Hindi").await;
}
