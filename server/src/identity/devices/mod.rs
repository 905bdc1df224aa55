//! Devices: enrolled, known by their keys, seen, renamed, locked, wiped.

mod enrol;
mod ops;
mod proof;
mod reads;
mod routes;
pub mod store;

use enrol::Enrol;

pub use enrol::DeviceCodeMake;
pub use proof::{Seen, hello};
pub(super) use proof::{is_signed, proven};
pub use routes::routes;
pub use store::{Device, bar_list, device_by_id, restart_list};

/// Characters of a device's name at most.
const NAME_MAX_CHARS: usize = 80;
