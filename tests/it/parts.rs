//! The companion's code is loaded in parts: a part that does not come, and a release while a page is open.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    browser::{Browser, PHONE},
    world::{PASSWORD, World},
};

/// What the build made of the companion.
fn built() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/web")).to_owned()
}

/// The folder of the build's code, and the names in it.
fn code(companion: &Path) -> (String, Vec<String>) {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries
            .map(|entry| (entry.path().is_dir(), entry.file_name().into_string().unwrap()))
            .collect::<Vec<_>>()
    };
    let folders = names(&companion.join("assets")).into_iter().filter(|(is_folder, _)| *is_folder);
    let [build]: [String; 1] = folders.map(|(_, name)| name).collect::<Vec<_>>().try_into().unwrap();
    let files = names(&companion.join("assets").join(&build)).into_iter().map(|(_, name)| name);
    let files = files.filter(|name| Path::new(name).extension().is_some_and(|kind| kind != "br")).collect();
    (build, files)
}

#[tokio::test]
async fn each_part_is_listed_for_the_worker_and_served_as_wasm() {
    let world = World::sqlite().await;
    let (build, files) = code(&built().join("companion"));
    let worker = fs::read_to_string(built().join("companion/sw.js")).unwrap();
    let parts = files.iter().filter(|name| name.starts_with("split_"));
    assert!((1..=3).contains(&parts.count()), "at most three names: {files:?}");
    for name in files {
        let path = format!("/assets/{build}/{name}");
        assert!(worker.contains(&format!("\"{path}\"")), "{path}");
        let answer = world.node.anyone().get(&path).await;
        let is_wasm = Path::new(&name).extension().is_some_and(|kind| kind == "wasm");
        let kind = answer.headers["content-type"].to_str().unwrap();
        assert_eq!(kind == "application/wasm", is_wasm, "{path}: {kind}");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_does_not_come_says_so_and_is_tried_again() {
    let world = World::sqlite().await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("#account").await;
    page.loads_all_but(&["*/split_account.wasm"]).await;
    page.press("#account").await;
    assert_eq!(page.says("#part-missing [role=alert]").await, "This page could not be loaded.");
    page.is_accessible("a part that did not come").await;
    // The address is the account's: Back leads home, where the part is there, and a deep link comes back.
    assert_eq!(page.script("return location.pathname").await, json!("/account"));
    page.script("history.back()").await;
    page.sees("#join-where").await;
    page.press("#account").await;
    page.sees("#part-missing").await;
    page.loads_all_but(&[]).await;
    page.press("#part-again").await;
    page.sees("[data-session=true]").await;
    let title = page.script("return document.title").await;
    assert_eq!(title, json!("Your account · Medlane"));
    page.press("p:first-child > a[href='/']").await;
    page.sees("#join-where").await;
    // A page that opens at the account loads that part alone, and signing in stays there.
    let page = Browser::blank(PHONE, "ar").await;
    page.loads_all_but(&["*/split_home.wasm"]).await;
    page.goes_to(&format!("{}/account", world.node.base)).await;
    page.signs_in("patient1@test.example").await;
    page.sees("[data-session=true]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_staff_is_locked_and_opens_again() {
    let world = World::sqlite().await;
    let page = Browser::blank(PHONE, "ar").await;
    // A look at the clock takes 200 ms, and the page's clock can be set forward.
    let hurry = "const every = setInterval; globalThis.setInterval = (what, ms) => every(what, Math.min(ms ?? 0, 200)); \
                 const now = Date.now; globalThis.later = 0; Date.now = () => now() + globalThis.later;";
    page.begins_with(hurry).await;
    page.goes_to(&format!("{}/account", world.node.base)).await;
    page.signs_in("doctor0@test.example").await;
    page.sees("[data-session=true]").await;
    page.script("globalThis.later = 600_000").await;
    page.sees("#locked").await;
    page.is_accessible("a locked account in Arabic").await;
    page.types("#unlock-password", PASSWORD).await;
    page.press("#unlock").await;
    page.sees("[data-session=true]").await;
}

/// Makes another build of the same program: its code stands in another folder, and what loads it has another name.
fn releases(companion: &Path) {
    const NEXT: &str = "000000000000";
    let (build, _) = code(companion);
    let (assets, page) = (companion.join("assets"), companion.join("index.html"));
    fs::rename(assets.join(&build), assets.join(NEXT)).unwrap();
    let html = fs::read_to_string(&page).unwrap();
    let boot = html.split("boot-").nth(1).unwrap().split('.').next().unwrap();
    let script = fs::read_to_string(assets.join(format!("boot-{boot}.js"))).unwrap();
    assert!(html.contains(&build) && script.contains(&build));
    fs::write(assets.join(format!("boot-{NEXT}.js")), script.replace(&build, NEXT)).unwrap();
    fs::write(&page, html.replace(&build, NEXT).replace(boot, NEXT)).unwrap();
    fs::remove_file(companion.join("index.html.br")).unwrap();
}

/// Copies a folder with all that is in it.
fn copies(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copies(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_during_a_release_loads_the_new_one() {
    let mut world = World::sqlite().await;
    let web = world.dir.path().join("web");
    copies(&built().join("companion"), &web.join("companion"));
    world.restart(|config| config.web.dir = Some(web.clone())).await;
    let page = Browser::blank(PHONE, "en").await;
    // A browser that keeps nothing for later.
    page.begins_with("delete Navigator.prototype.serviceWorker;").await;
    page.goes_to(&world.node.base).await;
    page.signs_in("patient0@test.example").await;
    page.sees("#account").await;
    page.script("globalThis.earlier = true").await;
    releases(&web.join("companion"));
    page.press("#account").await;
    page.sees("[data-session=true]").await;
    assert_eq!(page.script("return globalThis.earlier ?? false").await, json!(false), "it was loaded anew");
}
