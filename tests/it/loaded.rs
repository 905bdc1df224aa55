//! What a page says of a part that could not be loaded, and of a day that does not exist.

use crate::{
    browser::{Browser, PHONE},
    screens::reception,
    world::{Node, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_loaded_comes_with_the_network() {
    let mut world = World::sqlite().await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("#join-where").await;
    page.is_accessible("a branch is to be chosen").await;
    world.node.stop().await;
    page.sees("#offline").await;
    page.press("[role=tab]:nth-child(1)").await;
    assert_eq!(page.says("[data-code=offline]").await, "Not loaded: there is no connection to the server.");
    page.is_accessible("services that could not be loaded").await;
    let listen = world.node.base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    page.sees("[data-service=GP]").await;
    page.sees("main:not(:has([data-code]))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_still_cannot_be_loaded_offers_it_again() {
    let world = World::sqlite().await;
    let page = Browser::open(&world.node.base, PHONE, "ar").await;
    page.loads_all_but(&["*/api/v1/branches"]).await;
    page.signs_in("patient0@test.example").await;
    page.sees("#load-again").await;
    page.is_accessible("branches that could not be loaded in Arabic").await;
    page.loads_all_but(&[]).await;
    page.press("#load-again").await;
    page.sees("#join-where").await;
    page.is_accessible("a branch is to be chosen in Arabic").await;
    page.press("[role=tab]:nth-child(1)").await;
    let doctors = page.says("[data-service=GP]").await;
    assert!(doctors.contains('،') && !doctors.contains(','), "the comma of the language: {doctors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_does_not_exist_is_said_at_once() {
    let world = World::sqlite().await;
    let page = reception(&world).await;
    page.press("#walk-in").await;
    page.types("#walk-in-q", "Noor Al Balushi").await;
    page.press("#walk-in-new").await;
    for (part, digits) in [("day", "31"), ("month", "2"), ("year", "1990")] {
        page.types(&format!("#new-born-{part}"), digits).await;
    }
    assert_eq!(page.says("#new-born-wrong").await, "This day does not exist.");
    page.sees("[data-birth=new-born]:not(:has([data-date]))").await;
    page.is_accessible("a day that does not exist").await;
    page.types("#new-born-month", "\u{e003}3").await;
    assert_eq!(page.says("[data-birth=new-born] [data-date]").await, "31 Mar 1990");
    page.sees("[data-birth=new-born]:not(:has(#new-born-wrong))").await;
}
