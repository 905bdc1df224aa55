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

use yew::prelude::*;

use crate::{companion::parts::PatientScreen, lock::locked_screen};

/// What a person typed as their contact, as requests name it: an e-mail address or a phone number. Only an address has an at
/// sign.
fn email_or_phone(typed: &str) -> (Option<String>, Option<String>) {
    let text = Some(typed.trim().to_owned());
    if typed.contains('@') { (text, None) } else { (None, text) }
}

/// Shows the screens of the account's part.
pub fn view(screen: PatientScreen) -> Html {
    match screen {
        PatientScreen::Account(me) => html! { <own::Account {me} /> },
        PatientScreen::Locked(me) => locked_screen(me),
        PatientScreen::SecondFactor => html! { <factor::SetUp step=true /> },
        PatientScreen::Invited => html! { <invited::Invited /> },
        PatientScreen::Register => html! { <proof::Proof purpose={proof::Purpose::Register} /> },
        PatientScreen::Forgot => html! { <proof::Proof purpose={proof::Purpose::Reset} /> },
        _ => html! {},
    }
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
