//! The patients' companion, and everybody's account. Their screens are loaded when they open: see [`parts`].

pub mod calls;
mod ended;
mod home;
mod join;
mod kept;
mod link;
pub mod parts;
mod rings;
mod told;
mod visits;

use medlane_shared::{
    identity::{Face, Me},
    pages,
};
use yew::prelude::*;

use self::parts::{Parts, PatientScreen, room};
use crate::{
    address::use_path,
    i18n::{Speaking, use_words},
    kit::{Page, Qr, SignedIn, missing, use_next_focus},
};

/// Shows the screens of the queue's part.
pub fn view(screen: PatientScreen) -> Html {
    match screen {
        PatientScreen::Home(me) => html! { <home::Home {me} /> },
        PatientScreen::Ticket(secret) => html! { <link::Link {secret} /> },
        PatientScreen::Kept => html! { <kept::Kept /> },
        _ => html! {},
    }
}

/// Shows what stands beside the tickets, which is the second part of the queue's code.
pub fn beside(screen: PatientScreen) -> Html {
    let (mine, online) = match screen {
        PatientScreen::Beside(mine, online) => (mine, online),
        PatientScreen::Code(text, label) => return html! { <Qr {text} {label} /> },
        _ => return html! {},
    };
    let taken: Vec<join::Taken> = mine.tickets.iter().map(join::Taken::of).collect();
    html! {
        <div class="space-y-6">
            if !mine.tickets.is_empty() { <told::Pushed /> }
            <told::Told />
            <join::Join {taken} />
            <visits::Visits active={mine.tickets.len()} {online} />
        </div>
    }
}

/// The screen at an address that needs no session.
fn open(path: &str) -> Option<PatientScreen> {
    if let Some(secret) = path.strip_prefix(pages::TICKET).filter(|secret| !secret.is_empty()) {
        return Some(PatientScreen::Ticket(secret.to_owned()));
    }
    match path {
        "/register" => Some(PatientScreen::Register),
        "/forgot" => Some(PatientScreen::Forgot),
        "/invited" => Some(PatientScreen::Invited),
        _ => None,
    }
}

#[component(Companion)]
fn companion() -> Html {
    let words = use_words();
    let path = use_path();
    let is_home = path == pages::COMPANION;
    let title = words.say(if is_home || path.starts_with(pages::TICKET) { "companion" } else { "account" });
    // A link inside a page goes away with it.
    use_next_focus(path.clone(), vec!["main".into()]);
    if let Some(screen) = open(&path) {
        return room(screen, Some(title));
    }
    if !is_home && path != pages::ACCOUNT[0] {
        // The server shows this page for every unknown address.
        let start = pages::start_of(&path);
        return html! { <Page title="Medlane" place={words.say("page-not-found")}>{ missing(words, "page-not-found", start) }</Page> };
    }
    let view = {
        let title = title.clone();
        Callback::from(move |me: Me| {
            let screen = if is_home { PatientScreen::Home(me) } else { PatientScreen::Account(me) };
            room(screen, Some(title.clone()))
        })
    };
    html! { <SignedIn face={Face::Companion} {title} {view} set_up={|()| room(PatientScreen::SecondFactor, None)} locked={|me| room(PatientScreen::Locked(me), None)} kept={|()| room(PatientScreen::Kept, None)} /> }
}

#[derive(Properties, PartialEq)]
struct AppProps {
    parts: Parts,
}

#[component(App)]
fn app(props: &AppProps) -> Html {
    html! { <Speaking><ContextProvider<Parts> context={props.parts}><Companion /></ContextProvider<Parts>></Speaking> }
}

/// Starts the companion.
pub fn start(parts: Parts) {
    // The first screen's part comes while the session is asked for.
    let is_account = pages::ACCOUNT.contains(&crate::address::path().as_str());
    let first = if is_account { parts.account } else { parts.home };
    wasm_bindgen_futures::spawn_local(async move {
        first().await;
    });
    yew::Renderer::<App>::with_props(AppProps { parts }).render();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_its_screen() {
        assert_eq!(open("/t/secret"), Some(PatientScreen::Ticket("secret".to_owned())));
        for path in &pages::ACCOUNT[1..] {
            assert!(open(path).is_some(), "{path}");
        }
        assert_eq!(["/", "/account", "/t/", "/nothing"].map(open), [None, None, None, None]);
    }
}
