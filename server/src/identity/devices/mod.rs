//! Devices: enrolling, identifying by their keys, renaming, locking, wiping.

mod enrol;
mod ops;
mod proof;
mod reads;
mod routes;
pub mod store;

pub use enrol::DeviceCodeMake;
pub use proof::{Seen, hello, may_prove, unproven};
pub(super) use proof::{is_signed, proof_looked_at, proven};
pub use routes::routes;
pub use store::{Device, bar_list, device_by_id, restart_list};
