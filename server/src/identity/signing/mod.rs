//! The keys that sign a clinic's tokens. They can be replaced: each key derives from the root key and its number.

mod generation;
mod ops;
mod room;
pub mod store;

pub use generation::Signing;
pub use ops::SigningRotate;
pub use store::signing_load;
