//! Medlane's central server: it owns the queue, records, and the audit log, and syncs every screen.

pub mod app;
pub mod audit;
pub mod clinic;
pub mod config;
pub mod db;
pub mod demo;
pub mod engine;
pub mod http;
pub mod identity;
pub mod keys;
mod lock;
pub mod metrics;
mod nodes;
pub mod notify;
pub mod queue;
pub mod records;
pub mod rooms;
pub mod said;
mod serve;
pub mod sync;
pub mod writer;

pub use serve::{ServeError, core_open, serve};
