//! Duplicates over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Action, Grant},
    api,
    clinic::Page,
    fault::{Code, Fault},
    identity::{Decided, Duplicate, PersonView},
    ids::PersonId,
};

use super::{
    likeness::{Traits, likeness},
    ops::{Distinct, DistinctEnd, Merge, Unmerge, allowed},
    store,
};
use crate::{
    app::App,
    attempts::{Guess, by_address},
    http::{
        Asked, CallAnswer, Caller, Path, PathPair, Query, Reply, Routes, page_before, page_limit, page_of,
    },
    identity::{accounts::store::person_by_id, shown},
    writer::{Entry, Noted, Once},
};

/// The most pairs in one answer; the most certain ones are kept.
const SHOWN: usize = 50;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ListDuplicates, list)
        .on(api::ListDecided, decided)
        .on(api::MergePeople, merge)
        .on(api::UnmergePerson, unmerge)
        .on(api::TellApart, distinct)
        .on(api::UntellApart, distinct_end)
}

async fn person(app: &App, grant: &Grant, id: PersonId) -> Result<PersonView, Fault> {
    let person = person_by_id(&mut app.core.read().await?, grant, id).await;
    person.map_err(|error| app.core.broken(&error))?.ok_or_else(|| Code::NotFound.into())
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListDuplicates> {
    let grant = allowed(&caller.actor)?;
    let clinic = caller.actor.clinic();
    let pairs = store::pair_list(&mut app.core.read().await?, &grant).await;
    let pairs = pairs.map_err(|error| app.core.broken(&error))?;
    let mut found: Vec<(PersonId, PersonId, Vec<_>, u8)> = pairs
        .iter()
        .filter_map(|pair| {
            let a = Traits { name: &pair.a_name, birth_date: pair.a_birth.as_deref(), phone: None };
            let b = Traits { name: &pair.b_name, birth_date: pair.b_birth.as_deref(), phone: None };
            let (alike, score) = likeness(&a, &b)?;
            Some((pair.a_id.parse().ok()?, pair.b_id.parse().ok()?, alike, score))
        })
        .collect();
    found.sort_by(|one, other| other.3.cmp(&one.3).then(other.1.cmp(&one.1)));
    let mut items = Vec::new();
    for (first, second, alike, score) in found.into_iter().take(SHOWN) {
        let (first, second) = (person(&app, &grant, first).await?, person(&app, &grant, second).await?);
        items.push(Duplicate { first, second, alike, score });
    }
    let pairs = items.iter().flat_map(|pair| [pair.first.id, pair.second.id]);
    let entry = Entry::new("people.duplicates", format!("clinic:{clinic}")).shown(pairs);
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items, next: None }))
}

async fn decided(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ListDecided>,
) -> Reply<api::ListDecided> {
    let grant = allowed(&caller.actor)?;
    let skip: i64 = page_before(query.cursor.as_deref())?.unwrap_or_default();
    let (clinic, limit) = (caller.actor.clinic(), page_limit(query.limit)?);
    let rows = store::decision_list(&mut app.core.read().await?, &grant, skip, limit + 1).await;
    let rows = rows.map_err(|error| app.core.broken(&error))?;
    let (rows, next) = page_of(rows, limit, |_| (skip + limit).to_string());
    let mut items = Vec::new();
    for row in rows {
        let (first, second) =
            (person(&app, &grant, row.first).await?, person(&app, &grant, row.second).await?);
        items.push(Decided { verdict: row.verdict, at: row.at, first, second });
    }
    let pairs = items.iter().flat_map(|pair| [pair.first.id, pair.second.id]);
    let entry = Entry::new("people.duplicates", format!("clinic:{clinic}")).shown(pairs);
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items, next }))
}

async fn merge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Asked { body: request, once }: Asked<api::MergePeople>,
) -> Reply<api::MergePeople> {
    let grant = allowed(&caller.actor)?;
    let op = Merge { id, request, tries: by_address(&app, &caller.by(Once::No), Guess::Code) };
    let id = shown::run(&app, caller.by(once), Action::PatientMerge, op).await??;
    Ok(CallAnswer::of(person(&app, &grant, id).await?))
}

async fn unmerge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Asked { body: request, once }: Asked<api::UnmergePerson>,
) -> Reply<api::UnmergePerson> {
    let grant = allowed(&caller.actor)?;
    let op = Unmerge { id, version: request.version };
    let id = shown::run(&app, caller.by(once), Action::PatientMerge, op).await?;
    Ok(CallAnswer::of(person(&app, &grant, id).await?))
}

async fn distinct(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Asked { body: request, once }: Asked<api::TellApart>,
) -> Reply<api::TellApart> {
    app.writer.run(caller.by(once), Distinct(id, request.other_id)).await?;
    Ok(CallAnswer::of(()))
}

async fn distinct_end(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPair(id, other): PathPair<PersonId, PersonId>,
    Asked { once, .. }: Asked<api::UntellApart>,
) -> Reply<api::UntellApart> {
    app.writer.run(caller.by(once), DistinctEnd(id, other)).await?;
    Ok(CallAnswer::of(()))
}
