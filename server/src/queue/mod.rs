//! The live queue: joining, calling, the steps of a ticket, and what each kind of screen is shown.

mod away;
mod boards;
mod day;
pub mod desk;
pub mod kiosk;
mod lapse;
mod live;
mod ops;
pub mod quotes;
pub mod routes;
pub mod store;
pub mod views;

pub use away::Away;
pub use boards::Boards;
pub use lapse::lapse;
pub use live::{AtDesk, Branch, Effect, Live, LiveQueue};
pub use ops::{CallNext, Cancel, Control, Join, Reason, Step, StepBack, TicketRef, theirs};
