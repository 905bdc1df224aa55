//! Medlane's front end: one library with four faces. Rarely needed parts of two faces are loaded separately.

pub mod account;
pub mod admin;
pub mod backend;
mod clock;
pub mod companion;
pub mod doctor;
mod ends;
pub mod enrol;
pub mod gallery;
pub mod i18n;
mod idle;
pub mod kiosk;
pub mod kit;
pub mod lock;
pub mod manage;
pub mod queue;
pub mod setup;
pub mod sign_in;
