//! The sync protocol (DESIGN §4; told in `shared/README.md`): frames, and both ends without I/O.

pub mod frame;

pub use frame::*;
