//! The page's address. A link inside an app changes the address and the view, and loads nothing anew: Back, Forward,
//! reloads and bookmarks work as on any page.

use medlane_shared::pages;
use wasm_bindgen::JsValue;
use web_sys::{Event, History, Location};
use yew::prelude::*;

use crate::kit::{listen, window};

/// The event of Back and Forward. [`go`] sends it too, so that views listen to one event.
pub const MOVED: &str = "popstate";

fn location() -> Option<Location> {
    web_sys::window().map(|window| window.location())
}

fn history() -> Option<History> {
    web_sys::window().and_then(|window| window.history().ok())
}

/// The path of the address, without a slash at its end.
#[must_use]
pub fn path() -> String {
    let path = location().and_then(|location| location.pathname().ok()).unwrap_or_default();
    pages::trimmed(&path).to_owned()
}

/// The part of the address from `#` on.
#[must_use]
pub fn hash() -> String {
    location().and_then(|location| location.hash().ok()).unwrap_or_default()
}

/// Replaces the address. Back does not return to the one before. Without a history the address stays.
pub fn replace(to: &str) {
    drop(history().map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(to))));
}

/// Replaces the part of the address from `#` on. It is not sent to the server, so it may hold a filter.
pub fn put_hash(hash: &str) {
    replace(&format!("{}{hash}", path()));
}

/// Goes to another page of this app.
pub fn go(to: &str) {
    let Some((window, history)) = web_sys::window().zip(history()) else { return };
    if format!("{}{}", path(), hash()) != to {
        drop(history.push_state_with_url(&JsValue::NULL, "", Some(to)));
    }
    window.scroll_to_with_x_and_y(0.0, 0.0);
    drop(Event::new(MOVED).and_then(|moved| window.dispatch_event(&moved)));
}

/// The path of the address. The component renders again when it changes.
#[hook]
pub fn use_path() -> String {
    let now = use_state_eq(path);
    use_effect_with((), {
        let now = now.setter();
        move |()| {
            let hears = window().map(|window| listen(&window, MOVED, false, move |_| now.set(path())));
            move || drop(hears)
        }
    });
    (*now).clone()
}

/// The properties of a link to a page of the same app.
#[derive(Properties, PartialEq)]
pub struct PageLinkProps {
    /// The address of the page.
    pub href: &'static str,
    /// The link's id.
    #[prop_or_default]
    pub id: Option<&'static str>,
    /// Its classes.
    #[prop_or_default]
    pub class: Classes,
    /// Whether it is the link to the page that is open.
    #[prop_or_default]
    pub current: bool,
    /// Its text.
    pub children: Html,
}

/// A link to a page of the same app. With a modifier key the browser opens it in a new tab or window.
#[component(PageLink)]
pub fn page_link(props: &PageLinkProps) -> Html {
    let href = props.href;
    let onclick = Callback::from(move |event: MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            go(href);
        }
    });
    let current = props.current.then_some("page");
    html! { <a {href} id={props.id} class={props.class.clone()} aria-current={current} {onclick}>{ props.children.clone() }</a> }
}
