//! The live queue: joining, calling, the steps of a ticket, and the views of each kind of screen.

mod again;
mod answers;
mod away;
mod change;
mod concerns;
mod day;
pub mod desk;
pub mod kiosk;
mod lapse;
mod live;
mod ops;
pub mod quotes;
mod remote;
mod room;
mod routes;
mod secrets;
mod steps;
mod store;
mod turns;
mod views;

pub use answers::{
    branch_resource, linked_ticket, my_tickets, own_ticket, past_tickets, queue_view, staff_row,
};
pub use away::Away;
pub use change::{Change, QUEUE, RowChange, TICKET};
pub use concerns::ticket_concerned;
pub use desk::{help_view, may_see_help};
pub use lapse::lapse;
pub use live::{AtDesk, Branch, Live, LiveQueue};
pub use ops::{CallNext, Cancel, Control, Join, Reason, Step, StepBack};
pub use remote::{end_remote, waits};
pub use room::ticket_put;
pub use routes::routes;
pub use secrets::Secrets;
pub use steps::{TicketRef, theirs};
pub use store::{history_list, reason_place};
pub use turns::{Turn, watch};
pub use views::Scene;
