//! The components that every face is built from.

mod basics;
mod clock;
mod confirm;
mod controls;
mod date;
mod dialog;
mod events;
mod kept;
mod keys;
mod late;
mod missing;
mod page;
mod retyped;
mod sound;
mod steady;
mod ticket;
mod title;

pub use basics::{Card, alert, empty, ended_badge, ended_by, portrait, skeleton, state_badge, wait_range};
pub use clock::use_clock;
pub use confirm::Confirming;
pub use controls::{Button, Field, Kind, TextArea, chosen_by, described, select, wrong_text};
pub use date::DateFields;
pub use dialog::{Dialog, Modal};
pub use events::{
    Listening, focus, focus_first, focus_on, focused, listen, types_in, types_somewhere, use_focus,
    use_next_focus, window,
};
pub use kept::{forget_kept, use_kept};
pub use keys::{Key, Keys, key_name};
pub use late::{Round, Rounds, use_rounds};
pub use missing::missing;
pub use page::{Failed, Offline, Page, SignedIn, use_away};
pub use retyped::retyped;
pub use sound::{chime, use_sound};
pub use steady::{AheadProps, Item, Steady, ahead};
pub use ticket::{Qr, TicketCard, line_text, now_key, path_text, told_text};
pub use title::{use_title, use_urgent_title};
