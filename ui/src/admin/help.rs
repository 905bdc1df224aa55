//! Calls for help from kiosks. They are shown and heard until a member of staff answers, also over a locked screen.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use medlane_shared::{
    api::AnswerHelp,
    fault::Fault,
    ids::BranchId,
    queue::{HELP_WITHDRAWN_MS, HelpCall, HelpView},
    sync::Topic,
};
use yew::prelude::*;

use crate::{
    backend::{call, use_live},
    i18n::use_words,
    kit::{Button, chime, use_clock, use_sound},
};

/// How often the chime repeats until a call is answered, in milliseconds.
const AGAIN_MS: u32 = 8_000;

/// The branch, and whether calls can be answered here.
#[derive(Properties, PartialEq)]
pub struct HelpCallsProps {
    /// The branch.
    pub branch: BranchId,
    /// Receives the fault of a refused call. `None` over a locked screen, where nobody can answer.
    #[prop_or_default]
    pub refused: Option<Callback<Option<Fault>>>,
}

/// The calls. They stand above everything else on the screen and keep their order, so that nothing moves under the
/// user's hand.
#[component(HelpCalls)]
pub fn help_calls(props: &HelpCallsProps) -> Html {
    let words = use_words();
    use_sound();
    let live = use_live::<HelpView>(Some(Topic::Help(props.branch)));
    let calls: &[HelpCall] = live.value.as_ref().map_or(&[], |help| &help.calls);
    let devices: Vec<_> = calls.iter().map(|call| call.device_id).collect();
    use_effect_with(devices, |devices| {
        let ringing = (!devices.is_empty()).then(|| {
            chime();
            Interval::new(AGAIN_MS, chime)
        });
        move || drop(ringing)
    });
    let now = use_clock(None);
    let is_news =
        |help: &HelpView| help.withdrawn.iter().any(|call| now.since_ms(call.at) < HELP_WITHDRAWN_MS);
    let is_shown = |help: &&Rc<HelpView>| !help.calls.is_empty() || is_news(help);
    let Some(help) = live.value.as_ref().filter(is_shown) else { return html! {} };
    let branch = props.branch.to_string();
    let one = |asked: &HelpCall| {
        let (device, branch, refused) = (asked.device_id.to_string(), branch.clone(), props.refused.clone());
        let go = refused.map(|refused| {
            let device = device.clone();
            Callback::from(move |()| {
                let (device, branch, refused) = (device.clone(), branch.clone(), refused.clone());
                wasm_bindgen_futures::spawn_local(async move {
                    refused.emit(call::<AnswerHelp>(&[&branch, &device], &()).await.err());
                });
            })
        });
        let named =
            [("name", asked.device_name.as_str().into()), ("branch", help.branch_name.as_str().into())];
        html! {
            <div key={device} role="alert" class="alert alert-warning shadow-lg" data-help={asked.device_name.clone()}>
                <p class="flex-1 font-medium">{ words.say_with("help-at", &named) }</p>
                if let Some(go) = go {
                    <Button class="btn-sm" id={format!("help-go-{}", asked.device_id)} onclick={go}>{ words.say("help-go") }</Button>
                } else {
                    <span class="text-sm">{ words.say("help-unlock") }</span>
                }
            </div>
        }
    };
    html! {
        <div class="fixed inset-x-0 bottom-0 z-40 mx-auto max-w-xl space-y-2 p-4">
            { for help.calls.iter().map(one) }
            { for help.withdrawn.iter().filter(|call| now.since_ms(call.at) < HELP_WITHDRAWN_MS).map(|call| {
                let named = [("name", call.device_name.as_str().into()), ("branch", help.branch_name.as_str().into())];
                html! { <p key={format!("{}-over", call.device_id)} role="status" class="alert alert-info shadow-lg" data-help-over={call.device_name.clone()}>{ words.say_with("help-over", &named) }</p> }
            }) }
        </div>
    }
}
