//! The browser that a session is told by while no page of ours is open.

mod ops;
mod routes;

pub use routes::routes;
