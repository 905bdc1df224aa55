//! Patients over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::Action,
    api,
    fault::{Code, Fault, FieldCode, Language},
    identity::{PatientRequest, PatientView, PatientsFound, is_query},
    ids::PersonId,
    time::Timestamp,
};

use super::{
    desk::at_desk,
    found_store::patient_find,
    ops::{Correct, PatientAdd},
    views::patient,
};
use crate::{
    app::App,
    forms::Country,
    http::{Asked, CallAnswer, Caller, Path, Query, Reply, Routes, SeenVersion, page_limit},
    identity::{
        contact::{birth_date, country, email, name, phone},
        shown,
    },
    writer::{Entry, Noted, Once},
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::FindPatients, find)
        .on(api::RegisterPatient, register)
        .on(api::ChangePatient, change)
}

async fn find(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::FindPatients>,
) -> Reply<api::FindPatients> {
    let grant = at_desk(&caller.actor, Action::PatientRead)?;
    if !is_query(&query.q) {
        return Err(Fault::new(Code::Invalid).field("q", FieldCode::Search).into());
    }
    let (clinic, limit) = (caller.actor.clinic(), page_limit(query.limit)?);
    let found = patient_find(&mut app.core.read().await?, &grant, &query.q, limit).await;
    let (items, matches) = found.map_err(|error| app.core.broken(&error))?;
    let entry = Entry::new("patients.find", format!("clinic:{clinic}")).shown(items.iter().map(|one| one.id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(PatientsFound { items, matches }))
}

/// The text, unless it is empty.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// The patient that a request describes.
fn described(
    request: PatientRequest,
    id: PersonId,
    version: i64,
    (now, country): (Timestamp, Option<Country>),
) -> Result<PatientView, Fault> {
    let language = request.language.as_deref().and_then(Language::from_tag);
    Ok(PatientView {
        id,
        name: name(&request.name)?,
        birth_date: given(request.birth_date).map(|text| birth_date(&text, now)).transpose()?,
        phone: given(request.phone).map(|text| phone(&text, country)).transpose()?,
        email: given(request.email).map(|text| email(&text)).transpose()?,
        gender: request.gender,
        record_number: None,
        former_numbers: Vec::new(),
        proven: Vec::new(),
        language: language.map(|found| found.tag().to_owned()),
        version,
    })
}

async fn register(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<api::RegisterPatient>,
) -> Reply<api::RegisterPatient> {
    at_desk(&caller.actor, Action::PatientRegister)?;
    let (now, is_new) = (app.core.now(), request.is_new);
    let country = country(&app.core, &caller.actor);
    let patient = described(request, PersonId::new(now, rand::random()), 1, (now, country))?;
    let language = patient.language.clone();
    let id =
        shown::run(&app, caller.by(once), Action::PatientRegister, PatientAdd { patient, language, is_new })
            .await?;
    Ok(CallAnswer::of(self::patient(&app.core, &caller.actor, id).await?))
}

async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    SeenVersion(seen): SeenVersion,
    Asked { body: request, once }: Asked<api::ChangePatient>,
) -> Reply<api::ChangePatient> {
    at_desk(&caller.actor, Action::PatientRegister)?;
    let (request, version) = request.into_parts();
    let version =
        version.or(seen).ok_or_else(|| Fault::new(Code::Invalid).field("version", FieldCode::Version))?;
    let is_new = request.is_new;
    let country = country(&app.core, &caller.actor);
    let patient = described(request, id, version, (app.core.now(), country))?;
    let id = shown::run(&app, caller.by(once), Action::PatientRegister, Correct { patient, is_new, version })
        .await?;
    Ok(CallAnswer::of(self::patient(&app.core, &caller.actor, id).await?))
}
