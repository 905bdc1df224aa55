//! The admin console: the branch's queue for reception and administrators, live activity and the audit log for
//! administrators.

mod activity;
mod audit;
mod branch;
mod people;

use medlane_shared::{
    access::Role,
    identity::{Face, Me},
};
use yew::prelude::*;

use crate::{
    i18n::{Speaking, use_words},
    kit::{Page, SignedIn},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Queue,
    People,
    Activity,
    Audit,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Queue, Self::People, Self::Activity, Self::Audit];

    const fn key(self) -> &'static str {
        match self {
            Self::Queue => "tab-queue",
            Self::People => "tab-people",
            Self::Activity => "tab-activity",
            Self::Audit => "tab-audit",
        }
    }

    /// Whether a role has something to do there.
    const fn serves(self, role: Role) -> bool {
        match self {
            Self::Queue => true,
            Self::People => matches!(role, Role::Admin | Role::Manager),
            Self::Activity | Self::Audit => matches!(role, Role::Admin),
        }
    }
}

#[derive(Properties, PartialEq)]
struct ConsoleProps {
    me: Me,
}

#[component(Console)]
fn console(props: &ConsoleProps) -> Html {
    let words = use_words();
    let tab = use_state(|| Tab::Queue);
    let me = &props.me;
    let tabs: Vec<Tab> = Tab::ALL.iter().copied().filter(|tab| tab.serves(me.role)).collect();
    html! {
        <Page title={AttrValue::from(me.clinic_name.clone())} me={me.clone()} wide=true>
            if tabs.len() > 1 {
                <div role="tablist" class="tabs tabs-border mb-4">
                    { for tabs.into_iter().map(|one| {
                        let (tab, active) = (tab.clone(), *tab == one);
                        html! { <button key={one.key()} id={one.key()} type="button" role="tab" aria-selected={active.to_string()}
                            class={classes!("tab", active.then_some("tab-active"))} onclick={move |_| tab.set(one)}>{ words.say(one.key()) }</button> }
                    }) }
                </div>
            }
            { match *tab {
                Tab::Queue => html! { <branch::BranchQueue me={me.clone()} /> },
                Tab::People => html! { <people::People me={me.clone()} /> },
                Tab::Activity => html! { <activity::ActivityView /> },
                Tab::Audit => html! { <audit::AuditLog /> },
            } }
        </Page>
    }
}

#[component(Admin)]
fn admin() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Admin} title={words.say("console")} view={|me| html! { <Console {me} /> }} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Admin /></Speaking> }
}

/// Starts the face.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
