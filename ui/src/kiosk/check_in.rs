//! Checking in: a code that is scanned or typed, or a phone number with the date of birth. The kiosk has no keyboard,
//! so the page has its own.

use medlane_shared::{queue::CheckInRequest, typed::digits};
use yew::prelude::*;

use crate::{
    i18n::use_words,
    kit::{Button, Field, Kind, focus},
};

/// The letters of codes, without I, L, O and U, which look like others (Crockford).
const LETTERS: &str = "1234567890ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: &str = "1234567890";
/// The length of a code.
const CODE_CHARS: usize = 8;
/// The digits of a date: 31121990.
const DAY_DIGITS: usize = 8;
/// The most digits of a phone number (E.164).
const PHONE_DIGITS: usize = 15;

/// The field that the keys type into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typing {
    Code,
    Phone,
    Birth,
}

/// The properties of the form.
#[derive(Properties, PartialEq)]
pub struct CheckInProps {
    /// Whether the check-in is running.
    pub busy: bool,
    /// Called with the entered data.
    pub claim: Callback<CheckInRequest>,
}

/// The form to enter a code, or a phone number and date of birth.
#[component(CheckIn)]
pub fn check_in(props: &CheckInProps) -> Html {
    let words = use_words();
    let (code, phone, birth) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let into = use_state(|| Typing::Code);
    // A scanner types the code that it reads, and presses Enter.
    use_effect_with(*into, |into| {
        let id = match into {
            Typing::Code => "check-in-code",
            Typing::Phone => "check-in-phone",
            Typing::Birth => "check-in-birth",
        };
        focus(id);
    });
    let claim = match *into {
        Typing::Code => (!code.is_empty())
            .then(|| CheckInRequest { code: Some((*code).clone()), ..CheckInRequest::default() }),
        _ => day_of(&birth).filter(|_| phone.len() > 6).map(|day| CheckInRequest {
            code: None,
            phone: Some((*phone).clone()),
            birth_date: Some(day),
            labels: Vec::new(),
        }),
    };
    let onsubmit = {
        let (emit, claim, into, phone) = (props.claim.clone(), claim.clone(), into.clone(), phone.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match &claim {
                Some(claim) => emit.emit(claim.clone()),
                None if *into == Typing::Phone && phone.len() > 6 => into.set(Typing::Birth),
                None => {}
            }
        })
    };
    let only = |state: &UseStateHandle<String>, max: usize| {
        let state = state.clone();
        Callback::from(move |text: String| {
            state.set(digits(&text).take(max).collect());
        })
    };
    let typed = {
        let code = code.clone();
        Callback::from(move |text: String| code.set(text.trim().to_owned()))
    };
    let (value, max) = match *into {
        Typing::Code => (&code, CODE_CHARS),
        Typing::Phone => (&phone, PHONE_DIGITS),
        Typing::Birth => (&birth, DAY_DIGITS),
    };
    let press = |key: Option<char>| {
        let value = value.clone();
        Callback::from(move |_: MouseEvent| {
            let mut text = (*value).clone();
            match key {
                Some(key) if text.chars().count() < max => text.push(key),
                Some(_) => {}
                None => drop(text.pop()),
            }
            value.set(text);
        })
    };
    let letters = if *into == Typing::Code { LETTERS } else { DIGITS };
    let columns = if *into == Typing::Code { "grid-cols-8" } else { "grid-cols-5" };
    let other = {
        let into = into.clone();
        Callback::from(move |()| into.set(if *into == Typing::Code { Typing::Phone } else { Typing::Code }))
    };
    let choose = |to: Typing| {
        let into = into.clone();
        Callback::from(move |_: FocusEvent| into.set(to))
    };
    html! {
        <form class="space-y-6" {onsubmit}>
            if *into == Typing::Code {
                <h1 class="text-center text-4xl font-semibold">{ words.say("check-in-question") }</h1>
                <Field name="check-in-code" label={words.say("check-in-code")} value={(*code).clone()} oninput={typed} inputmode={"text"} autocomplete={"off"} hint={words.say("check-in-hint")} />
            } else {
                <h1 class="text-center text-4xl font-semibold">{ words.say("check-in-who") }</h1>
                <div class="grid gap-4 sm:grid-cols-2">
                    <div onfocusin={choose(Typing::Phone)}>
                        <Field name="check-in-phone" label={words.say("phone")} value={(*phone).clone()} oninput={only(&phone, PHONE_DIGITS)} inputmode={"numeric"} autocomplete={"off"} />
                    </div>
                    <div onfocusin={choose(Typing::Birth)}>
                        <Field name="check-in-birth" label={words.say("birth-date")} value={shown(&birth)} oninput={only(&birth, DAY_DIGITS)} inputmode={"numeric"} autocomplete={"off"} hint={words.say("check-in-birth-hint")} />
                    </div>
                </div>
            }
            <div class={classes!("grid", "gap-2", columns)} dir="ltr" id="pad">
                { for letters.chars().map(|key| html! { <button key={key} type="button" class="btn h-16 border-base-300 bg-base-100 px-0 text-xl" data-key={key.to_string()} onclick={press(Some(key))}>{ key }</button> }) }
                <button type="button" class="btn col-span-2 h-16 border-base-300 bg-base-100 text-xl" id="pad-back" aria-label={words.say("pad-back")} onclick={press(None)}>{ "⌫" }</button>
            </div>
            <button type="submit" id="check-in" class="btn btn-primary btn-xl w-full" disabled={claim.is_none() || props.busy} aria-busy={props.busy.then_some("true")}>{ words.say("check-in") }</button>
            <Button kind={Kind::Plain} id="check-in-other" class="h-16 w-full text-lg" onclick={other}>{ words.say(if *into == Typing::Code { "check-in-by-phone" } else { "check-in-by-code" }) }</Button>
        </form>
    }
}

/// `31121990` as `31.12.1990`, as far as it is typed.
fn shown(digits: &str) -> String {
    let cut = |n: usize| digits.len().min(n);
    let parts = [&digits[..cut(2)], &digits[cut(2)..cut(4)], &digits[cut(4)..]];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// `31121990` as `1990-12-31`.
fn day_of(digits: &str) -> Option<String> {
    (digits.len() == DAY_DIGITS).then(|| format!("{}-{}-{}", &digits[4..], &digits[2..4], &digits[..2]))
}
