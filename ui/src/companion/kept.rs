//! The patient's tickets as this browser saw them last. After a reload without the network they are still there, with
//! the time of the last news.

use std::rc::Rc;

use medlane_shared::{lean, queue::MyTickets, sync::Topic, time::Timestamp};
use serde_json::{Value, json};
use yew::prelude::*;

use crate::{
    backend::{keep_tickets, kept_tickets, last_body},
    clock::now,
    i18n::use_words,
    kit::TicketCard,
};

/// What is stored of the tickets; `None` if there are none. The secret of the link stays out: nothing shows it here.
fn stored(mut body: Value, at: Timestamp) -> Option<String> {
    let tickets = body.get_mut("tickets")?.as_array_mut()?;
    for ticket in tickets.iter_mut().filter_map(Value::as_object_mut) {
        ticket.remove("link");
    }
    let any = !tickets.is_empty();
    any.then(|| json!({ "at": at.ms(), "mine": body }).to_string())
}

/// The stored tickets, and the time of the last news.
fn found(text: &str) -> Option<(MyTickets, Timestamp)> {
    let mut kept: Value = serde_json::from_str(text).ok()?;
    let at = Timestamp::from_ms(kept["at"].as_i64()?);
    Some((lean::read(kept["mine"].take()).ok()?, at))
}

/// Stores the tickets whenever they change, and when the network goes.
#[hook]
pub fn use_kept_tickets(mine: Option<Rc<MyTickets>>, online: bool) {
    use_effect_with((mine, online), |(mine, _)| {
        if let Some(body) = last_body(&Topic::Mine).filter(|_| mine.is_some()) {
            keep_tickets(stored(body, now()).as_deref());
        }
    });
}

/// The stored tickets; nothing if there are none.
#[component(Kept)]
pub fn kept_tickets_view() -> Html {
    let words = use_words();
    let Some((mine, at)) = kept_tickets().as_deref().and_then(found) else { return html! {} };
    let zone = mine.tickets.first().map(|ticket| ticket.time_zone.clone()).unwrap_or_default();
    let at = words.in_zone(&zone).day(at);
    html! {
        <div class="mb-6 space-y-6" id="kept">
            <p class="alert alert-warning" role="status" id="kept-at">{ words.say_with("kept-at", &[("at", at.as_str().into())]) }</p>
            { for mine.tickets.iter().map(|ticket| html! {
                <TicketCard key={ticket.id.to_string()} ticket={ticket.clone()}>
                    if let Some(code) = &ticket.code {
                        <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                            <p>{ words.say("check-in-how") }</p>
                            <p class="text-2xl font-semibold tracking-widest" dir="ltr" data-code="">{ code }</p>
                        </div>
                    }
                </TicketCard>
            }) }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{ids::TicketId, queue::State};

    use super::*;

    #[test]
    fn a_ticket_is_kept_with_its_code_and_time_but_without_its_link() {
        let id = TicketId::new(Timestamp::from_ms(1), [1; 10]);
        let mine = json!({ "tickets": [{
            "id": id, "label": "GP-001", "state": State::Waiting, "version": 1, "branch_id": id, "branch_name": "North",
            "service_id": id, "service_name": "GP", "calls": 0, "joined_at": Timestamp::from_ms(0), "position": 2,
            "code": "ABCD2345", "link": "secret",
        }] });
        let at = Timestamp::from_ms(7);
        let text = stored(mine, at).unwrap();
        assert!(!text.contains("secret"));
        let (kept, then) = found(&text).unwrap();
        let [ticket] = kept.tickets.as_slice() else { panic!("{kept:?}") };
        assert_eq!((then, ticket.label.to_string().as_str()), (at, "GP-001"));
        assert_eq!((ticket.code.as_deref(), ticket.position), (Some("ABCD2345"), Some(2)));
        assert_eq!(
            stored(json!({ "tickets": [] }), at),
            None,
            "nothing is kept of a patient without a ticket"
        );
        assert!(found("{}").is_none());
    }
}
