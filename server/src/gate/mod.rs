//! The limits on connections, sockets and requests.

mod doors;
mod hello;
mod limits;
mod places;
mod sockets;

pub use doors::{Doors, Shown, SocketPlaces, left_out, raise_files};
pub use limits::Limits;
pub use places::{Full, Places, TakenPlace};
pub use sockets::{SocketCount, Sockets};
