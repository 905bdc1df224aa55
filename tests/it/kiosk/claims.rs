//! Whom a kiosk finds by a phone number and a date of birth.

use std::time::Duration;

use serde_json::{Value, json};

use super::{joins, keys, kiosk, labels, registers};
use crate::{
    both,
    browser::{Browser, KIOSK},
    merge::merge_by,
    world::World,
};

both!(
    the_data_of_a_merged_record_still_check_in,
    wrong_data_keeps_out_nobody_with_a_code,
    a_ticket_of_another_branch_says_which,
);

async fn a_ticket_of_another_branch_says_which(world: World) {
    let kiosk = kiosk(&world).await;
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    let south: Value = world.admin().await.get("/api/v1/branches").await.ok();
    let all = south["items"].as_array().unwrap().iter();
    let south = all.clone().find(|one| one["id"] == json!(world.a.branches[1])).unwrap()["name"].clone();
    let join = json!({ "branch_id": world.a.branches[1], "service_id": world.a.services[1] });
    let there: Value = world.patient(5).await.post("/api/v1/queue/join", &join).await.ok();
    let link = format!("https://clinic.example/t/{}", there["link"].as_str().unwrap());
    for code in [there["code"].as_str().unwrap(), &link] {
        let answer = kiosk.post(&path, &json!({ "code": code })).await;
        answer.refused(422, "ticket_elsewhere");
        assert_eq!(answer.body["present"], json!({ "branches": [south] }), "{}", answer.body);
    }
    // A label is no code: each branch gives the same ones.
    kiosk.post(&path, &json!({ "code": there["label"] })).await.refused(404, "check_in_unknown");
    // So it is with a phone number and a date of birth, which fit nobody with a ticket here.
    world.born(world.a.patients[5], "+96892123456", "1984-02-29").await;
    let data = |birth: &str| json!({ "phone": "92123456", "birth_date": birth });
    let answer = kiosk.post(&path, &data("1984-02-29")).await;
    answer.refused(422, "ticket_elsewhere");
    assert_eq!(answer.body["present"], json!({ "branches": [south] }));
    kiosk.post(&path, &data("1984-02-28")).await.refused(404, "check_in_unknown");
    // A ticket of this branch comes first.
    let here: Value = world.patient(5).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let done: Value = kiosk.post(&path, &data("1984-02-29")).await.ok();
    assert_eq!(labels(&done["tickets"]), [here["label"].as_str().unwrap()]);
    world
        .patient(5)
        .await
        .delete(&format!("/api/v1/queue/{}", here["id"].as_str().unwrap()))
        .await
        .ok::<Value>();
    // It counts as a wrong try does: data cannot be guessed through it. A code still says where it is for.
    for _ in 0..58 {
        kiosk.post(&path, &data("1984-02-29")).await;
    }
    kiosk.post(&path, &data("1984-02-29")).await.refused(429, "rate_limited");
    kiosk.post(&path, &json!({ "code": there["code"] })).await.refused(422, "ticket_elsewhere");
}

async fn the_data_of_a_merged_record_still_check_in(world: World) {
    let kiosk = kiosk(&world).await;
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    let stays = world.a.patients[13];
    world.born(stays, "+96894444444", "1981-02-02").await;
    let other = registers(&world, "Rana", "1980-01-01").await;
    let other = other["id"].as_str().unwrap().parse().unwrap();
    merge_by(&world.admin().await, (stays, other), Some("passport")).await.ok::<Value>();
    let ticket: Value = world.patient(13).await.post("/api/v1/queue/join", &world.join()).await.ok();
    // She enters what stood on the record that is gone, then what stands on the one that stays, never half of each.
    let mixed = json!({ "phone": "92123456", "birth_date": "1981-02-02" });
    kiosk.post(&path, &mixed).await.refused(404, "check_in_unknown");
    for claim in [
        json!({ "phone": "92123456", "birth_date": "1980-01-01" }),
        json!({ "phone": "94444444", "birth_date": "1981-02-02" }),
    ] {
        let done: Value = kiosk.post(&path, &claim).await.ok();
        assert_eq!(labels(&done["tickets"]), [ticket["label"].as_str().unwrap()]);
    }
}

async fn wrong_data_keeps_out_nobody_with_a_code(world: World) {
    let (first_kiosk, other) = (kiosk(&world).await, kiosk(&world).await);
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    let (first, second, third) = (joins(&world, 0).await, joins(&world, 1).await, joins(&world, 2).await);
    world.born(world.a.patients[2], "+96892123456", "1984-02-29").await;
    let wrong = json!({ "phone": "92123457", "birth_date": "1984-02-29" });
    let right = json!({ "phone": "92123456", "birth_date": "1984-02-29" });
    let guess = json!({ "code": "GUESS001" });
    // Wrong codes are no tries of a number and a date of birth.
    for _ in 0..70 {
        first_kiosk.post(&path, &guess).await.refused(404, "check_in_unknown");
    }
    for _ in 0..60 {
        first_kiosk.post(&path, &wrong).await.refused(404, "check_in_unknown");
    }
    first_kiosk.post(&path, &wrong).await.refused(429, "rate_limited");
    // Whoever has a ticket checks in by its code, and at another kiosk by number.
    first_kiosk.post(&path, &json!({ "code": first["code"] })).await.ok::<Value>();
    let done: Value = other.post(&path, &right).await.ok();
    assert_eq!(done["tickets"][0]["label"], third["label"]);
    // Many wrong codes are refused at last, and a right one is not.
    for n in 70..600 {
        if n % 200 == 0 {
            world.clock.pass(Duration::from_mins(1));
        }
        first_kiosk.post(&path, &guess).await.refused(404, "check_in_unknown");
    }
    first_kiosk.post(&path, &guess).await.refused(429, "rate_limited");
    first_kiosk.post(&path, &json!({ "code": second["code"] })).await.ok::<Value>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_names_the_branch_of_a_ticket() {
    let world = World::sqlite().await;
    let join = json!({ "branch_id": world.a.branches[1], "service_id": world.a.services[1] });
    let there: Value = world.patient(5).await.post("/api/v1/queue/join", &join).await.ok();
    let [code, _] = world.device_codes().await;
    let page = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "en").await;
    page.press("button[lang=en]").await;
    page.press("#have-ticket").await;
    keys(&page, there["code"].as_str().unwrap()).await;
    page.press("#check-in").await;
    let said = page.says("[data-code=ticket_elsewhere]").await;
    assert_eq!(said, "Your ticket is for South. Please go there, or take a new ticket here.");
    page.is_accessible("a ticket of another branch").await;
}
