//! The log as it is looked through: days of the clinic, whole lists of patients, values before and after, files.

use medlane_shared::{audit::AuditEntry, ids::PersonId};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    both,
    world::{Client, World},
};

both!(
    days_are_those_of_the_clinic,
    the_entries_of_a_day_are_read_by_their_time,
    a_list_of_many_patients_opens_whole,
    an_entry_says_what_was_and_what_became,
    a_correction_says_what_was_with_contacts_masked,
    an_export_has_all_that_the_filter_shows_and_is_recorded,
    an_export_comes_in_pieces,
);

/// Muscat is this far from UTC, in milliseconds.
const MUSCAT_MS: i64 = 4 * 3_600_000;

async fn entries(admin: &Client, query: &str) -> Vec<AuditEntry> {
    let page: Value = admin.get(&format!("/api/v1/audit?{query}")).await.ok();
    serde_json::from_value(page["items"].clone()).unwrap()
}

/// The calendar day in Muscat, where the first clinic is.
fn day(ms: i64) -> String {
    let at = medlane_shared::time::Timestamp::from_ms(ms + MUSCAT_MS);
    at.to_string()[..10].to_owned()
}

/// Three searches for patients, a day after one another.
async fn three_days(world: &World) {
    for n in 0..3 {
        if n > 0 {
            world.clock.pass(std::time::Duration::from_hours(24));
        }
        world.admin().await.get("/api/v1/patients?q=patient3").await.ok::<Value>();
    }
}

async fn days_are_those_of_the_clinic(world: World) {
    three_days(&world).await;
    let admin = world.admin().await;
    let all = entries(&admin, "action=patients.find").await;
    assert_eq!(all.len(), 3);
    let seqs = |of: &[AuditEntry]| of.iter().map(|one| one.seq).collect::<Vec<_>>();
    let days: Vec<String> = all.iter().map(|one| day(one.at.ms())).collect();
    for (one, day) in all.iter().zip(&days) {
        let found = entries(&admin, &format!("action=patients.find&first_day={day}&last_day={day}")).await;
        assert_eq!(seqs(&found), [one.seq], "{day}");
    }
    let from = entries(&admin, &format!("action=patients.find&first_day={}", days[1])).await;
    assert_eq!(seqs(&from), [all[0].seq, all[1].seq]);
    let upto = entries(&admin, &format!("action=patients.find&last_day={}", days[1])).await;
    assert_eq!(seqs(&upto), [all[1].seq, all[2].seq]);
    // With a person, and page by page: the next page goes on after the one before.
    let admins = all[0].person_id.unwrap();
    let query = format!("person_id={admins}&first_day={}&last_day={}&limit=2", days[2], days[0]);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Value = admin.get(&format!("/api/v1/audit?{query}{cursor}")).await.ok();
        let items: Vec<AuditEntry> = serde_json::from_value(page["items"].clone()).unwrap();
        paged.extend(items.iter().filter(|one| one.action != "audit.read").map(|one| one.seq));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let whole = entries(&admin, &format!("person_id={admins}&limit=200")).await;
    let whole: Vec<i64> = whole.iter().filter(|one| one.action != "audit.read").map(|one| one.seq).collect();
    assert_eq!(paged, whole);
    // What is no day, and an end before its beginning, are named.
    for (query, field, code) in [
        ("first_day=2026-02-30", "first_day", "no_such_day"),
        ("last_day=yesterday", "last_day", "day"),
        ("first_day=2026-11-02&last_day=2026-11-01", "last_day", "backwards"),
        ("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "to", "backwards"),
    ] {
        for path in ["/api/v1/audit", "/api/v1/audit/export"] {
            let refused = admin.get(&format!("{path}?{query}")).await;
            assert!([400, 422].contains(&refused.status.as_u16()), "{path}?{query}: {}", refused.body);
            assert_eq!(refused.body["fields"][field]["code"], code, "{path}?{query}: {}", refused.body);
        }
    }
}

/// How the database reads a day of the log. The statement has the form of the one in `server/src/audit/store.rs`.
async fn the_entries_of_a_day_are_read_by_their_time(world: World) {
    three_days(&world).await;
    let of_a_day = "select place, seq from audit where place >> 40 = 1 and at_ms >= 1 and at_ms < 9 \
        order by at_ms desc, place desc limit 50";
    let plan: Vec<String> = if world.url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
        // A table of few rows is read as a whole.
        sqlx::query("set enable_seqscan = off").execute(&mut raw).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("explain {of_a_day}"));
        sqlx::query_scalar(sql).fetch_all(&mut raw).await.unwrap()
    } else {
        let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("explain query plan {of_a_day}"));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(sql).fetch_all(&mut raw).await.unwrap();
        rows.into_iter().map(|row| row.3).collect()
    };
    let plan = plan.join("; ");
    assert!(plan.contains("audit_by_time"), "{plan}");
    assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "the index has the order too: {plan}");
}

async fn a_list_of_many_patients_opens_whole(world: World) {
    let admin = world.admin().await;
    admin.get("/api/v1/patients?q=patient1").await.ok::<Value>();
    let found = entries(&admin, "action=patients.find").await;
    assert_eq!((found[0].shown_count, found[0].shown.len()), (11, 3));
    let (mut all, mut cursor) = (Vec::<Value>::new(), String::new());
    loop {
        let path = format!("/api/v1/audit/patients?seq={}&limit=4{cursor}", found[0].seq);
        let page: Value = admin.get(&path).await.ok();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let ids: Vec<PersonId> =
        all.iter().map(|one| serde_json::from_value(one["id"].clone()).unwrap()).collect();
    let mut expected = [&world.a.patients[1..2], &world.a.patients[10..20]].concat();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert!(all.iter().all(|one| one["name"].as_str().unwrap().starts_with("Name of patient1")), "{all:?}");
    // Who looked at the list is in the log, with those of each page.
    let looks = entries(&admin, &format!("action=audit.read&patient_id={}", ids[10])).await;
    let looked = looks.iter().find(|one| one.target == format!("audit:{}", found[0].seq)).unwrap();
    assert_eq!(looked.shown_count, 3);
    admin.get("/api/v1/audit/patients?seq=99999999").await.refused(404, "not_found");
    // Another clinic's entry has the same number, and other patients.
    let other =
        world.node.sign_in(&world.b, "admin@test.example", medlane_shared::identity::Face::Admin).await;
    let path = format!("/api/v1/audit/patients?seq={}", found[0].seq);
    let theirs = other.get(&path).await;
    assert!(theirs.status == 404 || theirs.body["items"] == json!([]), "{}", theirs.body);
}

/// The change of a field, as `was → is`.
fn change(entry: &AuditEntry, field: &str) -> Option<String> {
    let one = entry.changes.iter().find(|one| one.field == field)?;
    Some(format!("{} → {}", one.was.join(", "), one.is.join(", ")))
}

async fn an_entry_says_what_was_and_what_became(world: World) {
    let admin = world.admin().await.confirmed().await;
    let last = async |action: &str| entries(&admin, &format!("action={action}&limit=1")).await.remove(0);
    let says = |entry: &AuditEntry, field: &str| change(entry, field).unwrap_or_else(|| format!("{entry:?}"));
    // Roles and branches of staff.
    let doctor = world.a.doctors[2];
    let roles = json!({ "roles": ["doctor", "reception"], "branches": world.a.branches[..2], "version": 1 });
    admin.patch(&format!("/api/v1/admin/users/{doctor}/roles"), &roles).await.ok::<Value>();
    let entry = last("person.roles").await;
    assert_eq!(says(&entry, "roles"), "doctor → doctor, reception");
    let settings: Value = admin.get("/api/v1/admin/settings").await.ok();
    let name = |id: &Value| {
        let branches = settings["branches"].as_array().unwrap();
        let one = branches.iter().find(|branch| branch["id"] == *id).unwrap();
        one["settings"]["name"].as_str().unwrap().to_owned()
    };
    let names = world.a.branches.iter().map(|id| name(&json!(id))).collect::<Vec<_>>();
    let (was, is) = (&names[1], &names[..2]);
    assert!(says(&entry, "branches").starts_with(was.as_str()), "{entry:?}");
    assert!(is.iter().all(|name| entry.changes.iter().any(|one| one.is.contains(name))), "{entry:?}");
    // A price, and a setting of a branch.
    let service = settings["services"].as_array().unwrap()[0].clone();
    let mut changed = service["settings"].clone();
    changed["price_minor"] = json!(5_500);
    let path = format!("/api/v1/admin/services/{}", service["id"].as_str().unwrap());
    admin.put(&path, &changed).await.ok::<Value>();
    let entry = last("service.save").await;
    assert!(says(&entry, "price").contains(" → 5.500 OMR"), "{entry:?}");
    assert_eq!(entry.changes.len(), 1, "nothing else changed: {entry:?}");
    let branch = settings["branches"].as_array().unwrap()[0].clone();
    let mut changed = branch["settings"].clone();
    changed["policy"]["near"] = json!(5);
    let path = format!("/api/v1/admin/branches/{}", branch["id"].as_str().unwrap());
    admin.put(&path, &changed).await.ok::<Value>();
    assert_eq!(says(&last("branch.save").await, "policy.near"), "3 → 5");
    // The door of a queue, a class of priority, and a ticket's state.
    let door = format!("/api/v1/branches/{}/queue", world.a.branches[0]);
    admin.put(&door, &json!({ "door": "paused" })).await.ok::<Value>();
    assert_eq!(says(&last("queue.control").await, "door"), "open → paused");
    admin.put(&door, &json!({ "door": "open" })).await.ok::<Value>();
    assert_eq!(says(&last("queue.control").await, "door"), "paused → open");
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let desk: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    let row = &desk["waiting"][0];
    let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
    let urgent = json!({ "step": "prioritise", "priority": "urgent", "reason": "chest pain", "version": row["version"] });
    let row: Value = world.doctor(0).await.patch(&path, &urgent).await.ok();
    assert_eq!(says(&last("ticket.prioritise").await, "priority"), "normal → urgent");
    let call: Value = world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(call["id"], row["id"]);
    world.doctor(0).await.step(&call, "serve").await.ok::<Value>();
    assert_eq!(says(&last("ticket.serve").await, "state"), "called → serving");
    // How somebody wants to be told.
    let choice =
        json!({ "channels": [], "quiet": { "from": "22:00", "until": "07:00", "time_zone": "Asia/Muscat" } });
    world.patient(0).await.put("/api/v1/users/me/notices", &choice).await.ok::<Value>();
    let entry = last("person.notices").await;
    assert_eq!(says(&entry, "channels"), "email → ");
    assert_eq!(says(&entry, "quiet"), " → 22:00–07:00 Asia/Muscat");
}

async fn a_correction_says_what_was_with_contacts_masked(world: World) {
    let reception = world.reception().await;
    let found: Value = reception.get("/api/v1/patients?q=patient1@").await.ok();
    let before = found["items"][0].clone();
    let change_of = json!({
        "name": before["name"], "email": "new-address@clinic.example", "gender": "female",
        "version": before["version"],
    });
    let path = format!("/api/v1/patients/{}", before["id"].as_str().unwrap());
    reception.put(&path, &change_of).await.ok::<Value>();
    let admin = world.admin().await;
    let entry = entries(&admin, "action=patient.correct").await.remove(0);
    assert_eq!(change(&entry, "gender").unwrap(), " → female");
    assert_eq!(change(&entry, "email").unwrap(), "p…@test.example → n…@clinic.example");
    assert_eq!(change(&entry, "proven").unwrap(), "email → ", "another address is not confirmed");
    assert!(change(&entry, "name").is_none());
    assert!(!format!("{entry:?}").contains("new-address"), "a contact is masked: {entry:?}");
    // The check of an identity confirms it again, and says so.
    let check = json!({ "document": "passport", "contact": "email" });
    reception.post(&format!("{path}/identity-check"), &check).await.ok::<Value>();
    let entry = entries(&admin, "action=contact.identity").await.remove(0);
    assert_eq!(change(&entry, "proven").unwrap(), " → email");
}

/// All pieces of an export, after one another.
async fn exported(admin: &Client, query: &str) -> (String, u64, u32) {
    let (mut text, mut count, mut pieces, mut cursor) = (String::new(), 0, 0, String::new());
    loop {
        let piece: Value = admin.get(&format!("/api/v1/audit/export?{query}{cursor}")).await.ok();
        text.push_str(piece["text"].as_str().unwrap());
        count += piece["entries"].as_u64().unwrap();
        pieces += 1;
        let Some(next) = piece["next"].as_str() else { return (text, count, pieces) };
        cursor = format!("&cursor={next}");
    }
}

async fn an_export_has_all_that_the_filter_shows_and_is_recorded(world: World) {
    let (admin, reception) = (world.admin().await, world.reception().await);
    let formula = json!({ "name": "=HYPERLINK(\"http://x\")", "birth_date": "1990-04-01", "is_new": true });
    let patient: Value = reception.post("/api/v1/patients", &formula).await.ok();
    admin.get("/api/v1/patients?q=patient1").await.ok::<Value>();
    admin.get("/api/v1/audit").await.ok::<Value>();
    // All of it: also what the page leaves out, and each patient of a list.
    let (text, count, _) = exported(&admin, "format=jsonl").await;
    let read: Vec<AuditEntry> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len() as u64, count);
    assert!(read.iter().any(|one| one.action == "audit.read"), "nothing frequent is left out");
    let list = read.iter().find(|one| one.action == "patients.find").unwrap();
    assert_eq!((list.shown_count, list.shown.len()), (11, 11));
    assert_eq!(read.last().unwrap().seq, 1, "to the first entry");
    // The table, of one patient: cells that begin like a formula are text.
    let id = patient["id"].as_str().unwrap();
    let (table, count, _) = exported(&admin, &format!("patient_id={id}")).await;
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!((lines.len() as u64, lines[0].starts_with("\"number\",")), (count + 1, true), "{table}");
    assert!(table.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{table}");
    assert!(lines[1..].iter().all(|line| line.contains(id)), "of this patient alone: {table}");
    // Each piece is an entry: it says what was asked for and what it holds, and a patient in it finds it.
    let log = entries(&admin, &format!("action=audit.export&patient_id={id}")).await;
    let detail = log[0].detail.as_ref().unwrap();
    assert_eq!((&detail["asked"]["format"], &detail["asked"]["patient_id"]), (&json!("csv"), &json!(id)));
    assert_eq!(detail["entries"], json!(count));
    // It is no routine entry, and only administrators get it.
    assert!(entries(&admin, "quiet=true").await.iter().any(|one| one.action == "audit.export"));
    reception.get("/api/v1/audit/export").await.refused(403, "forbidden");
}

async fn an_export_comes_in_pieces(world: World) {
    let admin = world.admin().await;
    // More entries than a piece has, beside the server: their numbers are far away from its own.
    let many = "insert into audit (place, clinic_id, seq, id, at_ms, action, outcome, target, hash) \
        with recursive more (n) as (select 1 union all select n + 1 from more where n < 1500) \
        select place + 100000 + n, clinic_id, seq + 100000 + n, id, at_ms, 'help.ask', outcome, 'device:x', hash \
        from audit, more where clinic_id = $1 and seq = 1";
    assert_eq!(world.raw(many, &[&world.a.id.to_string()]).await, 1_500);
    let (table, count, pieces) = exported(&admin, "action=help.ask").await;
    assert_eq!((count, pieces), (1_500, 2));
    assert_eq!(table.matches("\"number\"").count(), 1, "the names of the columns come once");
    assert_eq!(table.matches("\r\n").count(), 1_501);
    let log = entries(&admin, "action=audit.export").await;
    assert_eq!(log.len(), 2, "each piece is recorded");
}
