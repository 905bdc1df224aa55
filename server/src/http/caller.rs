//! The caller of a request.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, MatchedPath},
    http::{HeaderMap, header, request::Parts},
};
use medlane_shared::{
    access::Actor,
    api::CALLS,
    fault::{Code, Fault, FieldCode, FieldFault},
    identity::CONFIRM_HEADER,
    ids::PersonId,
    shape,
};
use utoipa::ToSchema;

use super::{Refusal, address::address, denied::Trace, session_needed::is_needed};
use crate::{
    app::App,
    network::network,
    writer::{By, Once},
};

/// The path at which sockets are opened.
pub const SOCKET: &str = "/api/v1/sync";

/// The most characters of a program's own description that are stored.
const AGENT_MAX_CHARS: usize = 200;

/// The caller of a request, with the circumstances.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person, device, or nobody.
    pub actor: Actor,
    /// The address that the request comes from.
    pub ip: Option<IpAddr>,
    if_match: Option<i64>,
    key: Option<String>,
    trace: Option<Trace>,
    confirmed: bool,
}

impl Caller {
    /// The caller's network, as limits count it.
    #[must_use]
    pub fn counted(&self) -> String {
        self.ip.map(|ip| network(ip).to_string()).unwrap_or_default()
    }

    /// Counts a request whose token is not valid, for its address and call. A request with a valid token is not counted so.
    ///
    /// # Errors
    /// [`Code::RateLimited`] if the address has too many of them.
    pub fn stranger(&self, app: &App, call: &'static str) -> Result<(), Fault> {
        app.limits.stranger((self.ip, call), &app.config.limits, app.core.now())
    }

    /// Names the patient whom the request concerns, so that the audit entry of a refusal names them.
    pub fn about(&self, patient: PersonId) {
        if let Some(trace) = &self.trace {
            trace.about(patient);
        }
    }

    /// The caller, in the form that operations take.
    #[must_use]
    pub fn by(&self, once: Once) -> By {
        By { actor: self.actor.clone(), ip: self.ip, once, confirmed: self.confirmed }
    }

    /// The idempotency of this request: with its `Idempotency-Key`, if it has one, it takes effect once.
    pub(super) fn once(&self, asked: &[&[u8]]) -> Once {
        self.key.as_ref().map_or(Once::No, |key| Once::key(&self.actor, key, asked))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let actor = match bearer(&parts.headers)? {
            Some(token) => Actor::Known((app.asks.known)(&app.core, token)?),
            None => Actor::Anonymous { clinic: clinic_of(parts, app)? },
        };
        let proof = parts.headers.get(CONFIRM_HEADER).and_then(|value| value.to_str().ok());
        // An expired proof counts as no proof. The operation then says what it needs.
        let confirmed = match &actor {
            Actor::Known(known) => proof.is_some_and(|proof| (app.asks.confirmed)(&app.core, proof, known)),
            _ => false,
        };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let ip = peer.map(|peer| address(peer, &parts.headers, &app.config.http.proxies));
        // Sockets have places instead of a count: see `Doors`.
        if matched(parts).is_none_or(|path| path != SOCKET) {
            app.limits.count(&actor, (ip, call_of(parts)), &app.config.limits, app.core.now())?;
        }
        let trace = parts.extensions.get::<Trace>().cloned();
        if let Some(trace) = &trace {
            trace.by(By { actor: actor.clone(), ip, once: Once::No, confirmed: false });
        }
        if matches!(actor, Actor::Anonymous { .. }) && is_needed(parts) {
            return Err(Code::SignedOut.into());
        }
        let key = shaped::<shape::IdempotencyKey>(&parts.headers, "Idempotency-Key")?;
        let if_match = shaped::<shape::IfMatch>(&parts.headers, "If-Match")?;
        let version = |text: &str| text.trim_start_matches("W/").trim_matches('"').parse().ok();
        let (if_match, key) = (if_match.and_then(version), key.map(str::to_owned));
        let caller = Self { actor, ip, if_match, key, trace, confirmed };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// The version that the caller of a versioned call saw, from `If-Match`.
#[derive(Debug, Clone, Copy)]
pub struct SeenVersion(pub Option<i64>);

impl FromRequestParts<Arc<App>> for SeenVersion {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        Ok(Self(Caller::from_request_parts(parts, app).await?.if_match))
    }
}

fn matched(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The name of the request's call; empty if the table of calls does not have it.
fn call_of(parts: &Parts) -> &'static str {
    let path = matched(parts).unwrap_or_default();
    let call = CALLS.iter().find(|call| call.path == path && call.method.text() == parts.method.as_str());
    call.map_or("", |call| call.name)
}

/// A header with a shape; `None` if the request has no such header.
fn shaped<'a, T: ToSchema>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Fault> {
    let wrong = |why: FieldFault| Fault::new(Code::Malformed).field(name, why);
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().map_err(|_| wrong(FieldCode::Form.into()))?;
    super::shape::header::<T>(text).map_err(wrong)?;
    Ok(Some(text))
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
    token.map(Some).ok_or_else(|| Code::TokenInvalid.into())
}

fn clinic_of(parts: &Parts, app: &App) -> Result<medlane_shared::ids::ClinicId, Fault> {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    Ok(app.core.clinics.of_host(name)?.id)
}

/// The kind of program that calls. A browser keeps its refresh token in a cookie that no script can read.
#[derive(Debug, Clone)]
pub struct Client {
    /// Whether it is a browser: then it sends the origin of its page.
    pub is_browser: bool,
    /// The program's own description of itself.
    pub agent: Option<String>,
    cookies: Option<String>,
}

impl Client {
    /// The value of a cookie.
    ///
    /// It is read by hand: the names and values of our cookies are plain, so nothing is quoted or escaped. The crate `cookie`
    /// would add a calendar for dates that our cookies do not have.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies(name).find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The names and values of the cookies whose names start with `prefix`.
    pub fn cookies(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.cookies.as_deref().unwrap_or_default().split(';');
        let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(move |(key, _)| key.starts_with(prefix))
    }
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let site = header("sec-fetch-site");
        let origin = header(header::ORIGIN.as_str());
        let is_browser = site.is_some() || origin.is_some();
        let host = header(header::HOST.as_str()).unwrap_or_default();
        let own = |origin: &str| {
            origin.split_once("://").is_some_and(|(_, of)| of == host)
                || app.config.http.origins.iter().any(|allowed| allowed == origin)
        };
        if origin.is_some_and(|origin| !own(origin)) || site.is_some_and(|site| site == "cross-site") {
            return Err(Code::OriginRefused.into());
        }
        let agent = header(header::USER_AGENT.as_str());
        let agent = agent.map(|agent| agent.chars().take(AGENT_MAX_CHARS).collect());
        Ok(Self { is_browser, agent, cookies: header(header::COOKIE.as_str()).map(str::to_owned) })
    }
}
