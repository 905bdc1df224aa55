//! Every component in every state, for developers: `/kit`. Components that fill a page have pages of their own,
//! `/kit?failed` and `/kit?signed-in`; the others are together on one page.

use medlane_shared::{
    fault::{Code, Fault, FieldFault},
    identity::{Face, Me, Picture},
    ids::{NoteId, TicketId},
    lean,
    queue::{QueueRow, State, StepKind, TicketView, Wait as WaitRange},
    records::NoteRefused,
    time::Timestamp,
};
use serde_json::{Value, json};
use yew::prelude::*;

use crate::{
    doctor::refused::Refused,
    i18n::{Speaking, Words, use_words},
    kit::{
        Button, Card, Failed, Field, Kind, Offline, Page, Qr, SignedIn, TextArea, TicketCard, alert, empty,
        portrait, select, skeleton, state_badge, wait_range,
    },
    lock::locked_screen,
    queue::{QueueList, queue_list},
};

/// A name of the greatest usual length.
const LONG: &str = "Maria-Magdalena Konstantinopoulou von Hohenzollern-Sigmaringen y Fernández de la Cueva";
/// A PNG, eight pixels wide.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAN0lEQVR42mN4dmIBVsQAZ2mkVQARuoRGUQUcISQ06irQEEyiqwINIRk1rQKOMCxfVAFEWFyFhgCFQneR0wiTSAAAAABJRU5ErkJggg==";
const STATES: [State; 7] = [
    State::Waiting,
    State::Called,
    State::Serving,
    State::Parked,
    State::Done,
    State::NoShow,
    State::Cancelled,
];

fn at(minutes_ago: i64) -> Timestamp {
    Timestamp::from_ms(1_780_000_000_000 - minutes_ago * 60_000)
}

fn id(n: u8) -> TicketId {
    TicketId::new(at(0), [n; 10])
}

fn ticket(n: u8, state: State) -> Option<TicketView> {
    let mut view = json!({
        "id": id(n), "label": format!("GP-{n:03}"), "state": state, "version": 1, "branch_id": id(0),
        "branch_name": "Harbour Clinic", "service_id": id(0), "service_name": "General practice", "calls": 1,
        "joined_at": at(20),
    });
    if state == State::Waiting {
        view["position"] = json!(3);
        view["wait"] = json!({ "low_min": 12, "high_min": 31 });
    }
    if state == State::Called {
        view["room"] = json!("Room 2");
    }
    lean::read(view).ok()
}

fn row(n: u8, state: State, name: &Value, reason: &str, priority: &str) -> Option<QueueRow> {
    let row = json!({
        "id": id(n), "label": format!("GP-{n:03}"), "state": state, "version": 1, "branch_id": id(0),
        "service_id": id(0), "service_name": "General practice", "patient_name": name, "reason": reason,
        "priority": priority, "waiting_since": at(i64::from(n)), "joined_at": at(i64::from(n)), "calls": 0,
        "active": true,
    });
    lean::read(row).ok()
}

#[derive(Properties, PartialEq)]
struct ShownProps {
    name: AttrValue,
    children: Html,
}

/// A component under its name.
#[component(Shown)]
fn shown(props: &ShownProps) -> Html {
    html! {
        <section class="space-y-3" data-component={&props.name}>
            <h2 class="border-b border-base-300 pb-1 text-sm font-semibold text-base-content/70"><code dir="ltr">{ &props.name }</code></h2>
            { props.children.clone() }
        </section>
    }
}

#[component(Gallery)]
fn gallery() -> Html {
    let words = use_words();
    let (text, choice) = (use_state(|| LONG.to_owned()), use_state(|| "b".to_owned()));
    let typed = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |value| state.set(value))
    };
    let kinds = [Kind::Primary, Kind::Plain, Kind::Ghost, Kind::Danger];
    let quiet = Callback::from(|()| ());
    let faults = [
        Fault::new(Code::TicketStale),
        Fault::new(Code::NobodyWaiting),
        Fault::new(Code::Invalid).field(
            "text",
            FieldFault { message: "at most 10000 characters".to_owned(), ..FieldFault::length(0, 10_000) },
        ),
    ];
    let rows: Vec<QueueRow> = [
        row(1, State::Waiting, &json!("Anna Brown"), "Cough", "normal"),
        row(2, State::Waiting, &json!(LONG), LONG, "urgent"),
        row(3, State::Waiting, &json!("د. يوسف الكندي"), "ألم في الظهر", "emergency"),
        row(4, State::Waiting, &Value::Null, "", "normal"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let texts = ["Lungs clear, throat red. Paracetamol, rest, back in three days if no better.", LONG];
    let notes = texts.map(|text| NoteRefused {
        id: NoteId::new(at(0), [u8::from(text == LONG); 10]),
        text: text.to_owned(),
        written_at: at(15),
        fault: Code::Forbidden.into(),
    });
    let notes = notes.to_vec();
    let options = vec![("a".into(), "Room 1".into()), ("b".into(), LONG.into())];
    let picture = Picture { content_type: "image/png".to_owned(), data: PICTURE.to_owned() };
    let wait = WaitRange { low_min: 12, high_min: 31 };
    html! {
        <Page title="Kit" wide=true>
            <div class="grid grid-cols-1 items-start gap-8 lg:grid-cols-2">
                <Shown name="Button">
                    { for kinds.map(|kind| html! {
                        <div class="flex flex-wrap gap-2">
                            <Button {kind} onclick={quiet.clone()}>{ format!("{kind:?}") }</Button>
                            <Button {kind} shortcut="N" onclick={quiet.clone()}>{ "With a key" }</Button>
                            <Button {kind} busy=true onclick={quiet.clone()}>{ "Busy" }</Button>
                            <Button {kind} disabled=true onclick={quiet.clone()}>{ "Disabled" }</Button>
                        </div>
                    }) }
                </Shown>
                <Shown name="StateBadge"><div class="flex flex-wrap gap-2">{ for STATES.map(|state| state_badge(words, state)) }</div></Shown>
                <Shown name="Field"><Field name="field" autocomplete="off" label="Your name" value={(*text).clone()} oninput={typed(&text)} /></Shown>
                <Shown name="TextArea"><TextArea name="area" label="What you found" max={10_000} value={(*text).clone()} oninput={typed(&text)} /></Shown>
                <Shown name="Select">{ select("Room".into(), &options, &(*choice).clone(), &typed(&choice)) }</Shown>
                <Shown name="Alert">{ for faults.map(|fault| alert(words, Some(fault))) }</Shown>
                <Shown name="Offline"><Offline online=false /></Shown>
                <Shown name="Empty">{ empty("Everyone has been seen".into(), "Whoever comes next appears here by itself.".into()) }</Shown>
                <Shown name="Skeleton">{ skeleton(words) }</Shown>
                <Shown name="Wait">{ wait_range(words, wait) }</Shown>
                <Shown name="When">{ when(words) }</Shown>
                <Shown name="Portrait">
                    <div class="flex items-center gap-4">
                        { portrait(words, None, "size-16") }
                        { portrait(words, Some(&picture), "size-16") }
                    </div>
                </Shown>
                <Shown name="Pages">
                    <div class="flex flex-wrap gap-4">
                        <a class="link" href="/kit?failed">{ "Failed" }</a>
                        <a class="link" href="/kit?signed-in">{ "SignedIn" }</a>
                    </div>
                </Shown>
                <Shown name="Card"><Card title={LONG}><p>{ "What is in it." }</p></Card></Shown>
                <Shown name="Qr"><Qr text="https://clinic.example/t/abc" label="The ticket's link" /></Shown>
                <Shown name="QueueList">{ queue_list(words, &QueueList { title: "Waiting".into(), rows: &rows, at: at(0), steps: &[StepKind::Call, StepKind::Park], act: Some(Callback::from(|_| ())), chosen: None, choose: None, also: None }) }</Shown>
                <Shown name="Refused"><Refused {notes} /></Shown>
                <Shown name="QueueList, empty">{ queue_list(words, &QueueList { title: "Waiting".into(), rows: &[], at: at(0), steps: &[], act: None, chosen: None, choose: None, also: None }) }</Shown>
                { for (1..).zip(STATES).filter_map(|(n, state)| ticket(n, state)).map(|ticket| html! {
                    <Shown name={format!("TicketCard, {}", ticket.state.text())}><TicketCard {ticket} /></Shown>
                }) }
            </div>
        </Page>
    }
}

/// Dates, times and durations, in the zone of a branch that is never the reader's.
fn when(words: Words) -> Html {
    let there = words.in_zone("Pacific/Kiritimati");
    let wait = |low_min, high_min| words.wait(WaitRange { low_min, high_min }).to_string();
    let told = [
        ("clock", there.clock(at(0))),
        ("day", there.day(at(0))),
        ("unknown-zone", words.in_zone("Mars/Olympus").day(at(0))),
        ("date", words.date("1980-01-31")),
        ("no-date", words.date("soon")),
        ("local-day", there.local_day(at(0))),
        ("minutes", words.duration(35).to_string()),
        ("hours", words.duration(120).to_string()),
        ("both", words.duration(80).to_string()),
        ("wait", wait(12, 31)),
        ("long-wait", wait(50, 80)),
    ];
    html! { <ul>{ for told.iter().map(|(name, text)| html! { <li key={*name} data-when={*name}>{ text }</li> }) }</ul> }
}

/// The page of a signed-in person.
fn signed_in(me: Me) -> Html {
    html! { <Page title={LONG} {me}><Card title="Signed in"><p>{ "What is in it." }</p></Card></Page> }
}

/// The page that the address asks for.
fn shown_page(asked: &str) -> Html {
    match asked {
        "?failed" => {
            let again = Callback::from(|()| ());
            html! { <Failed title={LONG} fault={Fault::new(Code::Overloaded)} {again} /> }
        }
        "?signed-in" => {
            html! { <SignedIn face={Face::Companion} title={LONG} view={Callback::from(signed_in)} locked={locked_screen} /> }
        }
        _ => html! { <Gallery /> },
    }
}

#[component(App)]
fn app() -> Html {
    let asked = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    html! { <Speaking>{ shown_page(&asked) }</Speaking> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
