//! Stores every waiting time that a patient was told, and the actual wait. It runs beside the queue, so that joining
//! does not wait for it.

mod ops;
mod quote;
mod store;

use std::{collections::HashMap, sync::Arc, time::Duration};

use medlane_shared::{
    ids::{ClinicId, TicketId},
    queue::State,
    time::Timestamp,
};

use super::views::Scene;
use crate::{
    app::App,
    clinic::{Catalogue, Moves},
    engine::Clinic,
    queue::LiveQueue,
    writer::By,
};

pub use ops::QuotesKeep;
pub use quote::{Quote, Settled};
pub use store::{EstimateRow, estimate_list, quote_prune};

/// Moves of the queue within this time are examined together.
const SETTLE: Duration = Duration::from_secs(1);
/// Nothing is stored for a patient who joined earlier than this, in milliseconds: the forecast now differs from the
/// one they were told.
const FRESH_MS: i64 = 30_000;

/// Stores a clinic's quotes until the server ends.
pub async fn keep(app: Arc<App>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let mut moves = Moves::of(&app, &found, SETTLE);
    let mut open = None;
    while moves.next(keep_once(&app, &found, &mut open).await).await {}
}

/// Stores the new quotes, and the outcomes of the quotes in `open`, as far as they are known.
async fn keep_once(
    app: &App,
    clinic: &Clinic,
    open: &mut Option<HashMap<TicketId, Quote>>,
) -> Result<(), String> {
    if open.is_none() {
        *open = Some(opened(app, clinic.id).await.map_err(|error| error.to_string())?);
    }
    let open = open.get_or_insert_default();
    let (told, settled) = look(clinic, open, app.core.now());
    if told.is_empty() && settled.is_empty() {
        return Ok(());
    }
    let op = QuotesKeep { told: told.clone(), settled: settled.clone() };
    app.writer.run(By::system(clinic.id), op).await.map_err(|fault| fault.to_string())?;
    open.extend(told.into_iter().map(|quote| (quote.ticket, quote)));
    for done in settled {
        open.remove(&done.quote.ticket);
    }
    Ok(())
}

async fn opened(
    app: &App,
    clinic: ClinicId,
) -> Result<HashMap<TicketId, Quote>, Box<dyn std::error::Error + Send + Sync>> {
    let open = store::quote_open(&mut app.core.read().await?, clinic).await?;
    Ok(open.into_iter().map(|quote| (quote.ticket, quote)).collect())
}

/// The tickets with a new quote, and the quotes whose outcome is known now.
fn look(clinic: &Clinic, open: &HashMap<TicketId, Quote>, now: Timestamp) -> (Vec<Quote>, Vec<Settled>) {
    let catalogue = clinic.state::<Catalogue>();
    clinic.with(|live: &LiveQueue| {
        let scene = Scene { catalogue: &catalogue, live, at: now };
        let mut told = Vec::new();
        for branch in &catalogue.branches {
            let waiting = live.in_state(branch.id, State::Waiting).map(|live| &live.ticket);
            let fresh = waiting.filter(|ticket| {
                ticket.version == 1
                    && now.since_ms(ticket.joined_at) < FRESH_MS
                    && !open.contains_key(&ticket.id)
            });
            told.extend(fresh.filter_map(|ticket| {
                let (forecast, wait) = scene.forecast(ticket)?;
                Some(Quote {
                    ticket: ticket.id,
                    branch: ticket.branch,
                    service: ticket.service,
                    at: ticket.joined_at,
                    ahead: live.ahead(ticket, now, &catalogue.rates(branch.id))?,
                    forecast,
                    wait,
                })
            }));
        }
        let settled = open.values().filter_map(|quote| {
            let Some(ticket) = live.ticket(quote.ticket).map(|live| &live.ticket) else {
                return Some(Settled { quote: *quote, actual_s: None });
            };
            let same = ticket.service == quote.service && ticket.waiting_since == ticket.joined_at;
            let called = ticket.first_called_at().filter(|_| same);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a day")]
            let actual_s = called.map(|called| called.since_ms(quote.at).max(0) as f64 / 1_000.0);
            let over = actual_s.is_some() || !same || !ticket.state.is_active();
            over.then_some(Settled { quote: *quote, actual_s })
        });
        (told, settled.collect())
    })
}
