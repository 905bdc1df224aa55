//! The answers that begin or describe a session: its tokens, its cookies, and its caller.

use axum::http::{HeaderMap, HeaderValue, header};
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, Who, may},
    api::Call,
    fault::{Code, Fault},
    identity::{Face, Me, Tokens},
    ids::{ClinicId, PersonId, SessionId},
};

use super::known;
use crate::{
    app::App,
    db::Conn,
    engine::{Clinic, Core},
    http::{CallAnswer, Caller, Client, Refusal, Reply},
    identity::{
        devices,
        memory::Sessions,
        ops::{Admission, Lives, Refreshed},
        session_store,
        store::{account_by_id, account_held},
        token,
    },
};

/// The configured lifetimes of sessions.
pub(in crate::identity) const fn lives(app: &App) -> Lives {
    let identity = &app.config.identity;
    Lives { idle_s: identity.refresh_s, patient_s: identity.patient_s, staff_s: identity.staff_s }
}

/// The configured start of a person's session.
pub(in crate::identity) fn admission(app: &App, client: &Client) -> Admission {
    Admission {
        lives: lives(app),
        patient_sessions: app.config.identity.patient_sessions,
        agent: client.agent.clone(),
        device: None,
    }
}

/// The session's tokens. A browser gets the refresh token as a cookie.
pub(in crate::identity) async fn answer(
    app: &App,
    clinic: ClinicId,
    begun: Refreshed,
    face: Face,
    client: &Client,
) -> Result<(HeaderMap, Tokens), Refusal> {
    let mut conn = app.core.read().await?;
    let session = session_store::session_by_id(&mut conn, clinic, begun.session).await;
    let session = session.map_err(|error| app.core.broken(&error))?.ok_or(Code::SignedOut)?;
    let who = match (session.person, session.device) {
        (Some(person), _) => Who::Person(person),
        (_, Some(device)) => Who::Device(device),
        _ => return Err(Code::Internal.into()),
    };
    let (device, role) = (session.device, session.role);
    let dependants = [].into();
    let known = Known { clinic, session: session.id, who, device, dependants, role, branches: Vec::new() };
    let me = describe(app, &mut conn, known.clone()).await?;
    let known = Known { branches: me.branches.clone(), ..known };
    let now = app.core.now();
    let last = lives(app).last(session.role, session.created_at);
    // An access token must not outlive its session.
    let left_s = last.map_or(i64::MAX, |last| last.since_ms(now) / 1_000);
    let left_s = u32::try_from(left_s.max(0)).unwrap_or(u32::MAX);
    let lives_s = app.config.identity.access_s.min(left_s);
    let refresh = token::refresh(&app.core, clinic, begun.session, begun.counter, begun.generation);
    let mut tokens = Tokens {
        access_token: token::access(&app.core, &known, face, lives_s, last)?,
        expires_in_s: lives_s,
        refresh_token: None,
        me,
    };
    if !client.is_browser {
        tokens.refresh_token = Some(refresh);
        return Ok((HeaderMap::new(), tokens));
    }
    let mut headers = cookie(face, &refresh, app.config.identity.refresh_s)?;
    if let Some(person) = session.person.filter(|_| begun.counter == 0) {
        know(app, &mut conn, (clinic, person), client, &mut headers).await?;
    }
    Ok((headers, tokens))
}

/// Sets the cookie that marks this browser as known.
///
/// # Errors
/// [`Code::Internal`].
pub(in crate::identity) async fn know(
    app: &App,
    conn: &mut Conn,
    (clinic, person): (ClinicId, PersonId),
    client: &Client,
    headers: &mut HeaderMap,
) -> Result<(), Fault> {
    let account = account_by_id(conn, clinic, person).await.map_err(|error| app.core.broken(&error))?;
    if let Some(password) = account.and_then(|account| account.password).filter(|_| client.is_browser) {
        for known in known::cookies(&app.core, client, person, &password, app.core.now())? {
            headers.append(header::SET_COOKIE, known);
        }
    }
    Ok(())
}

/// [`answer`] as the response of a call that gives tokens.
pub(in crate::identity) async fn respond<C: Call<Response = Tokens>>(
    app: &App,
    clinic: ClinicId,
    begun: Refreshed,
    face: Face,
    client: &Client,
) -> Reply<C> {
    let (headers, tokens) = answer(app, clinic, begun, face, client).await?;
    Ok(CallAnswer::of(tokens).with(headers))
}

/// The name of the cookie with a face's refresh token.
pub(in crate::identity) fn cookie_name(face: Face) -> String {
    format!("__Host-medlane-{}", face.text())
}

/// Sets a face's cookie. It is written by hand, as [`Client::cookie`] reads it.
pub(in crate::identity) fn cookie(face: Face, value: &str, lives_s: i64) -> Result<HeaderMap, Fault> {
    let text = format!(
        "{}={value}; Path=/; Max-Age={lives_s}; Secure; HttpOnly; SameSite=Strict",
        cookie_name(face)
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(|_| Code::Internal)?);
    Ok(headers)
}

/// The caller of a session, with the facts that may have changed since it began.
async fn describe(app: &App, conn: &mut Conn, known: Known) -> Result<Me, Fault> {
    let actor = Actor::Known(known.clone());
    let grant = may(&actor, Action::SelfRead, &Resource::default().of(actor.person()))?;
    let clinic = app.core.clinics.get(known.clinic)?;
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let plain = Me {
        clinic_id: clinic.id,
        clinic_name: clinic.name.clone(),
        session_id: known.session,
        person_id: None,
        device_id: None,
        name: String::new(),
        email: None,
        role: known.role,
        roles: vec![known.role],
        branches: known.branches,
        language: None,
        gender: None,
        birth_date: None,
        record_number: None,
        ends_at: None,
    };
    match known.who {
        Who::Person(person) => {
            let account = account_held(conn, &grant, person).await.map_err(broken)?;
            let account = account.filter(|account| !account.suspended && account.roles.contains(&known.role));
            let account = account.ok_or(Code::SignedOut)?;
            let session =
                session_store::session_by_id(conn, clinic.id, known.session).await.map_err(broken)?;
            Ok(Me {
                ends_at: session.and_then(|session| lives(app).last(known.role, session.created_at)),
                person_id: Some(person),
                name: account.name,
                email: account.email,
                roles: account.roles,
                branches: account.branches,
                language: account.language,
                gender: account.gender,
                birth_date: account.birth_date.filter(|_| known.role == Role::Patient),
                record_number: account.record_number,
                ..plain
            })
        }
        Who::Device(device) => {
            let found = devices::store::device_by_id(conn, clinic.id, device).await.map_err(broken)?;
            let found = found.filter(|device| !device.revoked).ok_or(Code::DeviceRevoked)?;
            Ok(Me { device_id: Some(device), name: found.name, branches: vec![found.branch], ..plain })
        }
    }
}

/// The session of a browser's refresh cookie, if the cookie is valid and the session did not end lately. The database is not
/// asked.
#[must_use]
pub fn session_shown(core: &Core, clinic: &Clinic, client: &Client) -> Option<SessionId> {
    let faces = [Face::Companion, Face::Doctor, Face::Admin, Face::Kiosk];
    let cookies = faces.iter().filter_map(|face| client.cookie(&cookie_name(*face)));
    let mut places = cookies.filter_map(|token| token::refresh_place(core, clinic.id, token));
    let sessions = clinic.state::<Sessions>();
    places.find(|place| !sessions.has_ended(place.session)).map(|place| place.session)
}

/// The caller of a request as the client shows them.
pub(in crate::identity) async fn described<C: Call<Response = Me>>(app: &App, caller: Caller) -> Reply<C> {
    let Actor::Known(known) = caller.actor else {
        return Err(Code::SignedOut.into());
    };
    let mut conn = app.core.read().await?;
    Ok(CallAnswer::of(describe(app, &mut conn, known).await?))
}
