//! People over REST.

use std::sync::Arc;

use axum::extract::State;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, may},
    api::{self, Call},
    clinic::Page,
    fault::{Code, Fault, Language},
    identity::{KeepRequest, PersonView, RolesRequest, StandingRequest},
    ids::{PersonId, VerificationId},
    notify::Channel,
};

use super::{
    managed::managed_by,
    ops::{Accept, Invite, Link, Promote, Reinvite, Stand},
    store::{self, WantedPeople},
};
use crate::{
    app::App,
    attempts::{Guess, by_address},
    http::{Asked, Body, CallAnswer, Caller, Path, Query, Reply, Routes, page_before, page_limit, page_of},
    identity::{
        contact::{email, name},
        factor::FactorReset,
        passwords::chosen,
        profile::{Keep, avatar_of},
        shown,
    },
    writer::{Entry, Noted, Once},
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ListPeople, list)
        .on(api::InvitePerson, invite)
        .on(api::ReinvitePerson, reinvite)
        .on(api::SetStanding, standing)
        .on(api::SetRoles, roles)
        .on(api::ResetMfa, reset_factor)
        .on(api::GetPersonAvatar, avatar)
        .on(api::KeepPerson, keep)
        .on(api::AcceptInvitation, accept)
}

/// A new link to the page that accepts invitations, at the clinic's configured address. The caller's `Host` header is
/// not used, because it can be forged.
fn link(app: &App, caller: &Caller) -> Result<Link, Fault> {
    if !app.config.reaches(Channel::Email) {
        return Err(Code::SwitchedOff.into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let address = app.config.address_of(clinic.domain.as_deref())?;
    let secret = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>());
    let id = VerificationId::new(app.core.now(), rand::random());
    Ok(Link { id, secret, page: format!("{address}/invited") })
}

async fn view<C: Call<Response = PersonView>>(app: &App, caller: &Caller, id: PersonId) -> Reply<C> {
    let person = managed_by(&mut app.core.read().await?, &caller.actor, id).await;
    Ok(CallAnswer::of(person.map_err(|error| app.core.broken(&error))??.0))
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ListPeople>,
) -> Reply<api::ListPeople> {
    // A manager sees the reception of their own branches.
    let own = match &caller.actor {
        Actor::Known(Known { role: Role::Manager, branches, .. }) => Some(branches.clone()),
        _ => None,
    };
    let grant = match own.as_ref().and_then(|branches| branches.first()) {
        Some(branch) => may(&caller.actor, Action::PeopleManage, &Resource::branch(*branch))?,
        None => may(&caller.actor, Action::PeopleManage, &Resource::clinic())?,
    };
    let limit = page_limit(query.limit)?;
    let before = page_before(query.cursor.as_deref())?;
    let role = if own.is_some() { Some(Role::Reception) } else { query.role };
    let wanted = WantedPeople { q: query.q, role, leaving: query.leaving == Some(true), before };
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let people = store::person_list(&mut app.core.read().await?, &grant, &wanted, limit + 1).await;
    let people = people.map_err(|error| app.core.broken(&error))?;
    let (mut people, next) = page_of(people, limit, |person| person.id.to_string());
    if let Some(own) = own {
        let theirs = |person: &PersonView| person.branches.iter().all(|branch| own.contains(branch));
        people.retain(|person| theirs(person) && person.roles == [Role::Reception]);
    }
    let patients = people.iter().filter(|person| person.roles.contains(&Role::Patient));
    let entry = Entry::new("people.read", format!("clinic:{}", clinic.id));
    let entry = entry.shown(patients.map(|person| person.id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items: people, next }))
}

async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<api::InvitePerson>,
) -> Reply<api::InvitePerson> {
    let op = Invite {
        person: PersonId::new(app.core.now(), rand::random()),
        name: name(&request.name)?,
        email: email(&request.email)?,
        roles: request.roles,
        branches: request.branches,
        language: request.language.as_deref().and_then(Language::from_tag).unwrap_or_default(),
        link: link(&app, &caller)?,
    };
    let id = app.writer.run(caller.by(once), op).await?;
    view(&app, &caller, id).await
}

async fn reinvite(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(person): Path<PersonId>,
) -> Reply<api::ReinvitePerson> {
    let op = Reinvite { person, link: link(&app, &caller)? };
    let id = app.writer.run(caller.by(Once::No), op).await?;
    view(&app, &caller, id).await
}

async fn standing(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(person): Path<PersonId>,
    Asked { body: request, once }: Asked<api::SetStanding>,
) -> Reply<api::SetStanding> {
    let StandingRequest { standing, why, email: address, version } = request;
    let email = address.as_deref().map(email).transpose()?;
    let link = email.as_ref().and_then(|_| link(&app, &caller).ok());
    let op = Stand { person, standing, why, email, link, version };
    let id = shown::run(&app, caller.by(once), Action::PeopleManage, op).await?;
    view(&app, &caller, id).await
}

async fn roles(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(person): Path<PersonId>,
    Asked { body: request, once }: Asked<api::SetRoles>,
) -> Reply<api::SetRoles> {
    let RolesRequest { roles, branches, version } = request;
    let id =
        shown::run(&app, caller.by(once), Action::PeopleManage, Promote { person, roles, branches, version })
            .await?;
    view(&app, &caller, id).await
}

async fn accept(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::AcceptInvitation>,
) -> Reply<api::AcceptInvitation> {
    let op = |password| Accept {
        id: request.invitation_id,
        secret: request.secret.clone(),
        password,
        tries: by_address(&app, &caller.by(Once::No), Guess::Invitation),
    };
    // No password is hashed for an invalid link.
    let looked = app.writer.run(caller.by(Once::No), op(None)).await?.ok_or(Code::CodeExpired)?;
    let hash = chosen(&app, caller.actor.clinic(), &request.password, &[looked.email]).await?;
    let accepted = app.writer.run(caller.by(Once::No), op(Some(hash))).await?;
    Ok(CallAnswer::of(accepted.ok_or(Code::CodeExpired)?))
}

async fn reset_factor(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
) -> Reply<api::ResetMfa> {
    let id = app.writer.run(caller.by(Once::No), FactorReset(id)).await?;
    view(&app, &caller, id).await
}

async fn avatar(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
) -> Reply<api::GetPersonAvatar> {
    let grant = may(&caller.actor, Action::PeopleManage, &Resource::clinic())?;
    let picture = avatar_of(&app.core, &grant, id).await?;
    let person = store::person_by_id(&mut app.core.read().await?, &grant, id).await;
    let person = person.map_err(|error| app.core.broken(&error))?.ok_or(Code::NotFound)?;
    let patient = person.roles.contains(&Role::Patient).then_some(id);
    let entry = Entry::new("avatar.read", format!("person:{id}")).patient(patient);
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(picture))
}

async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(person): Path<PersonId>,
    Asked { body: request, once }: Asked<api::KeepPerson>,
) -> Reply<api::KeepPerson> {
    let KeepRequest { why, version } = request;
    let id = shown::run(&app, caller.by(once), Action::PeopleManage, Keep { person, why, version }).await?;
    view(&app, &caller, id).await
}
