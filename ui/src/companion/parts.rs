//! The companion's code is loaded in parts: what signs in first, and each group of screens when one of them opens. The
//! binary splits them off (`ui/src/bin/companion.rs`).

use std::{cell::Cell, pin::Pin, rc::Rc};

use gloo_net::http::Request;
use gloo_timers::callback::Timeout;
use medlane_shared::{identity::Me, queue::MyTickets};
use wasm_bindgen_futures::spawn_local;
use web_sys::RequestCache;
use yew::prelude::*;

use crate::{
    address,
    i18n::use_words,
    kit::{Button, Page, skeleton},
};

/// The pause before a part that did not come is loaded again, in milliseconds.
const AGAIN_MS: u32 = 15_000;

/// A screen in one of the parts.
#[derive(Debug, Clone, PartialEq)]
pub enum PatientScreen {
    /// The patient's tickets.
    Home(Me),
    /// The notices, the form to join a queue and the past visits beside the patient's tickets; and whether the page is
    /// connected.
    Beside(Rc<MyTickets>, bool),
    /// A ticket's link as a code to be scanned: its text and its label.
    Code(AttrValue, AttrValue),
    /// A ticket by the secret of its link.
    Ticket(String),
    /// The tickets that this browser stored, for when there is no network.
    Kept,
    /// The account of the signed-in person.
    Account(Me),
    /// The locked screen of the signed-in person. Only staff have one.
    Locked(Rc<Me>),
    /// The setup of a second factor during a sign-in.
    SecondFactor,
    /// An invitation.
    Invited,
    /// A new account.
    Register,
    /// A new password.
    Forgot,
}

/// Shows the screens of one part.
pub type View = fn(PatientScreen) -> Html;
/// Loads a part; `None` if it did not come.
pub type Load = fn() -> Pin<Box<dyn Future<Output = Option<View>>>>;

/// The parts of the program.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The tickets.
    pub home: Load,
    /// What stands beside them.
    pub beside: Load,
    /// The account, registration, invitations and new passwords.
    pub account: Load,
}

impl PartialEq for Parts {
    fn eq(&self, _: &Self) -> bool {
        // A program has its parts once.
        true
    }
}

impl Parts {
    /// The part that shows a screen.
    fn of(self, screen: &PatientScreen) -> Load {
        match screen {
            PatientScreen::Home(_) | PatientScreen::Ticket(_) | PatientScreen::Kept => self.home,
            PatientScreen::Beside(..) | PatientScreen::Code(..) => self.beside,
            _ => self.account,
        }
    }
}

/// The properties of a screen.
#[derive(Properties, PartialEq)]
struct RoomProps {
    screen: PatientScreen,
    /// The title of its page while it loads; `None` inside a page.
    title: Option<AttrValue>,
}

/// A screen. It shows a skeleton while its part loads. If the part does not come, it says so, offers to try again, and does so
/// by itself.
#[component(Room)]
fn loaded_room(props: &RoomProps) -> Html {
    let words = use_words();
    let parts = use_context::<Parts>();
    // `None` while the part loads.
    let (view, tries) = (use_state(|| None::<Option<View>>), use_state(|| 0_u32));
    let load = parts.map(|parts| parts.of(&props.screen));
    use_effect_with(*tries, {
        let view = view.setter();
        move |_| {
            view.set(None);
            let is_open = Rc::new(Cell::new(true));
            let was_open = Rc::clone(&is_open);
            spawn_local(async move {
                let Some(load) = load else { return };
                let found = load().await;
                // A screen that was left meanwhile must not reload the one that is open now.
                if found.is_none() && is_replaced().await && is_open.get() {
                    return reload();
                }
                view.set(Some(found));
            });
            move || was_open.set(false)
        }
    });
    let again = Callback::from(move |()| tries.set(*tries + 1));
    let is_missing = matches!(*view, Some(None));
    use_effect_with(is_missing, {
        let again = again.clone();
        move |is_missing| {
            let timer = is_missing.then(|| Timeout::new(AGAIN_MS, move || again.emit(())));
            move || drop(timer)
        }
    });
    let body = match *view {
        Some(Some(view)) => return view(props.screen.clone()),
        Some(None) => html! {
            <div class="space-y-4 text-center" id="part-missing">
                <p role="alert" class="alert alert-error alert-soft">{ words.say("load-failed") }</p>
                <Button id="part-again" onclick={again}>{ words.say("try-again") }</Button>
            </div>
        },
        None => skeleton(words),
    };
    match &props.title {
        Some(title) => html! { <Page {title}>{ body }</Page> },
        None => body,
    }
}

/// Shows a screen. The key makes the screen of another part a component of its own.
pub fn room(screen: PatientScreen, title: Option<AttrValue>) -> Html {
    let key = match screen {
        PatientScreen::Home(_) | PatientScreen::Ticket(_) | PatientScreen::Kept => "home",
        PatientScreen::Beside(..) | PatientScreen::Code(..) => "beside",
        _ => "account",
    };
    html! { <Room {key} {screen} {title} /> }
}

/// Whether the server has another build than this page, so that this page's parts are gone.
async fn is_replaced() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let link =
        document.and_then(|document| document.query_selector("link[rel=modulepreload]").ok().flatten());
    let Some(own) = link.and_then(|link| link.get_attribute("href")) else { return false };
    match Request::get(&address::path()).cache(RequestCache::NoStore).send().await {
        Ok(page) if page.ok() => page.text().await.is_ok_and(|text| !text.contains(&own)),
        _ => false,
    }
}

fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}
