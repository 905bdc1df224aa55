//! The live queue: tickets, the steps that they take, the fair order, and waiting times (PRODUCT §4).

mod label;
mod line;
mod ticket;
mod view;
mod wait;

pub use label::Label;
pub use line::{Caller, Lane, Line, Place, Rates, arrange, score};
pub use ticket::{Before, Call, Priority, Rules, State, Step, StepKind, Ticket, Undo};
pub use view::*;
pub use wait::{Forecast, Learned, Outlook, forecast, forecast_in};

#[cfg(test)]
mod tests;
