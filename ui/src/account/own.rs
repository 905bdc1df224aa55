//! The person's account: the name, the password, and their sessions.

use medlane_shared::{
    access::Role,
    api::{ChangePassword, ChangeProfile, EndSession, EndSessions, ExportAccount, ListSessions},
    fault::Fault,
    identity::{Gender, Me, PasswordRequest, ProfileRequest, SessionView},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    contacts::Contacts, dependants::Dependants, factor::Factor, leaving::Leaving, notices::Choice,
    portrait::Portrait,
};
use crate::{
    address::PageLink,
    backend::{call, fetched},
    companion::calls::Calls,
    i18n::{Words, use_words},
    kit::{Button, Card, Confirming, DateFields, Field, Kind, Page, alert, select, skeleton},
    queue::{genders, record_text},
};

/// The properties of the page.
#[derive(Properties, PartialEq)]
pub struct AccountProps {
    /// The person who is signed in.
    pub me: Me,
}

/// An action on this page.
#[derive(Clone, PartialEq)]
enum Doing {
    Look,
    Name,
    Password,
    Export,
    End(Option<String>),
}

/// The page.
#[component(Account)]
pub fn account(props: &AccountProps) -> Html {
    let words = use_words();
    let name = use_state(|| props.me.name.clone());
    let gender = use_state(|| props.me.gender);
    // The known day of birth, or the typed one if none is known.
    let (born, birth) = (use_state(|| props.me.birth_date.clone()), use_state(String::new));
    let password = use_state(String::new);
    let sessions = use_state(|| None::<Vec<SessionView>>);
    // The downloaded file.
    let file = use_state(|| None::<AttrValue>);
    // Why the sessions are not shown.
    let unseen = use_state(|| None::<Fault>);
    // The result of the last action. It is shown beside the button.
    let (done, fault) = (use_state(|| None::<Doing>), use_state(|| None::<(Doing, Fault)>));
    let act = {
        let (name, password) = (name.clone(), password.clone());
        let (sessions, done, fault) = (sessions.clone(), done.clone(), fault.clone());
        let (file, gender) = (file.clone(), gender.clone());
        let (born, birth, unseen) = (born.clone(), birth.clone(), unseen.clone());
        Callback::from(move |doing: Doing| {
            let (name, password) = ((*name).clone(), password.clone());
            let (sessions, done, fault) = (sessions.clone(), done.clone(), fault.clone());
            let (file, gender) = (file.clone(), *gender);
            let (born, birth, unseen) = (born.clone(), birth.clone(), unseen.clone());
            spawn_local(async move {
                let result = match &doing {
                    Doing::Look => Ok(()),
                    Doing::Name => {
                        let birth_date = Some((*birth).clone()).filter(|typed| !typed.is_empty());
                        let request = ProfileRequest { name: Some(name), language: None, gender, birth_date };
                        let changed = call::<ChangeProfile>(&[], &request).await;
                        changed.map(|me| {
                            born.set(me.birth_date);
                            birth.set(String::new());
                        })
                    }
                    Doing::Password => {
                        let request = PasswordRequest { password: (*password).clone() };
                        call::<ChangePassword>(&[], &request).await
                    }
                    Doing::Export => fetched::<ExportAccount>().await.map(|export| {
                        let text = serde_json::to_string_pretty(&export).unwrap_or_default();
                        let text = String::from(js_sys::encode_uri_component(&text));
                        file.set(Some(AttrValue::from(format!(
                            "data:application/json;charset=utf-8,{text}"
                        ))));
                    }),
                    Doing::End(Some(id)) => call::<EndSession>(&[id], &()).await,
                    Doing::End(None) => call::<EndSessions>(&[], &()).await,
                };
                if let Err(refused) = result {
                    done.set(None);
                    return fault.set(Some((doing, refused)));
                }
                // The change is done, also if the list of sessions cannot be loaded now: the list says so itself.
                if doing == Doing::Password {
                    password.set(String::new());
                }
                fault.set(None);
                done.set(Some(doing));
                match call::<ListSessions>(&[], &()).await {
                    Ok(page) => {
                        sessions.set(Some(page.items));
                        unseen.set(None);
                    }
                    Err(refused) => {
                        // A list from before would show sessions that have ended.
                        sessions.set(None);
                        unseen.set(Some(refused));
                    }
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let said = |of: fn(&Doing) -> bool, key: &str| {
        let refused = (*fault).clone().filter(|(doing, _)| of(doing)).map(|(_, refused)| refused);
        html! {
            <>
                { alert(words, refused) }
                if done.as_ref().is_some_and(of) { <p role="status" class="alert alert-success alert-soft" id={key.to_owned()}>{ words.say(key) }</p> }
            </>
        }
    };
    let form = |doing: Doing, key: &'static str, fields: Html| {
        let onsubmit = act.reform(move |event: SubmitEvent| {
            event.prevent_default();
            doing.clone()
        });
        html! {
            <form class="space-y-4" {onsubmit}>
                { fields }
                <button type="submit" id={key} class="btn btn-primary">{ words.say(key) }</button>
            </form>
        }
    };
    html! {
        <Page title={words.say("account")} me={props.me.clone()}>
            <Confirming />
                if props.me.role == Role::Patient { <Calls /> }
            <div class="space-y-4">
                <p>
                    if props.me.role == Role::Patient {
                        <PageLink class="underline underline-offset-4" href="/">{ words.say("back") }</PageLink>
                    } else {
                        <a class="underline underline-offset-4" href={home(props.me.role)}>{ words.say("back") }</a>
                    }
                </p>
                <Card title={words.say("account-name")}>
                    <Portrait />
                    { said(|doing| *doing == Doing::Name, "account-saved") }
                    { form(Doing::Name, "save", html! {
                        <>
                            <Field name="name" autocomplete="name" label={words.say("your-name")} value={(*name).clone()} oninput={Callback::from(move |text| name.set(text))} />
                            if props.me.role == Role::Patient {
                                <div class="space-y-1.5">
                                    <p class="text-sm font-medium" aria-hidden="true">{ words.say("gender") }</p>
                                    { select(words.say("gender"), &genders(words), gender.map_or("", Gender::text), &Callback::from(move |text: String| gender.set(Gender::from_text(&text)))) }
                                </div>
                                if let Some(born) = &*born {
                                    <div id="birth-date-known">
                                        <p class="text-sm font-medium">{ words.say("birth-date") }</p>
                                        <p>{ words.date(born) }</p>
                                        <p class="text-sm text-base-content/70">{ words.say("birth-date-known") }</p>
                                    </div>
                                } else {
                                    <DateFields name="birth-date" own=true hint={words.say("birth-date-once")} value={(*birth).clone()}
                                        oninput={Callback::from(move |text| birth.set(text))} />
                                }
                                if let Some(number) = props.me.record_number { <p class="text-sm text-base-content/70" id="record-number">{ record_text(words, &number.to_string()) }</p> }
                            }
                        </>
                    }) }
                </Card>
                <Card title={words.say("password")}>
                    { said(|doing| *doing == Doing::Password, "password-saved") }
                    { form(Doing::Password, "reset-finish", html! {
                        <Field name="password" kind="password" autocomplete="new-password" label={words.say("password-new")} hint={words.say("password-hint")} value={(*password).clone()}
                                oninput={Callback::from(move |text| password.set(text))} />
                    }) }
                </Card>
                <Contacts />
                <Factor />
                if props.me.role == Role::Patient { <Choice language={props.me.language.clone()} /> }
                if props.me.role == Role::Patient { <Dependants /> }
                <Card title={words.say("export")}>
                    <p class="text-base-content/70">{ words.say("export-hint") }</p>
                    { said(|doing| *doing == Doing::Export, "export-made") }
                    if let Some(file) = &*file {
                        <div><a class="btn btn-primary" id="export-file" download="medlane.json" href={file.clone()}>{ words.say("export-save") }</a></div>
                    } else {
                        <div><Button id="export" onclick={act.reform(|()| Doing::Export)}>{ words.say("export-make") }</Button></div>
                    }
                </Card>
                <Card title={words.say("sessions")}>
                    { said(|doing| matches!(doing, Doing::End(_)), "session-ended") }
                    { alert(words, (*unseen).clone()) }
                    { match &*sessions {
                        None if unseen.is_some() => html! { <div><Button id="sessions-load" onclick={act.reform(|()| Doing::Look)}>{ words.say("try-again") }</Button></div> },
                        None => skeleton(words),
                        Some(sessions) => session_list(words, sessions, &act),
                    } }
                </Card>
                if props.me.role == Role::Patient { <Leaving /> }
            </div>
        </Page>
    }
}

/// The page where a person with this role works.
const fn home(role: Role) -> &'static str {
    match role {
        Role::Doctor => "/doctor",
        Role::Reception | Role::Manager | Role::Admin => "/console",
        Role::Patient | Role::Kiosk | Role::Board => "/",
    }
}

/// A program's name and system in well-known words, from its own description.
fn program(agent: Option<&str>) -> String {
    let agent = agent.unwrap_or_default();
    let first = |names: &[&str]| names.iter().copied().find(|name| agent.contains(name)).map(str::to_owned);
    // Most browsers name several others in their description. The names that only one browser uses come first.
    let browser = first(&["Edg", "OPR", "Firefox", "Chrome", "Safari"]);
    let system = first(&["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]);
    let known: Vec<String> = [browser, system].into_iter().flatten().collect();
    if known.is_empty() { agent.chars().take(40).collect() } else { known.join(" · ") }
}

fn session_list(words: Words, sessions: &[SessionView], act: &Callback<Doing>) -> Html {
    html! {
        <>
            <ul class="divide-y divide-base-300">
                { for sessions.iter().map(|session| {
                    let id = session.id.to_string();
                    html! {
                        <li key={id.clone()} class="flex flex-wrap items-center gap-3 py-3" data-session={session.is_present.to_string()}>
                            <div class="min-w-0 flex-1">
                                <p class="font-medium"><bdi>{ program(session.agent.as_deref()) }</bdi></p>
                                <p class="text-sm text-base-content/70">{ words.day(session.seen_at) }</p>
                            </div>
                            if session.is_present {
                                <span class="badge badge-success badge-soft">{ words.say("session-present") }</span>
                            } else {
                                <Button class="btn-sm" onclick={act.reform(move |()| Doing::End(Some(id.clone())))}>{ words.say("sign-out") }</Button>
                            }
                        </li>
                    }
                }) }
            </ul>
            if sessions.len() > 1 {
                <div><Button kind={Kind::Danger} id="end-others" onclick={act.reform(|()| Doing::End(None))}>{ words.say("sessions-end") }</Button></div>
            }
        </>
    }
}
