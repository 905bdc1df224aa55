//! What a kiosk may: check somebody in, hold a ticket until it is printed, and give tickets while the network is away.

mod claim;
mod hand_over;
mod held;
mod ops;
mod routes;
mod store;

pub use held::overdue;
pub use routes::routes;
