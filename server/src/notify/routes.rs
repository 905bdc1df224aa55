//! The state of messages, for administrators; and for development a page with the unsent messages.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use medlane_shared::{
    access::{Action, Resource, may},
    api,
    clinic::Page,
    fault::Code,
};

use super::{
    message::{Contents, place},
    store,
};
use crate::{
    app::App,
    http::{CallAnswer, Caller, Query, Refusal, Reply, Routes, page_before, page_limit, page_of},
};

/// The most messages on the local outbox page.
const SHOWN: i64 = 50;

/// The room's routes.
pub fn routes() -> Routes {
    Routes::new().on(api::ListMessages, list).plain("/outbox", get(outbox)).and(super::inbox::routes())
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ListMessages>,
) -> Reply<api::ListMessages> {
    let grant = may(&caller.actor, Action::MessagesRead, &Resource::clinic())?;
    let limit = page_limit(query.limit)?;
    let before = page_before(query.cursor.as_deref())?;
    let rows = store::message_list(&mut app.core.read().await?, &grant, before, limit + 1).await;
    let rows = rows.map_err(|error| app.core.broken(&error))?;
    let (rows, next) = page_of(rows, limit, |row| row.id.to_string());
    Ok(CallAnswer::of(Page { items: rows.into_iter().map(store::StoredMessage::view).collect(), next }))
}

/// The unsent messages. Only if `outbox.show` is set, because the page shows every code.
async fn outbox(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    if !app.config.outbox.show {
        return Err(Code::NotFound.into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let rows = store::message_outbox(&mut app.core.read().await?, clinic.id, SHOWN).await;
    let mut list = String::new();
    for row in rows.map_err(|error| app.core.broken(&error))? {
        let opened = row
            .sealed
            .as_deref()
            .map(|sealed| clinic.key.open(&place(clinic.id, row.id), sealed))
            .transpose();
        let opened = opened.map_err(|error| app.core.broken(&error.into()))?;
        let contents = opened.map(|text| serde_json::from_slice::<Contents>(&text)).transpose();
        let contents = contents.map_err(|_| Code::Internal)?;
        let (to, subject, text) = contents.map_or_else(
            || (row.recipient.clone(), String::new(), String::new()),
            |contents| (contents.to, contents.subject, contents.text),
        );
        // Writing to a text does not fail.
        let _ = write!(
            list,
            "<article><h2 dir=\"auto\">{}</h2><p>{} · {} · {} · {}</p><p dir=\"auto\">{}</p></article>",
            escaped(&subject),
            row.created_at,
            row.channel.text(),
            escaped(&to),
            row.state.text(),
            escaped(&text).replace('\n', "<br>")
        );
    }
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"5\"><title>Outbox</title>\
         <h1>Outbox</h1><p>What would have been sent. In development only.</p>{list}"
    );
    Ok(Html(page).into_response())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
