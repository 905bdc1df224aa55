//! How a visit ended: every end leaves a card until its reader puts it away.

use gloo_storage::{LocalStorage, Storage as _};
use medlane_shared::{api::ArriveSelf, queue::TicketView, time::Timestamp};
use yew::prelude::*;

use crate::{
    backend::use_press,
    i18n::use_words,
    kit::{Button, Kind, TicketCard, alert},
};

/// The storage key for the cards that were put away.
const STORED: &str = "medlane.ended";
/// How much of the list of such cards is kept, in bytes. Cards are of today only.
const KEPT: usize = 800;

fn stored() -> String {
    LocalStorage::raw().get_item(STORED).ok().flatten().unwrap_or_default()
}

/// Whether a card was put away.
pub fn is_put_away(ticket: &TicketView) -> bool {
    stored().split(' ').any(|card| card == card_of(ticket))
}

/// The name of a card: the ticket, and the time of its end.
fn card_of(ticket: &TicketView) -> String {
    format!("{}@{}", ticket.id, ticket.ended_at.map_or(0, Timestamp::ms))
}

/// The properties of the card.
#[derive(Properties, PartialEq)]
pub struct EndedProps {
    /// The ticket.
    pub ticket: TicketView,
    /// Called when the card was put away.
    pub gone: Callback<()>,
}

/// How a visit ended, and what to do now.
#[component(Ended)]
pub fn ended(props: &EndedProps) -> Html {
    let words = use_words();
    let press = use_press();
    let here = {
        let (press, id) = (press.clone(), props.ticket.id.to_string());
        Callback::from(move |()| press.calls::<ArriveSelf>(&[&id], &()))
    };
    let card = card_of(&props.ticket);
    let away = props.gone.reform(move |()| {
        let mut all = format!("{card} {}", stored());
        all.truncate(KEPT);
        // Without storage the card appears again after a reload.
        drop(LocalStorage::raw().set_item(STORED, &all));
    });
    html! {
        <TicketCard ticket={props.ticket.clone()}>
            { alert(words, press.fault()) }
            <div class="flex flex-wrap justify-center gap-2">
                if props.ticket.return_until.is_some() {
                    <Button kind={Kind::Primary} id="here-now" busy={press.is_busy()} onclick={here}>{ words.say("here-now") }</Button>
                }
                <Button kind={Kind::Ghost} id="ended-ok" onclick={away}>{ words.say("put-away") }</Button>
            </div>
        </TicketCard>
    }
}
