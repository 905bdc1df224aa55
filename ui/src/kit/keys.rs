//! Keyboard shortcuts. They go by the physical key, never act while the user may be typing, are listed under `?`, and
//! can be switched off (WCAG 2.1.4).

use gloo_storage::{LocalStorage, Storage as _};
use medlane_shared::ids::PersonId;
use wasm_bindgen::JsCast as _;
use web_sys::Element;
use yew::prelude::*;

use super::{
    Dialog, Kind,
    controls::Button,
    events::{focus, has, is_lost, listen, window},
};
use crate::i18n::use_words;

/// Elements in which the user types or chooses. No shortcut acts there.
pub(super) const TYPING: &str =
    "input, textarea, select, [contenteditable], dialog, [role=dialog], [role=alertdialog]";

/// A question or a full-screen dialog. No shortcut acts behind it.
const ASKING: &str = "dialog[open], [role=alertdialog]";

/// A field to write in. While one is on the screen and nothing has the focus, the user may believe that they write there.
const WRITING: &str = "textarea, form input:not([type=checkbox], [type=radio])";

/// A field that opens as soon as it has loaded. What is typed meanwhile is meant for it.
const OPENING: &str = "[data-opening]";

/// A shortcut: the physical key (`KeyN`), and the key of its words.
pub type Key = (&'static str, &'static str);

/// The key code that a browser reports while an input method handles the key.
const COMPOSING: u32 = 229;

/// The name of a physical key on a Latin keyboard: `KeyN` is `n`, whatever the layout types.
#[must_use]
pub fn key_name(code: &str) -> String {
    code.strip_prefix("Key").map_or_else(|| code.to_owned(), str::to_ascii_lowercase)
}

/// The physical key of an event. An event made by a program may only name the typed character.
fn physical(code: &str, key: &str) -> String {
    match (code, key.len()) {
        ("", 1) => format!("Key{}", key.to_ascii_uppercase()),
        ("", _) => key.to_owned(),
        _ => code.to_owned(),
    }
}

/// Whether a key types a character.
fn is_single(code: &str) -> bool {
    code.starts_with("Key")
}

/// Whether a letter is meant as text. `lost` is whether nothing has the focus; `writes` is whether there is a field to
/// write in; `opens` is whether one is about to open.
const fn is_text(lost: bool, writes: bool, opens: bool) -> bool {
    opens || (lost && writes)
}

/// The properties of a page's shortcuts.
#[derive(Properties, PartialEq)]
pub struct KeysProps {
    /// The person whose choice (on or off) applies.
    pub person: Option<PersonId>,
    /// The shortcuts.
    pub keys: &'static [Key],
    /// Called with the pressed key, by its [`key_name`].
    pub pressed: Callback<String>,
}

/// The storage key of the person's choice.
fn stored(person: Option<PersonId>) -> String {
    format!("medlane.keys.{}", person.map(|id| id.to_string()).unwrap_or_default())
}

/// Listens to the shortcuts, and lists them.
#[component(Keys)]
pub fn keys(props: &KeysProps) -> Html {
    let words = use_words();
    let name = stored(props.person);
    let on = use_state(|| !matches!(LocalStorage::raw().get_item(&name), Ok(Some(_))));
    let open = use_state(|| false);
    let latest = use_mut_ref(|| (props.keys, props.pressed.clone(), *on, open.setter()));
    *latest.borrow_mut() = (props.keys, props.pressed.clone(), *on, open.setter());
    use_effect_with((), move |()| {
        let hears = window().map(|window| {
            listen(&window, "keydown", false, move |event| {
                let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
                // The character is being composed, or the key has acted already.
                if event.is_composing() || event.key_code() == COMPOSING || event.default_prevented() {
                    return;
                }
                let (keys, pressed, on, open) = latest.borrow().clone();
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let asks = || has(ASKING);
                if target.is_some_and(|target| target.closest(TYPING).ok().flatten().is_some()) || asks() {
                    // For keyboard users, Escape leaves a field.
                    if event.code() == "Escape" && !asks() {
                        focus("main");
                    }
                    return;
                }
                if event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() {
                    return;
                }
                let code = physical(&event.code(), &event.key());
                if on && event.key() == "?" {
                    event.prevent_default();
                    open.set(true);
                } else if keys.iter().any(|(key, _)| *key == code)
                    && (on || !is_single(&code))
                    && !(is_single(&code) && is_text(is_lost(), has(WRITING), has(OPENING)))
                {
                    // The key acts, and its character must not land in a field that it opens.
                    event.prevent_default();
                    pressed.emit(key_name(&code));
                }
            })
        });
        move || drop(hears)
    });
    let turn = {
        let on = on.clone();
        Callback::from(move |_: Event| {
            let storage = LocalStorage::raw();
            // Without storage the choice lasts as long as the page.
            drop(if *on { storage.set_item(&name, "off") } else { storage.remove_item(&name) });
            on.set(!*on);
        })
    };
    let show = |to: bool| {
        let open = open.clone();
        Callback::from(move |()| open.set(to))
    };
    let shown = |code: &str| match code {
        "ArrowUp" => "↑".to_owned(),
        "ArrowDown" => "↓".to_owned(),
        code => key_name(code).to_ascii_uppercase(),
    };
    html! {
        <>
            <Button kind={Kind::Ghost} id="keys" class="btn-sm" onclick={show(true)}>{ words.say("keys") }</Button>
            if *open {
                <Dialog id="keys-list" title={words.say("keys")} stay={words.say("close")} close={show(false)}>
                    <dl class="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
                        { for props.keys.iter().map(|(code, does)| html! {
                            <><dt><kbd class="kbd">{ shown(code) }</kbd></dt><dd>{ words.say(does) }</dd></>
                        }) }
                        <dt><kbd class="kbd">{ "?" }</kbd></dt><dd>{ words.say("keys") }</dd>
                    </dl>
                    <label class="flex items-center gap-3">
                        <input type="checkbox" id="keys-on" checked={*on} onchange={turn} />
                        <span>{ words.say("keys-on") }</span>
                    </label>
                </Dialog>
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_letter_acts_beside_a_field_while_nothing_has_the_focus() {
        assert!(is_text(true, true, false), "the user may believe that they write in it");
        assert!(is_text(false, false, true), "the note that was opened is loading");
        assert!(!is_text(false, true, false), "something else has the focus, as after Escape");
        assert!(!is_text(true, false, false), "there is nothing to write in");
    }

    #[test]
    fn a_key_is_the_same_on_every_layout() {
        assert_eq!(["KeyN", "KeyU", "ArrowDown", "Escape"].map(key_name), ["n", "u", "ArrowDown", "Escape"]);
        assert_eq!(["KeyN", "ArrowDown"].map(is_single), [true, false]);
        assert_eq!((physical("KeyN", "ى"), physical("", "n")), ("KeyN".to_owned(), "KeyN".to_owned()));
        assert_eq!(physical("", "ArrowDown"), "ArrowDown");
    }
}
