//! What is written down of quotes, and learned from them.

use medlane_shared::{access::Actor, fault::Code, queue::Learned};

use super::{Quote, Settled, store};
use crate::{
    queue::{Effect, store::learned_put},
    writer::{Done, Failure, Op, Unit},
};

/// Writes quotes down, and what became of others.
#[derive(Debug, Clone)]
pub struct QuotesKeep {
    /// What was told since.
    pub told: Vec<Quote>,
    /// Whose turn has come.
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
        for Settled { quote, actual_s } in &self.settled {
            // Another node may have seen it as well: it is learned from once.
            let first = store::quote_settle(unit.writes().await?, quote.ticket, *actual_s, at).await?;
            let Some(actual_s) = actual_s.filter(|_| first) else { continue };
            let planned = unit.catalogue().service(quote.service).map_or(15, |service| service.duration_min);
            let before = unit.live().branch(quote.branch).and_then(|branch| branch.learned(quote.service));
            let before = before.unwrap_or_else(|| Learned::prior(planned));
            let learned = before.learn_wait(&quote.forecast, actual_s);
            learned_put(unit.writes().await?, clinic, quote.branch, quote.service, &learned).await?;
            unit.effect(Effect::Learned(quote.branch, quote.service, learned));
        }
        Ok(unit.commit_unaudited())
    }
}
