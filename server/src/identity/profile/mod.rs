//! The caller's picture, and the request to delete their account.

mod ops;
mod picture;
mod pictures;
mod routes;
pub mod store;
mod views;
mod webp;

pub use ops::Keep;
pub(super) use ops::left;
pub use picture::portrait;
pub use pictures::Pictures;
pub use routes::routes;
pub use views::avatar_of;
