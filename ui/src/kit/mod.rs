//! The components that every face is built from.

mod basics;
mod clock;
mod controls;
mod page;
mod ticket;

pub use basics::{Alert, Card, empty, skeleton, state_badge, wait_range};
pub use clock::use_clock;
pub use controls::{Button, Field, Kind, Select, TextArea};
pub use page::{Failed, Offline, Page, SignedIn};
pub use ticket::{Qr, TicketCard};
