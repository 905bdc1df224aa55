//! Stores quotes, and learns from their outcomes.

use medlane_shared::{access::Actor, fault::Code, ids::TicketId, queue::Learned};

use super::{Quote, Settled, store};
use crate::{
    clinic::Catalogue,
    queue::{Change, LiveQueue, QUEUE},
    writer::{Done, Failure, Op, Unit},
};

/// Stores new quotes, and the outcomes of earlier ones.
#[derive(Debug, Clone)]
pub struct QuotesKeep {
    /// The new quotes.
    pub told: Vec<Quote>,
    /// The quotes whose outcome is known now.
    pub settled: Vec<Settled>,
}

impl Op for QuotesKeep {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let (at, clinic) = (unit.at(), unit.clinic());
        store::quote_put(unit.writes().await?, clinic, &self.told).await?;
        let tickets: Vec<TicketId> = self.settled.iter().map(|settled| settled.quote.ticket).collect();
        // Another node may have seen the outcome too. Each quote is learned from only once.
        let open = store::quote_unsettled(unit.reads().await?, &tickets).await?;
        let mut settled = Vec::with_capacity(open.len());
        for one in self.settled.iter().filter(|one| open.contains(&one.quote.ticket)) {
            settled.push(*one);
            let (quote, Some(actual_s)) = (&one.quote, one.actual_s) else { continue };
            let planned =
                unit.keep::<Catalogue>().service(quote.service).map_or(15, |service| service.duration_min);
            let before = unit
                .state::<LiveQueue>()
                .branch(quote.branch)
                .and_then(|branch| branch.learned(quote.service));
            let learned =
                before.unwrap_or_else(|| Learned::prior(planned)).learn_wait(&quote.forecast, actual_s);
            unit.change::<LiveQueue>(Change::Learned(quote.branch, quote.service, learned));
            // Other nodes forecast from it, and learn on from it.
            unit.changed(QUEUE, quote.branch, Some(quote.branch), None);
        }
        store::quote_settle(unit.writes().await?, clinic, &settled, at).await?;
        Ok(unit.commit_unaudited())
    }
}
