//! Browser events that components do not offer, and moving the focus.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, EventTarget, HtmlElement};
use yew::prelude::*;

/// Listens to an event as long as it lives.
pub struct Listening {
    target: EventTarget,
    name: &'static str,
    captures: bool,
    heard: Closure<dyn FnMut(Event)>,
}

/// Listens to an event of a target. With `captures` on the window it runs before any component.
pub fn listen(
    target: &EventTarget,
    name: &'static str,
    captures: bool,
    heard: impl FnMut(Event) + 'static,
) -> Listening {
    let heard = Closure::<dyn FnMut(Event)>::new(heard);
    let callback = heard.as_ref().unchecked_ref();
    // This only fails for a callback that is not a function.
    drop(target.add_event_listener_with_callback_and_bool(name, callback, captures));
    Listening { target: target.clone(), name, captures, heard }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let callback = self.heard.as_ref().unchecked_ref();
        drop(self.target.remove_event_listener_with_callback_and_bool(self.name, callback, self.captures));
    }
}

/// The window; `None` outside a browser.
#[must_use]
pub fn window() -> Option<EventTarget> {
    web_sys::window().map(Into::into)
}

fn element(id: &str) -> Option<HtmlElement> {
    web_sys::window()?.document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Moves the focus to an element, if it exists.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        drop(element.focus());
    }
}

/// The id of the element that has the focus.
#[must_use]
pub fn focused() -> Option<String> {
    let active = web_sys::window()?.document()?.active_element()?;
    Some(active.id()).filter(|id| !id.is_empty())
}

/// Whether a text field in the element with this id has the focus.
#[must_use]
pub fn types_in(id: &str) -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    let field = active.filter(|active| active.matches("textarea, input").unwrap_or_default());
    field.is_some_and(|field| element(id).is_some_and(|outer| outer.contains(Some(&field))))
}

/// Whether the user types or chooses somewhere, or answers a question.
#[must_use]
pub fn types_somewhere() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_some_and(|active| active.closest(super::keys::TYPING).ok().flatten().is_some())
}

/// Focuses the first field of an element.
pub fn focus_first(id: &str) {
    focus_on(&format!("#{id} :is(input, select, textarea, button):not(:disabled)"));
}

/// Focuses the first element that a selector names. Returns whether there is one.
#[expect(clippy::must_use_candidate, reason = "mostly called to move the focus")]
pub fn focus_on(selector: &str) -> bool {
    let found =
        web_sys::window().and_then(|window| window.document()?.query_selector(selector).ok().flatten());
    let found = found.and_then(|found| found.dyn_into::<HtmlElement>().ok());
    if let Some(element) = &found {
        drop(element.focus());
    }
    found.is_some()
}

/// Whether nothing has the focus, because its element is gone, or is in a row that is over: the browser takes the focus
/// away from there a moment later.
pub(super) fn is_lost() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| {
        let active = document.active_element();
        active.is_none_or(|active| {
            let is_over = || active.closest("[inert]").ok().flatten().is_some();
            document.body().is_some_and(|body| *body == active) || is_over()
        })
    })
}

/// Whether the page has an element that a selector names.
pub(super) fn has(selector: &str) -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.is_some_and(|page| page.query_selector(selector).ok().flatten().is_some())
}

/// After an action, moves the focus to the next thing to do instead of losing it to the body. Whenever `now` has
/// changed and the focused element is gone, the first existing element of `next` gets the focus.
#[hook]
pub fn use_next_focus<T: PartialEq + 'static>(now: T, next: Vec<AttrValue>) {
    let first = use_mut_ref(|| true);
    use_effect_with(now, move |_| {
        // When the page opens, the reader keeps the focus where it is.
        if !first.replace(false)
            && is_lost()
            && let Some(element) = next.iter().find_map(|id| element(id))
        {
            drop(element.focus());
        }
    });
}

/// Moves the focus into an element that just opened, and again whenever `now` changes.
#[hook]
pub fn use_focus<T: PartialEq + 'static>(now: T, id: &'static str) {
    use_effect_with(now, move |_| focus(id));
}
