//! The live queue: joining, calling, the steps of a ticket, and the views of each kind of screen.

mod again;
mod away;
mod boards;
mod day;
pub mod desk;
pub mod kiosk;
mod lapse;
mod live;
mod ops;
pub mod quotes;
mod remote;
mod routes;
mod store;
mod views;

pub use away::Away;
pub use boards::Boards;
pub use desk::{help_view, may_see_help};
pub use lapse::lapse;
pub use live::{AtDesk, Branch, Effect, Live, LiveQueue};
pub use ops::{CallNext, Cancel, Control, Join, Reason, Step, StepBack, TicketRef, theirs};
pub use remote::end_remote;
pub use routes::{
    branch_resource, linked_ticket, my_tickets, own_ticket, past_tickets, queue_view, routes, staff_row,
};
pub use store::{
    day_ended, history_list, learned_list, learned_put, live_list, live_load, reason_place, ticket_insert,
    ticket_update,
};
pub use views::Scene;
