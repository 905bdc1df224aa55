//! The server's time, which goes on between two views.

use gloo_timers::callback::Interval;
use medlane_shared::time::Timestamp;
use yew::prelude::*;

use crate::clock::now;

const TICK_MS: u32 = 5_000;

/// The server's present time, counted from the last view. The reader's clock may be wrong, but the time that has
/// passed on it since is right.
#[hook]
pub fn use_clock(told: Option<Timestamp>) -> Timestamp {
    let since = use_memo(told, |told| (told.map_or_else(|| now().ms(), Timestamp::ms), now().ms()));
    let changed = use_force_update();
    use_effect_with((), move |()| {
        let ticking = Interval::new(TICK_MS, move || changed.force_update());
        move || drop(ticking)
    });
    let (told_ms, heard_ms) = *since;
    Timestamp::from_ms(told_ms + (now().ms() - heard_ms))
}
