//! The clinic's devices: their branch, release and last contact; enrolling, locking, wiping.

use medlane_shared::{
    api::{ChangeDevice, CreateDeviceCode, ListDevices},
    fault::{Code, Fault},
    identity::{
        DeviceCode, DeviceCodeRequest, DeviceKind, DeviceOrder, DeviceRequest, DeviceState, DeviceView, Me,
    },
    ids::DeviceId,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{call, server_address},
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, Qr, alert, empty, select, skeleton},
    queue::{BranchChoice, use_branch},
};

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct DevicesProps {
    /// The person who is signed in.
    pub me: Me,
}

/// The form that is open.
#[derive(Clone, PartialEq)]
enum Asking {
    Nothing,
    New { name: String, kind: DeviceKind },
    Code { kind: DeviceKind, made: DeviceCode },
    Name { device: DeviceId, name: String },
    Wipe { device: DeviceId },
}

/// An action on this screen.
#[derive(Clone, PartialEq)]
enum Doing {
    Ask(Asking),
    Make,
    Rename(DeviceId),
    Order(DeviceId, DeviceOrder),
}

/// A call that changes something.
enum Change {
    Make(DeviceCodeRequest),
    Device(DeviceId, DeviceRequest),
}

/// All devices, newest first.
#[component(Devices)]
pub fn devices(props: &DevicesProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let (list, fault) = (use_state(|| None::<Vec<DeviceView>>), use_state(|| None::<Fault>));
    let asking = use_state(|| Asking::Nothing);
    let load = {
        let (list, fault) = (list.clone(), fault.clone());
        Callback::from(move |why: Option<Fault>| {
            let (list, fault) = (list.clone(), fault.clone());
            spawn_local(async move {
                match call::<ListDevices>(&[], &()).await {
                    Ok(page) => {
                        list.set(Some(page.items));
                        fault.set(why);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let load = load.clone();
        move |()| load.emit(None)
    });
    let act = {
        let (asking, fault, list) = (asking.clone(), fault.clone(), list.clone());
        let branch = place.chosen.as_ref().map(|branch| branch.id);
        Callback::from(move |doing: Doing| {
            let devices = (*list).clone().unwrap_or_default();
            let version = |id: DeviceId| devices.iter().find(|one| one.id == id).map_or(0, |one| one.version);
            let change = match (doing, (*asking).clone(), branch) {
                (Doing::Ask(next), before, _) => {
                    // A new device may have been enrolled meanwhile.
                    if matches!(before, Asking::Code { .. }) {
                        load.emit(None);
                    }
                    return asking.set(next);
                }
                (Doing::Make, Asking::New { name, kind }, Some(branch_id)) => {
                    Change::Make(DeviceCodeRequest { branch_id, kind, name })
                }
                (Doing::Rename(id), Asking::Name { name, .. }, _) => {
                    Change::Device(id, DeviceRequest { name: Some(name), order: None, version: version(id) })
                }
                (Doing::Order(id, order), ..) => {
                    let order = Some(order);
                    Change::Device(id, DeviceRequest { name: None, order, version: version(id) })
                }
                _ => return,
            };
            let (asking, fault, load) = (asking.clone(), fault.clone(), load.clone());
            spawn_local(async move {
                let done = match change {
                    Change::Make(request) => {
                        let kind = request.kind;
                        let made = call::<CreateDeviceCode>(&[], &request).await;
                        made.map(|made| Asking::Code { kind, made })
                    }
                    Change::Device(id, request) => {
                        let done = call::<ChangeDevice>(&[&id.to_string()], &request).await;
                        done.map(|_| Asking::Nothing)
                    }
                };
                match done {
                    Ok(next) => {
                        asking.set(next);
                        load.emit(None);
                    }
                    // Another person has changed the device: show its present state, and keep what was typed.
                    Err(refused) if refused.code == Code::VersionStale => load.emit(Some(refused)),
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let add = act.reform(|()| Doing::Ask(Asking::New { name: String::new(), kind: DeviceKind::Workstation }));
    let branch_of = |device: &DeviceView| {
        place.branches.iter().find(|branch| branch.id == device.branch_id).map(|branch| branch.name.clone())
    };
    html! {
        <Card>
            <div class="flex flex-wrap items-center gap-3">
                <p class="min-w-60 flex-1 text-base-content/70">{ words.say("devices-hint") }</p>
                <Button kind={Kind::Primary} id="device-add" onclick={add}>{ words.say("device-add") }</Button>
            </div>
            { alert(words, (*fault).clone()) }
            { match &*asking {
                Asking::New { name, kind } => new_form(words, &place, name, *kind, &act),
                Asking::Code { kind, made } => code_card(words, *kind, made, &act),
                _ => html! {},
            } }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(devices) if devices.is_empty() => empty(words.say("devices-none"), words.say("devices-none-hint")),
                Some(devices) => html! {
                    <ul class="divide-y divide-base-300">
                        { for devices.iter().map(|device| row(words, device, branch_of(device), &asking, &act)) }
                    </ul>
                },
            } }
        </Card>
    }
}

/// The key of a kind's name.
fn kind_key(kind: DeviceKind) -> String {
    format!("device-{}", kind.text())
}

/// The form for a new device.
fn new_form(words: Words, place: &BranchChoice, name: &str, kind: DeviceKind, act: &Callback<Doing>) -> Html {
    let kinds: Vec<(AttrValue, AttrValue)> =
        DeviceKind::ALL.iter().map(|kind| (kind.text().into(), words.say(&kind_key(*kind)))).collect();
    let places: Vec<(AttrValue, AttrValue)> = place
        .branches
        .iter()
        .map(|branch| (branch.id.to_string().into(), branch.name.clone().into()))
        .collect();
    let typed = act.reform(move |name| Doing::Ask(Asking::New { name, kind }));
    let chosen = {
        let name = name.to_owned();
        act.reform(move |text: String| {
            let kind = DeviceKind::from_text(&text).unwrap_or(kind);
            Doing::Ask(Asking::New { name: name.clone(), kind })
        })
    };
    let send = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Make
    });
    html! {
        <form class="space-y-4 rounded-box bg-base-200 p-4" id="device-form" onsubmit={send}>
            <Field name="device-name" autocomplete="off" label={words.say("device-name")} hint={words.say("device-name-hint")} value={name.to_owned()} oninput={typed} />
            <div class="flex flex-wrap items-center gap-3">
                { select(words.say("device-kind"), &kinds, kind.text(), &chosen) }
                if places.len() > 1 {
                    { select(words.say("branch"), &places, &place.chosen.as_ref().map(|branch| branch.id.to_string()).unwrap_or_default(), &place.choose) }
                }
                <span class="flex-1"></span>
                <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
                <button type="submit" id="device-make" class="btn btn-primary" disabled={name.trim().is_empty()}>{ words.say("device-make") }</button>
            </div>
        </form>
    }
}

/// The new code, to type or scan at the device.
fn code_card(words: Words, kind: DeviceKind, made: &DeviceCode, act: &Callback<Doing>) -> Html {
    let text = match kind {
        // A kiosk or board opens with the code in its address.
        DeviceKind::Kiosk | DeviceKind::Board => {
            format!("{}/{}#code={}", server_address(), kind.text(), made.code)
        }
        DeviceKind::Workstation | DeviceKind::Console => made.code.clone(),
    };
    let halves = made.code.split_at(made.code.len() / 2);
    html! {
        <div class="flex flex-wrap items-center gap-6 rounded-box bg-base-200 p-4" id="device-code">
            <div class="w-40"><Qr {text} label={words.say("device-qr")} /></div>
            <div class="min-w-60 flex-1 space-y-3">
                <p>{ words.say("device-code-hint") }</p>
                <p class="font-mono text-3xl font-semibold tracking-widest select-all" dir="ltr" data-code={made.code.clone()}>{ format!("{} {}", halves.0, halves.1) }</p>
                <p class="text-sm text-base-content/70">{ words.say_with("device-code-until", &[("at", words.clock(made.expires_at).as_str().into())]) }</p>
                <Button id="device-done" onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("close") }</Button>
            </div>
        </div>
    }
}

/// A device, and its actions. An action that cannot be undone asks first.
fn row(
    words: Words,
    device: &DeviceView,
    branch: Option<String>,
    asking: &Asking,
    act: &Callback<Doing>,
) -> Html {
    let id = device.id;
    let gone = matches!(device.state, DeviceState::Wiping | DeviceState::Wiped);
    let button = |key: &str, kind: Kind, doing: Doing| {
        let onclick = act.reform(move |()| doing.clone());
        html! { <Button class="btn-sm" id={format!("{key}-{id}")} {kind} {onclick}>{ words.say(key) }</Button> }
    };
    let badge = match device.state {
        DeviceState::Active => None,
        DeviceState::Locked => Some(("badge-warning", "device-locked")),
        DeviceState::Wiping => Some(("badge-error", "device-wiping")),
        DeviceState::Wiped => Some(("badge-ghost", "device-wiped")),
    };
    let seen = device.seen_at.map_or_else(
        || words.say("device-unseen"),
        |at| words.say_with("device-seen", &[("at", words.day(at).as_str().into())]),
    );
    let parts = [Some(words.say(&kind_key(device.kind)).to_string()), branch, device.app_version.clone()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let state = serde_json::to_value(device.state).unwrap_or_default();
    html! {
        <li key={id.to_string()} class="space-y-3 py-3" data-device={device.kind.text()} data-state={state.as_str().unwrap_or_default().to_owned()}>
            <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
                <div class="min-w-0 flex-1">
                    <p class="page-start truncate font-medium" dir="auto">{ &device.name }</p>
                    <p class="page-start truncate text-sm text-base-content/70"><bdi>{ parts.join(" · ") }</bdi></p>
                    <p class="text-sm text-base-content/70">{ seen }</p>
                    if let Some(code) = device.clinic_code.as_ref().filter(|_| device.state == DeviceState::Locked || matches!(asking, Asking::Name { device, .. } if *device == id)) {
                        <p class="text-sm text-base-content/70">{ words.say("device-clinic-code") }<bdi class="ms-2 font-mono select-all" data-clinic-code="">{ code }</bdi></p>
                    }
                    if let Some(alert) = device.reads_alert {
                        <p class="mt-1 text-sm text-error" data-alert={alert.text()}>{ words.say(&format!("device-reads-{}", alert.text())) }</p>
                    }
                </div>
                if let Some((tone, key)) = badge { <span class={classes!("badge", "badge-soft", tone)}>{ words.say(key) }</span> }
                { button("device-rename", Kind::Ghost, Doing::Ask(Asking::Name { device: id, name: device.name.clone() })) }
                if device.reads_alert.is_some() { { button("device-heed", Kind::Plain, Doing::Order(id, DeviceOrder::Heed)) } }
                if !gone {
                    if device.state == DeviceState::Locked {
                        { button("device-unlock", Kind::Plain, Doing::Order(id, DeviceOrder::Unlock)) }
                    } else {
                        { button("device-lock", Kind::Plain, Doing::Order(id, DeviceOrder::Lock)) }
                    }
                    if device.kind.role().is_some() { { button("device-restart", Kind::Plain, Doing::Order(id, DeviceOrder::Restart)) } }
                    { button("device-wipe", Kind::Ghost, Doing::Ask(Asking::Wipe { device: id })) }
                }
            </div>
            { match asking {
                Asking::Name { device, name } if *device == id => html! {
                    <div class="flex flex-wrap items-end gap-3 rounded-box bg-base-200 p-4">
                        <div class="min-w-60 flex-1"><Field name="device-new-name" autocomplete="off" label={words.say("device-name")} value={name.clone()}
                            oninput={act.reform(move |name| Doing::Ask(Asking::Name { device: id, name }))} /></div>
                        <Button kind={Kind::Primary} id="device-save" onclick={act.reform(move |()| Doing::Rename(id))}>{ words.say("save") }</Button>
                        <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
                    </div>
                },
                Asking::Wipe { device } if *device == id => html! {
                    <div class="flex flex-wrap items-center gap-3 rounded-box bg-base-200 p-4">
                        <p class="min-w-60 flex-1">{ words.say("device-wipe-sure") }</p>
                        <Button kind={Kind::Danger} id="device-sure" onclick={act.reform(move |()| Doing::Order(id, DeviceOrder::Wipe))}>{ words.say("device-wipe") }</Button>
                        <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
                    </div>
                },
                _ => html! {},
            } }
        </li>
    }
}
