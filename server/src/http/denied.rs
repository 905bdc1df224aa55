//! Refusals to signed-in callers enter the audit log: the role may never do this, or the thing does not exist for the
//! caller.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, Uri},
    middleware::Next,
    response::Response,
};
use medlane_shared::{access::Actor, api::CALLS, fault::Code, ids::PersonId};
use serde_json::json;

use crate::{
    app::App,
    writer::{By, Entry, Noted},
};

/// The caller and the patient of a request, if they became known while it was answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    by: OnceLock<By>,
    patient: OnceLock<PersonId>,
}

impl Trace {
    /// Sets the caller. Later values are ignored.
    pub(super) fn by(&self, by: By) {
        let _ = self.0.by.set(by);
    }

    /// Sets the patient. Later values are ignored.
    pub(super) fn about(&self, patient: PersonId) {
        let _ = self.0.patient.set(patient);
    }
}

/// Whether a refusal is about a missing right. The answer is the same for a thing that does not exist and for one
/// that is not the caller's, so both count. A call that a session alone must not make counts too.
#[must_use]
pub const fn is_denial(code: Code) -> bool {
    matches!(code, Code::Forbidden | Code::NotFound | Code::ConfirmNeeded)
}

/// The audit entry of a refusal. `what` is the call, or the message on a socket.
#[must_use]
pub fn denial(what: &str, code: Code) -> Entry {
    Entry::new("access.refused", what).detail(json!({ "code": code })).refused()
}

/// Writes a refusal to the audit log before it is answered.
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
        let written = app.writer.run(by.clone(), Noted::refusal(denial(&what, code).patient(patient))).await;
        if let Err(fault) = written {
            // The answer reveals nothing, so the refusal is sent anyway.
            tracing::error!(%fault, %what, "the audit entry of a refusal cannot be written");
        }
    }
    response
}

/// The call's name, or its method and path if it is not in the table.
fn name(method: &Method, path: &str) -> String {
    let call = CALLS.iter().find(|call| call.path == path && call.method.text() == method.as_str());
    call.map_or_else(|| format!("{method} {path}"), |call| call.name.to_owned())
}

/// The patient, if the clinic has one with this id.
async fn known(app: &App, by: &By, patient: PersonId) -> Option<PersonId> {
    let clinic = app.core.clinics.get(by.actor.clinic()).ok()?;
    let (_, concerns) = app.asks.concerns.iter().find(|(part, _)| *part == "patients")?;
    concerns(&app.core, &clinic, &patient.to_string()).await
}

/// The patient whom a request concerns, from its address: the address names a patient, a ticket or a note.
async fn patient_of(app: &App, by: &By, uri: &Uri) -> Option<PersonId> {
    let query = uri.query().unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "patient_id");
    if let Some(patient) = named.and_then(|(_, id)| id.parse().ok()) {
        return known(app, by, patient).await;
    }
    let clinic = app.core.clinics.get(by.actor.clinic()).ok()?;
    let parts: Vec<&str> = uri.path().split('/').collect();
    let id = parts.iter().find(|part| part.parse::<PersonId>().is_ok())?;
    let (_, concerns) = app.asks.concerns.iter().find(|(part, _)| parts.contains(part))?;
    concerns(&app.core, &clinic, id).await
}
