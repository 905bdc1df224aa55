//! The account of a patient or of staff: registration, password, invitation, second factor, sessions.

mod contacts;
mod dependants;
mod factor;
mod invited;
mod leaving;
mod notices;
mod own;
mod portrait;
mod proof;

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    companion::kept::kept,
    i18n::{Speaking, use_words},
    kit::SignedIn,
};

/// What a person typed as their contact, as requests name it: an e-mail address or a phone number. Only an address has an at
/// sign.
fn email_or_phone(typed: &str) -> (Option<String>, Option<String>) {
    let text = Some(typed.trim().to_owned());
    if typed.contains('@') { (text, None) } else { (None, text) }
}

#[component(Account)]
fn account() -> Html {
    let words = use_words();
    let path = web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
    match path.as_str() {
        "/invited" => html! { <invited::Invited /> },
        "/register" => html! { <proof::Proof purpose={proof::Purpose::Register} /> },
        "/forgot" => html! { <proof::Proof purpose={proof::Purpose::Reset} /> },
        _ => html! {
            <SignedIn face={Face::Companion} title={words.say("account")} view={|me| html! { <own::Account {me} /> }}
                kept={move |()| kept(words)} set_up={|()| html! { <factor::SetUp step=true /> }} />
        },
    }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Account /></Speaking> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}

#[cfg(test)]
mod tests {
    use super::email_or_phone;

    #[test]
    fn an_at_sign_tells_an_address_from_a_number() {
        assert_eq!(email_or_phone(" a@x.example "), (Some("a@x.example".to_owned()), None));
        assert_eq!(email_or_phone("+968 9212 3456 "), (None, Some("+968 9212 3456".to_owned())));
    }
}
