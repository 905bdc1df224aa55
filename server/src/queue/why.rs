//! Why staff take a step: sealed before the writer sees it.

use medlane_shared::{
    fault::{Code, Fault, FieldFault},
    ids::TicketId,
    queue::{REASON_MAX_CHARS, StepKind, StepRequest},
};

use super::{
    live::{LiveQueue, Why},
    store::why_place,
};
use crate::{
    engine::{Clinic, Core},
    identity::subject,
};

/// Checks the length of a reason.
///
/// # Errors
/// [`Code::Invalid`].
pub fn reason_fits(request: &StepRequest) -> Result<(), Fault> {
    match &request.reason {
        Some(reason) if reason.chars().count() > REASON_MAX_CHARS => {
            Err(Fault::new(Code::Invalid).field("reason", FieldFault::length(0, REASON_MAX_CHARS)))
        }
        _ => Ok(()),
    }
}

/// The reasons of a ticket after this step; `None` if the step changes none.
///
/// # Errors
/// An error of the database or of the cipher.
pub async fn why_of(
    core: &Core,
    clinic: &Clinic,
    id: TicketId,
    request: &StepRequest,
) -> Result<Option<Why>, Fault> {
    let text = request.reason.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let Some(ticket) = clinic.with(|live: &LiveQueue| live.ticket(id).cloned()) else { return Ok(None) };
    let before = ticket.why.as_ref().map(|why| (*why.text).clone()).unwrap_or_default();
    let after = match (request.step, request.priority.zip(text)) {
        (StepKind::Prioritise, Some((class, text))) => before.clone().set(class, text),
        (StepKind::Transfer, _) => before.clone().sent(ticket.ticket.sent.len(), text),
        _ => return Ok(None),
    };
    if after == before {
        return Ok(None);
    }
    let patient = ticket.ticket.patient;
    let key = match patient {
        Some(patient) => subject(core, clinic.id, patient).await?.key,
        None => clinic.key.clone(),
    };
    let plain = serde_json::to_vec(&after).map_err(|_| Code::Internal)?;
    let sealed = key.seal(&why_place(clinic.id, id, patient), &plain);
    let sealed = sealed.map_err(|error| core.broken(&error.into()))?;
    Ok(Some(Why { text: after.into(), sealed: sealed.into() }))
}
