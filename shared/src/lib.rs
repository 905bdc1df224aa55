//! Medlane's rules, wire types and sync protocol.
//!
//! Everything here is pure: no clock, no randomness, no I/O. Time, ids and randomness are arguments. The crate
//! builds for `wasm32-unknown-unknown` and is used by the server (with authority), the workstation (for its local
//! echo) and the front end (to enable a button).

pub mod access;
pub mod api;
pub mod audit;
pub mod clinic;
pub mod fault;
pub mod identity;
pub mod ids;
pub mod lean;
pub mod notify;
pub mod queue;
pub mod records;
#[cfg(feature = "seal")]
pub mod seal;
pub mod sync;
pub mod time;
