//! The desk: the branch's queue for reception and administrators, and the live activity.

mod activity;
mod begun;
mod branch;
mod calls;
mod entries;
mod figures;
mod help;
mod leaving;
mod log_state;
mod search;
mod walk_in;

use medlane_shared::identity::Me;
use yew::prelude::*;

pub use activity::ActivityView;
pub use branch::BranchQueue;
pub use entries::{Entries, Followed};
pub use help::HelpCalls;
pub use log_state::LogState;
pub use search::{more_match, use_patients, use_rest};
pub use walk_in::contact_line;

use crate::queue::chosen_branch;

/// The calls for help from the branch's kiosks, shown and heard over a locked screen.
pub fn over_lock(me: &Me) -> Html {
    let branch = chosen_branch().filter(|branch| me.branches.is_empty() || me.branches.contains(branch));
    html! { if let Some(branch) = branch.or(me.branches.first().copied()) { <HelpCalls {branch} /> } }
}
