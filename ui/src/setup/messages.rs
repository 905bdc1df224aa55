//! The delivery state of the clinic's messages: which were sent, which were not, and why.

use medlane_shared::{
    api::ListMessages,
    fault::Fault,
    notify::{Channel, MessageState, MessageView},
    queue::ListQuery,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, alert, empty, skeleton},
};

/// The messages, newest first, in pages.
#[component(Messages)]
pub fn messages() -> Html {
    let words = use_words();
    let (list, next) = (use_state(|| None::<Vec<MessageView>>), use_state(|| None::<String>));
    let fault = use_state(|| None::<Fault>);
    let load = {
        let (list, next, fault) = (list.clone(), next.clone(), fault.clone());
        Callback::from(move |(before, cursor): (Vec<MessageView>, Option<String>)| {
            let (list, next, fault) = (list.clone(), next.clone(), fault.clone());
            spawn_local(async move {
                match call::<ListMessages>(&[], &ListQuery { cursor, ..ListQuery::default() }).await {
                    Ok(page) => {
                        list.set(Some([before, page.items].concat()));
                        next.set(page.next);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let load = load.clone();
        move |()| load.emit((Vec::new(), None))
    });
    let more = {
        let (list, next) = ((*list).clone().unwrap_or_default(), (*next).clone());
        Callback::from(move |()| load.emit((list.clone(), next.clone())))
    };
    html! {
        <Card>
            <p class="text-base-content/70">{ words.say("messages-hint") }</p>
            { alert(words, (*fault).clone()) }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(list) if list.is_empty() => empty(words.say("messages-none"), AttrValue::default()),
                Some(list) => table(words, list),
            } }
            if next.is_some() { <div><Button id="more" onclick={more}>{ words.say("more") }</Button></div> }
        </Card>
    }
}

fn table(words: Words, list: &[MessageView]) -> Html {
    let row = |message: &MessageView| {
        let (key, tone) = match message.state {
            MessageState::Waiting => ("message-waiting", "badge-info"),
            MessageState::Sent => ("message-sent", "badge-success"),
            MessageState::Failed => ("message-failed", "badge-error"),
            MessageState::Kept => ("message-kept", "badge-ghost"),
        };
        let channel = match message.channel {
            Channel::Email => "channel-email",
            Channel::Sms => "channel-sms",
            Channel::Push => "channel-push",
        };
        html! {
            <tr key={message.id.to_string()} data-message={message.template.clone()} data-state={message.state.text()}>
                <td class="whitespace-nowrap tabular-nums">{ words.day(message.created_at) }</td>
                <td>{ words.say(channel) }</td>
                <td><bdi>{ &message.recipient }</bdi></td>
                <td>{ words.of_code("template", &message.template) }</td>
                <td><span class={classes!("badge", "badge-soft", "badge-sm", tone)}>{ words.say(key) }</span></td>
                <td class="text-sm" dir="ltr">{ message.fault.clone().unwrap_or_default() }</td>
            </tr>
        }
    };
    let columns = ["column-at", "column-by", "column-to", "column-about", "column-outcome", "why"];
    html! {
        <div class="overflow-x-auto" tabindex="0" role="region" aria-label={words.say("tab-messages")}>
            <table class="table table-sm">
                <thead><tr>{ for columns.into_iter().map(|key| html! { <th key={key} scope="col">{ words.say(key) }</th> }) }</tr></thead>
                <tbody>{ for list.iter().map(row) }</tbody>
            </table>
        </div>
    }
}
