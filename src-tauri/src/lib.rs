//! Medlane's desktop apps: a headless core with the session, the socket and the vault, and windows that call it.

mod ask;
mod clinic;
pub mod clock;
#[cfg(feature = "window")]
mod commands;
pub mod device;
mod disk;
pub mod kiosk;
mod line;
mod queue;
mod reads;
pub mod records;
mod rooms;
pub mod secrets;
mod server;
pub mod session;
#[cfg(feature = "window")]
pub mod shell;
mod socket;
mod told;
pub mod vault;
pub mod workstation;

pub use told::{Pending, Tell, Told};
