//! Counts of tries. They are in the database, so that limits hold across nodes and restarts.

mod kinds;
mod store;
mod tries;

pub use kinds::{Guess, at_place, by_account, by_address, by_factor, by_place, by_session, of_account};
pub use store::attempts_prune;
pub use tries::{Spent, Try, check, clear, count, may_try, spend};
