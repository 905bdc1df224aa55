//! Medlane's central server: it owns the queue, records, and the audit log, and syncs every screen.

pub mod app;
mod attempts;
pub mod audit;
pub mod clinic;
pub mod config;
pub mod db;
pub mod demo;
pub mod engine;
mod forms;
pub mod gate;
pub mod http;
pub mod identity;
pub mod keys;
mod lock;
pub mod metrics;
mod network;
mod nodes;
pub mod notify;
mod prune;
pub mod queue;
pub mod records;
mod restore;
pub mod rooms;
mod router;
pub mod said;
mod serve;
pub mod sync;

pub use engine::writer;
pub use prune::prune;
pub use restore::restored;
pub use serve::{ServeError, core_open, serve};
