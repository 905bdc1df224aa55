//! Tickets that a kiosk gave without the network join the queue.

use medlane_shared::{
    fault::Code,
    ids::{BranchId, TicketId},
    queue::{
        HandedOver, KioskTicket, Label, SERIES_STEP_MAX, State, TaskKind, Ticket, claimed_at, series_label,
    },
    time::Timestamp,
};
use serde_json::json;

use super::{ops::kiosk, store};
use crate::{
    clinic::{Catalogue, local_day},
    queue::{Live, LiveQueue, desk, ticket_put},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// An opened ticket, and the tickets of the patient who claims to have one already.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its id.
    pub id: TicketId,
    /// The contents that the kiosk sealed; `None` if they do not open.
    pub ticket: Option<KioskTicket>,
    /// The tickets that the patient probably has already.
    pub claimed: Vec<TicketId>,
}

/// Adds the tickets of one kiosk to the queue, in the order in which they were given.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// The kiosk's time when it sent them.
    pub sent: Timestamp,
    /// The tickets.
    pub tickets: Vec<Opened>,
}

impl Op for HandOver {
    type Out = Vec<HandedOver>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (device, branch, grant) = kiosk(unit.actor())?;
        let letters = store::letter_list(unit.reads().await?, branch).await?;
        let letter = letters.iter().find(|(of, _)| *of == device).map(|(_, letter)| *letter);
        let mut tickets: Vec<&Opened> = self.tickets.iter().collect();
        tickets.sort_by_key(|opened| opened.ticket.as_ref().map(|ticket| (ticket.at, ticket.number)));
        let mut out = Vec::new();
        for opened in tickets {
            let joined = self.join(unit, branch, letter, opened).await?;
            let (label, code) = joined.map_or_else(|code| (None, Some(code)), |label| (Some(label), None));
            out.push(HandedOver { id: opened.id, label, code });
        }
        let entry = Entry::new("kiosk.hand_over", format!("device:{device}"))
            .by(&grant)
            .detail(json!({ "sent": self.sent, "tickets": out }));
        Ok(unit.commit(entry, out))
    }
}

impl HandOver {
    /// Adds one ticket. If it is refused, the reason is returned, and the other tickets still join.
    async fn join(
        &self,
        unit: &mut Unit<'_>,
        branch: BranchId,
        letter: Option<char>,
        opened: &Opened,
    ) -> Result<Result<Label, Code>, Failure> {
        // A repeated ticket has no effect. An id that belongs to another clinic or branch is not this kiosk's.
        let clinic = unit.clinic();
        match store::ticket_known(unit.reads().await?, opened.id).await? {
            // Only the kiosk that gave the ticket can seal it. The label of another patient's ticket is not told.
            Some(_) if opened.ticket.is_none() => return Ok(Err(Code::SealBroken)),
            Some(known) if known.clinic == clinic && known.branch == branch => return Ok(Ok(known.label)),
            Some(_) => {
                tracing::warn!(ticket = %opened.id, "a kiosk handed over a ticket whose id belongs elsewhere");
                return Ok(Err(Code::SealBroken));
            }
            None => {}
        }
        let Some(given) = &opened.ticket else {
            desk::not_taken(unit, branch, opened.id, None).await?;
            return Ok(Err(Code::SealBroken));
        };
        let printed = letter.and_then(|letter| series_label(letter, given.number));
        let catalogue = unit.keep::<Catalogue>();
        let Some(offer) = catalogue.offer(branch, given.service_id) else {
            desk::not_taken(unit, branch, opened.id, printed.map(|label| label.to_string())).await?;
            return Ok(Err(Code::ServiceUnavailable));
        };
        let now = unit.at();
        let at = claimed_at(given.at, self.sent, now);
        let day = local_day(offer.branch, now);
        // The ticket's own time decides its day, however long ago that is.
        if local_day(offer.branch, given.at.plus_ms(now.since_ms(self.sent)).min(now)) != day {
            return Ok(Err(Code::TicketOver));
        }
        let last = printed.as_ref().map_or(0, |label| last_number(unit, branch, &day, label.prefix()));
        let Some(printed) = printed.filter(|label| label.number() <= last + SERIES_STEP_MAX) else {
            desk::not_taken(unit, branch, opened.id, None).await?;
            return Ok(Err(Code::SealBroken));
        };
        // A patient who is still there from the day before keeps their label to themselves.
        let is_held = unit
            .state::<LiveQueue>()
            .of_earlier_days(branch, &day)
            .iter()
            .any(|live| live.ticket.label == printed);
        let is_taken = is_held || store::label_is_taken(unit.writes().await?, branch, &day, &printed).await?;
        let label = if is_taken {
            let label = unit.state::<LiveQueue>().next_label(branch, &day, &offer.service.prefix);
            label.map_err(|_| Code::Internal)?
        } else {
            printed.clone()
        };
        let ticket = Ticket {
            state: State::Waiting,
            arrived_at: Some(at),
            ..Ticket::joined(opened.id, (branch, day), label.clone(), given.service_id, at)
        };
        // The row must exist before other rows refer to it.
        let claimed = opened.claimed.iter().filter_map(|id| unit.state::<LiveQueue>().ticket(*id));
        let twin = claimed.map(|live| live.ticket.label.to_string()).next();
        ticket_put(unit, Live { ticket, patient: None, reason: None, reason_sealed: None, why: None });
        if let Some(twin) = twin {
            desk::ask(unit, branch, TaskKind::Twin, opened.id, Some(twin)).await?;
        }
        if is_taken {
            desk::ask(unit, branch, TaskKind::LabelTwice, opened.id, Some(printed.to_string())).await?;
        }
        Ok(Ok(label))
    }
}

/// The last number of a series that was given on a day.
fn last_number(unit: &Unit<'_>, branch: BranchId, day: &str, prefix: &str) -> u32 {
    unit.state::<LiveQueue>().branch(branch).map_or(0, |here| here.last_number(day, prefix))
}
