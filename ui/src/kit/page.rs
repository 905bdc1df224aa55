//! The frame of a face: its name, its language, the signed-in person, whether the page is live.

use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use medlane_shared::{
    fault::{Code, Fault},
    identity::{Face, Me},
    time::Timestamp,
};
use yew::prelude::*;

use super::{Button, Kind, alert, focus, select, skeleton, use_title};
use crate::{
    backend::{Session, SessionContext, is_window, resume, sign_out, use_watch, when_ended},
    clock::now,
    enrol::{CLINIC_KEY, Enrol, from_address},
    i18n::{Language, languages, use_words},
    lock::{lock_session, use_idle},
    sign_in::SignIn,
};

/// The properties of a page.
#[derive(Properties, PartialEq)]
pub struct PageProps {
    /// The name of the face or place.
    pub title: AttrValue,
    /// The name of the open page in the browser's tab, if it is another one.
    #[prop_or_default]
    pub place: Option<AttrValue>,
    /// What stands behind it there: the clinic, for those who work there.
    #[prop_or(AttrValue::Static("Medlane"))]
    pub site: AttrValue,
    /// The person who is signed in.
    #[prop_or_default]
    pub me: Option<Me>,
    /// Whether it uses the whole width of the screen.
    #[prop_or_default]
    pub wide: bool,
    /// The links to the app's pages, beside the contents.
    #[prop_or_default]
    pub rail: Option<Html>,
    /// Its contents.
    pub children: Html,
}

/// The frame around every face.
#[component(Page)]
pub fn page(props: &PageProps) -> Html {
    let words = use_words();
    let language = use_context::<Language>();
    let session = use_context::<SessionContext>();
    let spoken: Vec<(AttrValue, AttrValue)> =
        languages().map(|(tag, name)| (tag.into(), name.into())).collect();
    let speak = {
        let choose = language.map(|language| language.choose).unwrap_or_default();
        Callback::from(move |chosen: String| {
            if let Some((tag, _)) = languages().find(|(tag, _)| *tag == chosen) {
                choose.emit(tag);
            }
        })
    };
    let leave = session.map(|session| {
        Callback::from(move |()| {
            let set = session.set.clone();
            wasm_bindgen_futures::spawn_local(async move { set.emit(sign_out().await) });
        })
    });
    use_title(format!("{} · {}", props.place.as_ref().unwrap_or(&props.title), props.site));
    let width = if props.wide { "max-w-[110rem]" } else { "max-w-xl" };
    // The address of the page stays as it is.
    let skip = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        focus("main");
    });
    let main = html! {
        <main id="main" tabindex="-1" class={classes!("mx-auto", "w-full", "min-w-0", "flex-1", "px-4", "pt-6", "pb-24", width)}>{ props.children.clone() }</main>
    };
    let width = props.rail.is_none().then_some(width);
    html! {
        <div class="flex min-h-dvh flex-col bg-base-200">
            <a href="#main" class="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 btn btn-primary" onclick={skip}>{ words.say("skip") }</a>
            <header class="border-b border-base-300 bg-base-100">
                <div class={classes!("mx-auto", "flex", "w-full", "items-center", "gap-3", "px-4", "py-3", width)}>
                    <span class="grid size-9 shrink-0 place-items-center rounded-xl bg-primary text-lg font-semibold text-primary-content" aria-hidden="true">{ "M" }</span>
                    <h1 class="page-start line-clamp-2 min-w-0 flex-1 text-base leading-tight font-semibold" dir="auto">{ &props.title }</h1>
                    <div class="w-24 shrink-0">{ select(words.say("language"), &spoken, words.tag(), &speak) }</div>
                    if let (Some(me), Some(leave)) = (&props.me, leave) {
                        <span class="hidden max-w-52 truncate text-sm text-base-content/70 sm:inline" dir="auto">{ &me.name }</span>
                        <Button kind={Kind::Ghost} class="btn-sm" id="sign-out" onclick={leave}>{ words.say("sign-out") }</Button>
                    }
                </div>
            </header>
            if let Some(rail) = &props.rail {
                <div class="flex flex-1 flex-col lg:flex-row">{ rail.clone() }{ main }</div>
            } else {
                { main }
            }
        </div>
    }
}

/// The properties of the offline notice.
#[derive(Properties, PartialEq)]
pub struct OfflineProps {
    /// Whether the view is live.
    pub online: bool,
}

/// How long a connection may be down before the page says so, in milliseconds. Short breaks are not worth a notice.
const SAID_AFTER_MS: u32 = 1_500;

/// Whether the connection has been down for long enough to say so.
#[hook]
pub fn use_away(online: bool) -> bool {
    let away = use_state(|| false);
    use_effect_with(online, {
        let away = away.clone();
        move |online| {
            away.set(false);
            let later = (!online).then(|| Timeout::new(SAID_AFTER_MS, move || away.set(true)));
            move || drop(later)
        }
    });
    *away && !online
}

/// A notice that the page shows the last known state.
#[component(Offline)]
pub fn offline(props: &OfflineProps) -> Html {
    let words = use_words();
    // The time of the last news: until then the page was live.
    let (was_online, last) = (use_mut_ref(|| false), use_mut_ref(|| None::<Timestamp>));
    use_effect_with(props.online, {
        let last = last.clone();
        move |online| {
            if was_online.replace(*online) && !online {
                last.replace(Some(now()));
            }
        }
    });
    if !use_away(props.online) {
        return html! {};
    }
    let said = last.borrow().map_or_else(
        || words.say("offline-notice"),
        |last| words.say_with("offline-since", &[("at", words.clock(last).as_str().into())]),
    );
    // It covers the foot of the page, which leaves room for it, so that nothing moves under the user's hand.
    html! {
        <div class="pointer-events-none fixed inset-x-0 bottom-0 z-40 flex justify-center p-4">
            <p role="status" class="alert alert-warning w-full max-w-xl shadow-lg" id="offline">{ said }</p>
        </div>
    }
}

/// The properties of a page that could not start.
#[derive(Properties, PartialEq)]
pub struct FailedProps {
    /// The name of the face or place.
    pub title: AttrValue,
    /// Why.
    pub fault: Fault,
    /// Called to try again.
    pub again: Callback<()>,
    /// What the page still knows.
    #[prop_or_default]
    pub children: Html,
}

/// How often a face that could not start tries again, in milliseconds.
const AGAIN_MS: u32 = 15_000;

/// The page of a face that could not start. It shows why, and a button to try again.
#[component(Failed)]
pub fn failed(props: &FailedProps) -> Html {
    let words = use_words();
    use_effect_with((), {
        let again = props.again.clone();
        move |()| {
            // A screen without a user recovers by itself.
            let timer = Interval::new(AGAIN_MS, move || again.emit(()));
            move || drop(timer)
        }
    });
    html! {
        <Page title={&props.title}>
            { props.children.clone() }
            <div class="space-y-4 text-center" id="failed">
                { alert(words, Some(props.fault.clone())) }
                <Button kind={Kind::Primary} onclick={props.again.clone()}>{ words.say("try-again") }</Button>
            </div>
            if is_window() && props.fault.code == Code::DeviceLocked {
                <div class="pt-6"><Enrol words={CLINIC_KEY} /></div>
            }
        </Page>
    }
}

/// The properties of a page that needs a session.
#[derive(Properties, PartialEq)]
pub struct SignedInProps {
    /// The face.
    pub face: Face,
    /// The name of the face.
    pub title: AttrValue,
    /// The view for a signed-in person.
    pub view: Callback<Me, Html>,
    /// Shows the locked screen of the signed-in person.
    pub locked: Callback<Rc<Me>, Html>,
    /// Shows the setup of a second factor during a sign-in, on pages that have it.
    #[prop_or_default]
    pub set_up: Option<Callback<(), Html>>,
    /// Shown when the page cannot reach the server at its start: what this browser still knows.
    #[prop_or_default]
    pub kept: Option<Callback<(), Html>>,
    /// Shown over a locked screen too. It must show nothing personal.
    #[prop_or_default]
    pub over_lock: Option<Callback<Me, Html>>,
}

/// Shows the view if a person is signed in, otherwise the sign-in form.
#[component(SignedIn)]
pub fn signed_in(props: &SignedInProps) -> Html {
    let words = use_words();
    let session = use_state(|| Session::Unknown);
    let begin = {
        let (session, face) = (session.clone(), props.face);
        Callback::from(move |()| {
            let session = session.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // A window that was opened with a code enrols by it, if it is not enrolled yet.
                let now = resume(face).await;
                let enrolled =
                    if is_window() && now == Session::Unenrolled { from_address().await } else { None };
                session.set(enrolled.unwrap_or(now));
            });
        })
    };
    use_effect_with(props.face, {
        let (begin, session) = (begin.clone(), session.clone());
        move |_| {
            when_ended(Callback::from(move |over| session.set(over)));
            begin.emit(());
        }
    });
    use_watch();
    let context = SessionContext {
        session: (*session).clone(),
        set: Callback::from({
            let session = session.clone();
            move |next| session.set(next)
        }),
    };
    let here = match &*session {
        Session::SignedIn(me) => Some(me.clone()),
        _ => None,
    };
    use_idle(here, lock_session(context.set.clone()));
    let inner = match &*session {
        Session::Unknown => html! { <Page title={&props.title}>{ skeleton(words) }</Page> },
        Session::Locked(me) => {
            let over = props.over_lock.as_ref().map(|over| over.emit((**me).clone()));
            html! { <Page title={&props.title}>{ over.unwrap_or_default() }{ props.locked.emit(me.clone()) }</Page> }
        }
        Session::Unenrolled if is_window() => {
            html! { <Page title={&props.title} place={words.say("enrol-title")}><Enrol /></Page> }
        }
        Session::Unenrolled | Session::SignedOut => {
            html! { <Page title={&props.title} place={words.say("sign-in")}><SignIn set_up={props.set_up.clone()} /></Page> }
        }
        Session::Failed(fault) => html! {
            <Failed title={&props.title} fault={fault.clone()} again={begin}>
                { props.kept.as_ref().filter(|_| fault.code == Code::Offline).map(|kept| kept.emit(())).unwrap_or_default() }
            </Failed>
        },
        Session::SignedIn(me) => props.view.emit((**me).clone()),
    };
    html! { <ContextProvider<SessionContext> {context}>{ inner }</ContextProvider<SessionContext>> }
}
