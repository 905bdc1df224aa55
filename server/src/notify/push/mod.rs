//! Web Push: notices to a browser while no page of ours is open. They are encrypted for that browser (RFC 8291) and
//! signed with the clinic's key (VAPID, RFC 8292), so the push service cannot read them.

mod key;
mod ops;
mod routes;
mod send;
pub mod store;
mod subscription;

pub use key::vapid;
pub use routes::routes;
pub use send::{Push, send};
pub use store::{push_list, push_prune};
pub use subscription::Subscription;
