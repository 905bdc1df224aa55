//! The live queue: joining, calling, the steps of a ticket, and what each kind of screen is shown.

mod boards;
mod help;
mod live;
mod ops;
pub mod quotes;
pub mod routes;
pub mod store;
pub mod views;

pub use boards::Boards;
pub use help::Help;
pub use live::{Branch, Effect, Live, LiveQueue};
pub use ops::{CallNext, Cancel, Control, Join, Reason, Step, StepBack, TicketRef, theirs};

use medlane_shared::queue::{Rates, Rules};

/// What each class starts with and gains.
pub const RATES: Rates = Rates { credit_ms: [240 * 60_000, 20 * 60_000, 0], gain: [4, 2, 1] };
/// The limits on steps.
pub const RULES: Rules =
    Rules { calls_max: 3, recall_after_ms: 60_000, undo_ms: 120_000, return_ms: 15 * 60_000 };
