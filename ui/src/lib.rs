//! Medlane's front end: one library with four faces.

pub mod account;
mod address;
mod admin;
pub mod backend;
mod clock;
pub mod companion;
pub mod console;
pub mod doctor;
mod ends;
pub mod enrol;
pub mod gallery;
pub mod i18n;
mod idle;
pub mod kiosk;
pub mod kit;
pub mod lock;
mod manage;
pub mod queue;
mod setup;
pub mod sign_in;
