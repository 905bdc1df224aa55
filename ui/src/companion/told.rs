//! The notices beside the tickets: the inbox, and Web Push for when this page is closed.

use js_sys::{Function, Promise, Reflect};
use medlane_shared::{
    api::{GetPushKey, ReadInbox, SubscribePush, UnsubscribePush},
    fault::{Code, Fault},
    notify::{Inbox, NoticeView, PushRequest},
    sync::Topic,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::{
    backend::{call, done, use_live},
    i18n::use_words,
    kit::{Button, Kind, alert},
};

/// Calls a function of `ui/build/push.js`.
async fn browser(name: &str, argument: &str) -> Result<JsValue, JsValue> {
    let push = Reflect::get(&js_sys::global(), &"medlanePush".into())?;
    let function: Function = Reflect::get(&push, &name.into())?.dyn_into()?;
    let promise: Promise = function.call1(&push, &argument.into())?.dyn_into()?;
    JsFuture::from(promise).await
}

/// The state of Web Push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Push {
    Unknown,
    Off,
    On,
    /// The reader or the browser has refused it.
    Refused,
}

async fn switched_on() -> Result<Push, Fault> {
    let key = call::<GetPushKey>(&[], &()).await?.public_key;
    let told = browser("on", &key).await.ok().and_then(|told| told.as_string());
    let Some(told) = told else { return Ok(Push::Refused) };
    let told: PushRequest = serde_json::from_str(&told).map_err(|_| Code::Internal)?;
    done::<SubscribePush>(&told).await?;
    Ok(Push::On)
}

/// The state of a browser that has a subscription. The server forgets it with its session and when the password changes;
/// then this sends it again, so that the page does not say "on" while nobody is told.
async fn still_on() -> Result<Push, Fault> {
    if call::<GetPushKey>(&[], &()).await?.subscribed { Ok(Push::On) } else { switched_on().await }
}

async fn switched_off() -> Result<Push, Fault> {
    // The server comes first, so that it stops even if the browser fails.
    done::<UnsubscribePush>(&()).await?;
    drop(browser("off", "").await);
    Ok(Push::Off)
}

/// The switch for notices while the page is closed.
#[component(Pushed)]
pub fn pushed() -> Html {
    let words = use_words();
    let (push, busy, fault) = (use_state(|| Push::Unknown), use_state(|| false), use_state(|| None::<Fault>));
    use_effect_with((), {
        let push = push.clone();
        move |()| {
            spawn_local(async move {
                let state = browser("state", "").await.ok().and_then(|state| state.as_string());
                match state.as_deref() {
                    Some("on") => push.set(still_on().await.unwrap_or(Push::Off)),
                    Some("off") => push.set(Push::Off),
                    _ => {}
                }
            });
        }
    });
    let turn = |on: bool| {
        let (push, busy, fault) = (push.clone(), busy.clone(), fault.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (push, busy, fault) = (push.clone(), busy.clone(), fault.clone());
            spawn_local(async move {
                match if on { switched_on().await } else { switched_off().await } {
                    Ok(next) => {
                        push.set(next);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    let body = match *push {
        Push::Unknown => return html! {},
        Push::Off => {
            html! { <Button id="push-on" class="h-auto w-full py-3" busy={*busy} onclick={turn(true)}>{ words.say("push-on") }</Button> }
        }
        Push::On => html! {
            <p class="flex flex-wrap items-center gap-3" id="push-is-on">
                <span class="flex-1">{ words.say("push-is-on") }</span>
                <Button kind={Kind::Ghost} class="btn-sm" id="push-off" busy={*busy} onclick={turn(false)}>{ words.say("push-off") }</Button>
            </p>
        },
        Push::Refused => html! { <p role="status" id="push-refused">{ words.say("push-refused") }</p> },
    };
    html! { <div class="space-y-3">{ alert(words, (*fault).clone()) }{ body }</div> }
}

/// The inbox. Opening it marks the notices as read.
#[component(Told)]
pub fn told() -> Html {
    let words = use_words();
    let live = use_live::<Inbox>(Some(Topic::Inbox));
    let Some(inbox) = live.value.as_ref().filter(|inbox| !inbox.notices.is_empty()) else { return html! {} };
    let unread = inbox.unread;
    let ontoggle = Callback::from(move |_: Event| {
        if unread > 0 {
            // Notices that could not be marked are marked the next time.
            spawn_local(async { drop(done::<ReadInbox>(&()).await) });
        }
    });
    let notice = |notice: &NoticeView| {
        html! {
            <li key={notice.id.to_string()} data-notice="" class="space-y-1 py-3">
                <p class="font-medium" dir="auto">{ &notice.subject }</p>
                <p class="whitespace-pre-line text-sm text-base-content/80" dir="auto">{ &notice.text }</p>
                <p class="text-sm text-base-content/70">{ words.day(notice.at) }</p>
            </li>
        }
    };
    html! {
        <details id="inbox" class="rounded-box border border-base-300 bg-base-100 px-4" {ontoggle}>
            <summary class="flex cursor-pointer items-center justify-between gap-3 py-3 font-medium">
                { words.say("inbox") }
                if unread > 0 { <span class="badge badge-info" id="inbox-unread">{ words.say_with("inbox-unread", &[("n", unread.into())]) }</span> }
            </summary>
            <ul class="max-h-96 divide-y divide-base-200 overflow-y-auto" tabindex="0" aria-label={words.say("inbox")}>{ for inbox.notices.iter().map(notice) }</ul>
        </details>
    }
}
