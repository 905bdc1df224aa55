//! The admin console: the branch's queue for reception and administrators, and the live activity. Screens that are
//! seldom needed are pages of their own, [`crate::manage`] and [`crate::setup`].

mod activity;
mod branch;
mod calls;
mod entries;
mod frame;
mod help;
mod leaving;
mod log_state;
mod search;
mod tabs;
mod walk_in;

use medlane_shared::identity::{Face, Me};
use yew::prelude::*;

pub use entries::{Entries, Followed};
pub use frame::Frame;
pub use search::{use_patients, use_rest};
pub use tabs::{Part, Tab, hash, put_hash};
pub use walk_in::contact_line;

use crate::{
    i18n::{Speaking, use_words},
    kit::SignedIn,
    queue::chosen_branch,
};

#[derive(Properties, PartialEq)]
struct ConsoleProps {
    me: Me,
}

#[component(Console)]
fn console(props: &ConsoleProps) -> Html {
    let me = props.me.clone();
    let view = Callback::from({
        let me = me.clone();
        move |tab| match tab {
            Tab::Activity => html! { <activity::ActivityView /> },
            _ => html! { <branch::BranchQueue me={me.clone()} /> },
        }
    });
    html! { <Frame {me} part={Part::Console} {view} /> }
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
