//! Whom a kiosk finds by a phone number and a date of birth.

use serde_json::{Value, json};

use super::{kiosk, labels, registers};
use crate::{both, merge::merge_by, world::World};

both!(the_data_of_a_merged_record_still_check_in);

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
