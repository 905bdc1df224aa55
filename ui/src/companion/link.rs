//! A ticket by its secret link, without an account or a name.

use medlane_shared::{queue::TicketView, sync::Topic};
use yew::prelude::*;

use super::calls::Calling;
use crate::{
    backend::use_live,
    i18n::use_words,
    kit::{Offline, Page, TicketCard, alert, skeleton},
};

/// The properties of the link's page.
#[derive(Properties, PartialEq)]
pub struct LinkProps {
    /// The link's secret.
    pub secret: String,
}

/// The live ticket of the link.
#[component(Link)]
pub fn link(props: &LinkProps) -> Html {
    let words = use_words();
    let live = use_live::<TicketView>(Some(Topic::Link(props.secret.clone())));
    html! {
        <Page title={words.say("your-ticket")}>
            if let Some(ticket) = &live.value {
                <Offline online={live.online} />
                <Calling tickets={vec![(**ticket).clone()]} online={live.online} tells=false />
                <TicketCard ticket={(**ticket).clone()} />
            } else if live.refused.is_some() {
                { alert(words, live.refused.clone()) }
            } else {
                { skeleton(words) }
            }
        </Page>
    }
}
