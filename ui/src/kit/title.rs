//! The page's title. The browser shows it in its tab and history, where others may read it: it names no person.

use std::cell::RefCell;

use yew::prelude::*;

#[derive(Default)]
struct Titles {
    /// The title of the open page.
    page: String,
    /// What is shown instead, as long as a patient is called.
    urgent: Option<AttrValue>,
}

thread_local! {
    static TITLES: RefCell<Titles> = RefCell::default();
}

fn change(what: impl FnOnce(&mut Titles)) {
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return };
    TITLES.with_borrow_mut(|titles| {
        what(titles);
        page.set_title(titles.urgent.as_deref().unwrap_or(&titles.page));
    });
}

/// Sets the title of the open page.
#[hook]
pub fn use_title(title: String) {
    use_effect_with(title, |title| change(|titles| titles.page.clone_from(title)));
}

/// Shows a title instead of the page's own, as long as it is there.
#[hook]
pub fn use_urgent_title(title: Option<AttrValue>) {
    use_effect_with(title, |title| {
        change(|titles| titles.urgent.clone_from(title));
        || change(|titles| titles.urgent = None)
    });
}
