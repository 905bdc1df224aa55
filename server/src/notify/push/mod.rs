//! Web Push: notices to a browser while no page of ours is open. They are encrypted for that browser (RFC 8291) and
//! signed with the clinic's key (VAPID, RFC 8292), so the push service cannot read them.

mod key;
mod send;
pub mod store;
mod subscription;

pub use key::vapid;
pub use send::{Push, send};
pub use store::{place, push_by_session, push_delete, push_forget, push_list, push_prune, push_put};
pub use subscription::Subscription;
