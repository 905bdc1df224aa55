//! The live queue: tickets, the steps that they take, the fair order, and waiting times (`docs/product.md` §4).

mod echo;
mod given;
mod hand;
mod help;
mod kiosk;
mod label;
mod line;
mod merge;
mod places;
mod request;
mod state;
mod ticket;
mod view;
mod wait;

pub use echo::{TicketStep, echo, is_own, next_own, with_row};
pub use given::{LineLeft, SentFrom, SentOn, Transferred};
pub use hand::{Hand, Taken, TakenBy};
pub use help::{HELP_COMING_MS, HELP_WITHDRAWN_MS, HelpCall, HelpView};
pub use kiosk::{
    DRIFT_MAX_MS, HANDED_MAX, HandOver, HandedOver, KioskSetup, KioskTicket, SERIES_MAX, SERIES_STEP_MAX,
    SealedTicket, claimed_at, is_series, kiosk_place, series_label,
};
pub use label::{Label, NotALabel};
pub use line::{Caller, Lane, Line, Place, Rates, arrange, score};
pub use merge::{LATE_MS, waits_since};
pub use places::{InLinePlace, standing};
pub use request::*;
pub use state::{CancelledBy, Priority, State};
pub use ticket::{Before, RoomCall, Rules, Step, StepKind, Ticket, Together, Undo};
pub use view::*;
pub use wait::{Forecast, Learned, Outlook, forecast, forecast_in};

#[cfg(test)]
mod tests;
