//! Medlane's rules, wire types and sync protocol.
//!
//! Everything here is pure: no clock, no randomness, no I/O. Time, ids and random bytes are arguments. The crate
//! builds for `wasm32-unknown-unknown`. The server applies its rules with authority, the workstation uses them for
//! its local echo, and the front end uses them to enable a button.

pub mod access;
pub mod api;
pub mod audit;
pub mod clinic;
pub mod fault;
pub mod identity;
pub mod ids;
pub mod lean;
pub mod notify;
pub mod pages;
pub mod queue;
pub mod records;
#[cfg(feature = "seal")]
pub mod seal;
#[cfg(feature = "openapi")]
pub mod shape;
pub mod sync;
pub mod time;
pub mod typed;
