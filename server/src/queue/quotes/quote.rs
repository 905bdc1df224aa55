//! A waiting time that a patient was told, and its outcome.

use medlane_shared::{
    ids::{BranchId, ServiceId, TicketId},
    queue::{Forecast, Wait},
    time::Timestamp,
};

/// The waiting time that a patient was told when they joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The ticket.
    pub ticket: TicketId,
    /// The branch.
    pub branch: BranchId,
    /// The service.
    pub service: ServiceId,
    /// When the patient joined.
    pub at: Timestamp,
    /// How many tickets were before theirs.
    pub ahead: usize,
    /// The forecast.
    pub forecast: Forecast,
    /// The range that was shown.
    pub wait: Wait,
}

/// The outcome of a quote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settled {
    /// The quote.
    pub quote: Quote,
    /// Seconds until the first call. `None` if never called, or if the ticket was transferred.
    pub actual_s: Option<f64>,
}
