//! The second factor: codes of an authenticator app (RFC 6238), each accepted once, and backup codes.

mod codes;
mod held;
mod ops;
mod routes;
mod store;

pub use codes::HalfSignIn;
pub use held::{holds, wanted};
pub use ops::FactorReset;
pub use routes::routes;
