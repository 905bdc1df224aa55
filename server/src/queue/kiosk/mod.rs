//! The calls of a kiosk: check a patient in, hold a ticket until it is printed, and give tickets while the network is
//! down.

mod claim;
mod hand_over;
mod held;
mod ops;
mod routes;
mod store;

pub use held::overdue;
pub use routes::routes;
