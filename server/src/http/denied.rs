//! What somebody who is signed in was refused joins the audit log: the role may never, or the thing is not there for them.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, Uri},
    middleware::Next,
    response::Response,
};
use medlane_shared::{
    access::Actor,
    api::CALLS,
    fault::Code,
    ids::{NoteId, PersonId, TicketId},
};
use serde_json::json;

use crate::{
    app::App,
    writer::{By, Entry, Noted},
};

/// Who asks and about whom, as far as that became known while the request was answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    by: OnceLock<By>,
    patient: OnceLock<PersonId>,
}

impl Trace {
    /// Who asks; the first answer stands.
    pub(super) fn by(&self, by: By) {
        let _ = self.0.by.set(by);
    }

    /// About whom; the first answer stands.
    pub(super) fn about(&self, patient: PersonId) {
        let _ = self.0.patient.set(patient);
    }
}

/// Whether a refusal is one for a missing right. What is not there and what is not theirs are told alike, so both count; and so
/// does an act that a session alone must not do.
#[must_use]
pub const fn is_denial(code: Code) -> bool {
    matches!(code, Code::Forbidden | Code::NotFound | Code::ConfirmNeeded)
}

/// The entry of a refusal; `what` is the call, or what was said on a socket.
#[must_use]
pub fn denial(what: &str, code: Code) -> Entry {
    Entry::new("access.refused", what).detail(json!({ "code": code })).refused()
}

/// Writes refusals down before they are answered.
pub(super) async fn written_down(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let trace = Trace::default();
    request.extensions_mut().insert(trace.clone());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let code = response.extensions().get::<Code>().copied().filter(|code| is_denial(*code));
    if let (Some(code), Some(by)) = (code, trace.0.by.get())
        && matches!(by.actor, Actor::Known(_))
    {
        let patient = match trace.0.patient.get() {
            Some(patient) => known(&app, by, *patient).await,
            None => patient_of(&app, by, &uri).await,
        };
        let what = format!("call:{}", name(&method, path.as_ref().map_or(uri.path(), MatchedPath::as_str)));
        let written = app.writer.run(by.clone(), Noted(denial(&what, code).patient(patient))).await;
        if let Err(fault) = written {
            // Nothing was shown: the refusal stands.
            tracing::error!(%fault, %what, "a refusal could not be written down");
        }
    }
    response
}

/// A call's name, or its method and path where it is none of the table.
fn name(method: &Method, path: &str) -> String {
    let call = CALLS.iter().find(|call| call.path == path && call.method.text() == method.as_str());
    call.map_or_else(|| format!("{method} {path}"), |call| call.name.to_owned())
}

/// The patient, if the clinic knows one of this id.
async fn known(app: &App, by: &By, patient: PersonId) -> Option<PersonId> {
    app.core.subjects.patient(&app.core, by.actor.clinic(), patient).await.ok().map(|_| patient)
}

/// About whom a request was, by its address: a patient, a ticket or a note.
async fn patient_of(app: &App, by: &By, uri: &Uri) -> Option<PersonId> {
    let query = uri.query().unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "patient_id");
    if let Some(patient) = named.and_then(|(_, id)| id.parse().ok()) {
        return known(app, by, patient).await;
    }
    let clinic = app.core.clinics.get(by.actor.clinic()).ok()?;
    let parts: Vec<&str> = uri.path().split('/').collect();
    let id = parts.iter().find(|part| part.parse::<PersonId>().is_ok())?;
    if parts.contains(&"queue") {
        let id: TicketId = id.parse().ok()?;
        return clinic.with_live(|live| live.ticket(id).and_then(|live| live.ticket.patient));
    }
    if parts.contains(&"notes") {
        let id: NoteId = id.parse().ok()?;
        let mut conn = app.core.read().await.ok()?;
        let note = crate::records::note_by_id(&mut conn, clinic.id, id).await.ok()??;
        return Some(note.note.patient_id);
    }
    if parts.contains(&"users") || parts.contains(&"patients") {
        return known(app, by, id.parse().ok()?).await;
    }
    None
}
