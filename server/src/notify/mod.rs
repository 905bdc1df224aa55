//! Messages to people. The operation that causes a message writes it; the sender sends it afterwards, and tries again
//! until that works.

pub mod inbox;
mod limits;
mod mail;
mod message;
mod ops;
mod post;
pub mod push;
mod routes;
mod send;
mod store;
mod transport;
mod words;

pub use limits::spend_soon;
pub use mail::{MESSAGE, Mail};
pub use message::{Contents, Message};
pub use post::post;
pub use routes::routes;
pub use send::{keep, outbox_ms};
pub use store::{choice_by_person, choice_own, choice_put, message_forget, message_prune};
pub use transport::Ways;
pub use words::{Named, Template, reception};
