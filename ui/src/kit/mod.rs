//! The components that every face is built from.

mod basics;
mod clock;
mod confirm;
mod controls;
mod page;
mod ticket;

pub use basics::{Card, alert, empty, focus, portrait, skeleton, state_badge, wait_range, wait_text};
pub use clock::use_clock;
pub use confirm::Confirming;
pub use controls::{Button, Field, Kind, TextArea, select};
pub use page::{Failed, Offline, Page, SignedIn, use_away};
pub use ticket::{Qr, TicketCard};
