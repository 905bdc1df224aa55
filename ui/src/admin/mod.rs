//! The admin console: the branch's queue for reception and administrators, and the live activity. Screens that are
//! seldom needed are pages of their own, [`crate::manage`] and [`crate::setup`].

mod activity;
mod branch;
mod help;
mod search;
mod walk_in;

use medlane_shared::{
    access::Role,
    identity::{Face, Me},
};
use yew::prelude::*;

pub use activity::Entries;
pub use search::{use_patients, use_rest};
pub use walk_in::contact_line;

use crate::{
    ends::SessionEnd,
    i18n::{Speaking, Words, use_words},
    kit::{Page, SignedIn},
    queue::chosen_branch,
};

/// A tab of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The queue of a branch.
    Queue,
    /// The live activity.
    Activity,
    /// The clinic's people.
    People,
    /// Patients and their contacts.
    Patients,
    /// Patients with two records.
    Duplicates,
    /// Workstations, consoles, kiosks, boards.
    Devices,
    /// The delivery state of messages.
    Messages,
    /// Branches, services and the doctors who give them.
    Settings,
    /// The accuracy of waiting times.
    Estimates,
    /// The audit log.
    Audit,
}

impl Tab {
    const ALL: [Self; 10] = [
        Self::Queue,
        Self::Activity,
        Self::People,
        Self::Patients,
        Self::Duplicates,
        Self::Devices,
        Self::Messages,
        Self::Settings,
        Self::Estimates,
        Self::Audit,
    ];

    const fn key(self) -> &'static str {
        match self {
            Self::Queue => "tab-queue",
            Self::Activity => "tab-activity",
            Self::People => "tab-people",
            Self::Patients => "tab-patients",
            Self::Duplicates => "tab-duplicates",
            Self::Devices => "tab-devices",
            Self::Messages => "tab-messages",
            Self::Settings => "tab-settings",
            Self::Estimates => "tab-estimates",
            Self::Audit => "tab-audit",
        }
    }

    /// Whether the tab is for this role.
    const fn serves(self, role: Role) -> bool {
        match self {
            Self::Queue | Self::Patients | Self::Duplicates => true,
            Self::People | Self::Devices | Self::Estimates => matches!(role, Role::Admin | Role::Manager),
            Self::Activity | Self::Messages | Self::Settings | Self::Audit => matches!(role, Role::Admin),
        }
    }

    /// The page that holds the tab.
    const fn part(self) -> Part {
        match self {
            Self::Queue | Self::Activity => Part::Console,
            Self::People | Self::Patients | Self::Duplicates | Self::Devices | Self::Audit => Part::Manage,
            Self::Messages | Self::Settings | Self::Estimates => Part::SetUp,
        }
    }
}

/// A page of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The queue and the live activity.
    Console,
    /// People, devices, the audit log.
    Manage,
    /// The clinic's settings.
    SetUp,
}

impl Part {
    fn path(self) -> &'static str {
        match self {
            // In a desktop app's window the console is at the root.
            Self::Console if crate::backend::is_window() => "/",
            Self::Console => "/admin",
            Self::Manage => "/manage/",
            Self::SetUp => "/setup/",
        }
    }
}

/// The tab that the address names; the queue if it names none.
#[must_use]
pub fn chosen() -> Tab {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    Tab::ALL.into_iter().find(|tab| hash.trim_start_matches('#') == tab.key()).unwrap_or(Tab::Queue)
}

/// The console's tabs: those of this page, and links to the other pages.
pub fn tabs(words: Words, role: Role, tab: &UseStateHandle<Tab>, here: Part) -> Html {
    let all: Vec<Tab> = Tab::ALL.into_iter().filter(|tab| tab.serves(role)).collect();
    if all.len() < 2 {
        return html! {};
    }
    let one = |one: Tab| {
        let active = **tab == one;
        let class = classes!("tab", active.then_some("tab-active"));
        let key = one.key();
        if one.part() == here {
            let tab = tab.clone();
            let choose = move |_| {
                tab.set(one);
                let history = web_sys::window().and_then(|window| window.history().ok());
                let replaced = history.map(|history| {
                    history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&format!("#{key}")))
                });
                drop(replaced);
            };
            return html! { <button {key} id={key} type="button" role="tab" aria-selected={active.to_string()} {class} onclick={choose}>{ words.say(key) }</button> };
        }
        html! { <a {key} id={key} role="tab" aria-selected="false" {class} href={format!("{}#{key}", one.part().path())}>{ words.say(key) }</a> }
    };
    html! { <div role="tablist" class="tabs tabs-border mb-4">{ for all.into_iter().map(one) }</div> }
}

#[derive(Properties, PartialEq)]
struct ConsoleProps {
    me: Me,
}

#[component(Console)]
fn console(props: &ConsoleProps) -> Html {
    let words = use_words();
    let tab = use_state(chosen);
    let me = &props.me;
    html! {
        <Page title={AttrValue::from(me.clinic_name.clone())} me={me.clone()} wide=true>
            <SessionEnd me={me.clone()} />
            { tabs(words, me.role, &tab, Part::Console) }
            { match *tab {
                Tab::Activity if me.role == Role::Admin => html! { <activity::ActivityView /> },
                _ => html! { <branch::BranchQueue me={me.clone()} /> },
            } }
        </Page>
    }
}

/// The calls for help from the branch's kiosks, shown and heard over a locked screen.
fn over_lock(me: &Me) -> Html {
    let branch = chosen_branch().filter(|branch| me.branches.is_empty() || me.branches.contains(branch));
    html! { if let Some(branch) = branch.or(me.branches.first().copied()) { <help::HelpCalls {branch} /> } }
}

#[component(Admin)]
fn admin() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Admin} title={words.say("console")} view={|me| html! { <Console {me} /> }} over_lock={Callback::from(|me: Me| over_lock(&me))} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Admin /></Speaking> }
}

/// Starts the face.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
