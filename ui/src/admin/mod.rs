//! The admin console: the branch's queue for reception and administrators, live activity and the audit log for
//! administrators.

mod activity;
mod audit;
mod branch;

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
    Activity,
    Audit,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Queue, Self::Activity, Self::Audit];

    const fn key(self) -> &'static str {
        match self {
            Self::Queue => "tab-queue",
            Self::Activity => "tab-activity",
            Self::Audit => "tab-audit",
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
    let tabs = Tab::ALL.iter().copied().filter(|tab| *tab == Tab::Queue || me.role == Role::Admin);
    html! {
        <Page title={AttrValue::from(me.clinic_name.clone())} me={me.clone()} wide=true>
            if me.role == Role::Admin {
                <div role="tablist" class="tabs tabs-border mb-4">
                    { for tabs.map(|one| {
                        let (tab, active) = (tab.clone(), *tab == one);
                        html! { <button key={one.key()} id={one.key()} type="button" role="tab" aria-selected={active.to_string()}
                            class={classes!("tab", active.then_some("tab-active"))} onclick={move |_| tab.set(one)}>{ words.say(one.key()) }</button> }
                    }) }
                </div>
            }
            { match *tab {
                Tab::Queue => html! { <branch::BranchQueue me={me.clone()} /> },
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
