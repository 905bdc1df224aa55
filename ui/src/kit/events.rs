//! Events of the browser that no component hands out, and where the focus goes.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, EventTarget, HtmlElement};
use yew::prelude::*;

/// Hears an event for as long as it lives.
pub struct Listening {
    target: EventTarget,
    name: &'static str,
    captures: bool,
    heard: Closure<dyn FnMut(Event)>,
}

/// Hears an event of a target. One that `captures` on the window hears it before any component does.
pub fn listen(
    target: &EventTarget,
    name: &'static str,
    captures: bool,
    heard: impl FnMut(Event) + 'static,
) -> Listening {
    let heard = Closure::<dyn FnMut(Event)>::new(heard);
    let callback = heard.as_ref().unchecked_ref();
    // Only a callback that is none is refused.
    drop(target.add_event_listener_with_callback_and_bool(name, callback, captures));
    Listening { target: target.clone(), name, captures, heard }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let callback = self.heard.as_ref().unchecked_ref();
        drop(self.target.remove_event_listener_with_callback_and_bool(self.name, callback, self.captures));
    }
}

/// The window, where there is one.
#[must_use]
pub fn window() -> Option<EventTarget> {
    web_sys::window().map(Into::into)
}

fn element(id: &str) -> Option<HtmlElement> {
    web_sys::window()?.document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Puts the focus on something, where it is there.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        drop(element.focus());
    }
}

/// Puts the focus on the first field of something.
pub fn focus_first(id: &str) {
    let fields = format!("#{id} :is(input, select, textarea, button):not(:disabled)");
    let found =
        web_sys::window().and_then(|window| window.document()?.query_selector(&fields).ok().flatten());
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        drop(element.focus());
    }
}

/// Whether the focus is on nothing: what had it is gone.
fn is_lost() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| {
        let active = document.active_element();
        active.is_none_or(|active| document.body().is_some_and(|body| *body == active))
    })
}

/// After an act the focus goes to what comes next, never to the body: whenever `now` has changed and what had the focus is
/// gone, to the first of these that is there.
#[hook]
pub fn use_next_focus<T: PartialEq + 'static>(now: T, next: Vec<AttrValue>) {
    let first = use_mut_ref(|| true);
    use_effect_with(now, move |_| {
        // Where a page begins is the reader's own.
        if !first.replace(false)
            && is_lost()
            && let Some(element) = next.iter().find_map(|id| element(id))
        {
            drop(element.focus());
        }
    });
}

/// Puts the focus into what was just opened, and again whenever `now` has changed.
#[hook]
pub fn use_focus<T: PartialEq + 'static>(now: T, id: &'static str) {
    use_effect_with(now, move |_| focus(id));
}
