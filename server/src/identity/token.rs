//! Tokens: a short-lived JWT for access, and an opaque token for its renewal.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use medlane_shared::{
    access::{Known, Role, Who},
    fault::{Code, Fault},
    identity::{CONFIRM_S, Face, MFA_STEP_S},
    ids::{BranchId, ClinicId, DeviceId, PersonId, SessionId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{factor::HalfSignIn, mark::PasswordMark};
use crate::{
    engine::Core,
    identity::{Devices, Guardians, Sessions, Signing, keys},
    keys::{mac, same},
};

/// The kind of a token. A token is valid for its own kind only, and each kind has keys of its own.
const ACCESS: &str = "access";
/// A sign-in whose password was right, before the second factor.
const STEP: &str = "mfa";
/// A proof that the caller has confirmed their identity.
const CONFIRM: &str = "confirm";
/// A token that renews a session.
const REFRESH: &str = "refresh";
/// The longest lifetime of an access token in seconds, whatever is configured.
const ACCESS_MAX_S: i64 = 3_600;
/// How far a token's time may be ahead, in seconds, because nodes' clocks differ.
const AHEAD_S: i64 = 1;

/// The claims of an access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    typ: String,
    aud: Face,
    exp: i64,
    nbf: i64,
    sid: SessionId,
    cid: ClinicId,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dev: Option<DeviceId>,
    branches: Vec<BranchId>,
    /// When the session ends however often it is renewed, in Unix seconds; `None` for a device's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<i64>,
}

/// The claims of a step token.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StepClaims {
    typ: String,
    aud: Face,
    exp: i64,
    nbf: i64,
    cid: ClinicId,
    role: Role,
    sub: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    dev: Option<DeviceId>,
    /// The password that was right. Tokens of earlier releases do not name it; they count no more.
    #[serde(default)]
    pwd: Option<PasswordMark>,
}

/// Signs with the clinic's present key for this kind of token.
fn sign(core: &Core, kind: &str, clinic: ClinicId, claims: &impl Serialize) -> Result<String, Fault> {
    let generation = core.clinics.get(clinic)?.state::<Signing>().generation;
    let header = Header { kid: Some(format!("{clinic}.{generation}")), ..Header::new(Algorithm::HS256) };
    let key = keys::token(&core.root, kind, clinic, generation);
    encode(&header, claims, &EncodingKey::from_secret(&key[..])).map_err(|_| Code::Internal.into())
}

/// The claims of a token of this kind, if a valid key signed it. The times are not checked here.
fn read<T: DeserializeOwned + Clone>(core: &Core, kind: &str, lives_s: i64, token: &str) -> Result<T, Fault> {
    let invalid = || Fault::new(Code::TokenInvalid);
    let named = decode_header(token).ok().and_then(|header| header.kid).ok_or_else(invalid)?;
    let (clinic, generation) = named.split_once('.').ok_or_else(invalid)?;
    let (clinic, generation) = clinic.parse().ok().zip(generation.parse().ok()).ok_or_else(invalid)?;
    let signing = core.clinics.get(clinic).map_err(|_| invalid())?.state::<Signing>();
    if !signing.accepts(generation, core.now(), lives_s) {
        return Err(invalid());
    }
    let mut rules = Validation::new(Algorithm::HS256);
    // Times are checked later, by the server's clock.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.set_required_spec_claims(&["exp", "nbf", "aud"]);
    let key = keys::token(&core.root, kind, clinic, generation);
    let read = decode::<T>(token, &DecodingKey::from_secret(&key[..]), &rules).map_err(|_| invalid())?;
    Ok(read.claims)
}

/// Signs an access token.
///
/// # Errors
/// [`Code::Internal`] when signing fails.
pub fn access(
    core: &Core,
    known: &Known,
    face: Face,
    lives_s: u32,
    end: Option<Timestamp>,
) -> Result<String, Fault> {
    let now = core.now().ms() / 1_000;
    let (sub, dev) = match known.who {
        Who::Person(person) => (Some(person), known.device),
        Who::Device(device) => (None, Some(device)),
    };
    let claims = Claims {
        typ: ACCESS.to_owned(),
        aud: face,
        exp: now + i64::from(lives_s),
        nbf: now,
        sid: known.session,
        cid: known.clinic,
        role: known.role,
        sub,
        dev,
        branches: known.branches.clone(),
        end: end.map(|end| end.ms() / 1_000),
    };
    sign(core, ACCESS, known.clinic, &claims)
}

/// The caller of an access token, if this server issued it, it is valid now, and its session has not ended.
///
/// # Errors
/// [`Code::TokenInvalid`], [`Code::TokenExpired`], [`Code::SignedOut`], [`Code::DeviceLocked`],
/// [`Code::DeviceRevoked`].
pub fn known(core: &Core, token: &str, face: Option<Face>) -> Result<Known, Fault> {
    known_until(core, token, face).map(|(known, _)| known)
}

/// Like [`known`], with the time at which the session ends.
///
/// # Errors
/// As [`known`].
pub fn known_until(
    core: &Core,
    token: &str,
    face: Option<Face>,
) -> Result<(Known, Option<Timestamp>), Fault> {
    let claims: Claims = read(core, ACCESS, ACCESS_MAX_S, token)?;
    let now = core.now().ms() / 1_000;
    if claims.typ != ACCESS || face.is_some_and(|face| face != claims.aud) || claims.nbf > now + AHEAD_S {
        return Err(Code::TokenInvalid.into());
    }
    if claims.exp <= now {
        return Err(Code::TokenExpired.into());
    }
    let clinic = core.clinics.get(claims.cid).map_err(|_| Code::TokenInvalid)?;
    if let Some(bar) = claims.dev.and_then(|device| clinic.with(|devices: &Devices| devices.bar(device))) {
        return Err(bar.into());
    }
    if clinic.with(|sessions: &Sessions| sessions.has_ended(claims.sid)) {
        return Err(Code::SignedOut.into());
    }
    let who = match (claims.sub, claims.dev) {
        (Some(person), _) => Who::Person(person),
        (None, Some(device)) => Who::Device(device),
        (None, None) => return Err(Code::TokenInvalid.into()),
    };
    let end = claims.end.map(|s| Timestamp::from_ms(s.saturating_mul(1_000)));
    let known = Known {
        clinic: claims.cid,
        session: claims.sid,
        who,
        device: claims.dev,
        dependants: claims.sub.filter(|_| claims.role == Role::Patient).map_or_else(
            || [].into(),
            |person| clinic.with(|guardians: &Guardians| guardians.dependants(person)),
        ),
        role: claims.role,
        branches: claims.branches,
    };
    Ok((known, end))
}

/// The claims of a proof that the caller has confirmed their identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ConfirmClaims {
    typ: String,
    aud: Face,
    exp: i64,
    nbf: i64,
    cid: ClinicId,
    sid: SessionId,
}

/// Signs a proof that the person of a session has just confirmed their identity. It is valid only together with that
/// session.
///
/// # Errors
/// [`Code::Internal`] when signing fails.
pub fn confirm(core: &Core, clinic: ClinicId, session: SessionId) -> Result<String, Fault> {
    let now = core.now().ms() / 1_000;
    let claims = ConfirmClaims {
        typ: CONFIRM.to_owned(),
        // Every kind of token names a face, but this one is not checked.
        aud: Face::default(),
        exp: now + i64::from(CONFIRM_S),
        nbf: now,
        cid: clinic,
        sid: session,
    };
    sign(core, CONFIRM, clinic, &claims)
}

/// Whether a proof belongs to this session and is still valid.
#[must_use]
pub fn confirmed(core: &Core, token: &str, known: &Known) -> bool {
    let now = core.now().ms() / 1_000;
    let claims = read::<ConfirmClaims>(core, CONFIRM, i64::from(CONFIRM_S), token);
    claims.is_ok_and(|claims| {
        claims.typ == CONFIRM
            && claims.cid == known.clinic
            && claims.sid == known.session
            && claims.nbf <= now + AHEAD_S
            && claims.exp > now
    })
}

/// Signs a token that stands for a right password until the second factor arrives.
///
/// # Errors
/// [`Code::Internal`] when signing fails.
pub fn step(core: &Core, step: &HalfSignIn) -> Result<String, Fault> {
    let now = core.now().ms() / 1_000;
    let claims = StepClaims {
        typ: STEP.to_owned(),
        aud: step.face,
        exp: now + i64::from(MFA_STEP_S),
        nbf: now,
        cid: step.clinic,
        role: step.role,
        sub: step.person,
        dev: step.device,
        pwd: Some(step.password),
    };
    sign(core, STEP, step.clinic, &claims)
}

/// The sign-in of a step token.
///
/// # Errors
/// [`Code::TokenInvalid`], [`Code::TokenExpired`].
pub fn stepped(core: &Core, token: &str) -> Result<HalfSignIn, Fault> {
    let claims: StepClaims = read(core, STEP, i64::from(MFA_STEP_S), token)?;
    let now = core.now().ms() / 1_000;
    if claims.typ != STEP || claims.nbf > now + AHEAD_S {
        return Err(Code::TokenInvalid.into());
    }
    if claims.exp <= now {
        return Err(Code::TokenExpired.into());
    }
    if let Some(bar) =
        claims.dev.and_then(|device| core.clinics.get(claims.cid).ok()?.state::<Devices>().bar(device))
    {
        return Err(bar.into());
    }
    let password = claims.pwd.ok_or(Code::TokenExpired)?;
    let (person, device) = (claims.sub, claims.dev);
    Ok(HalfSignIn { clinic: claims.cid, person, role: claims.role, face: claims.aud, device, password })
}

/// The contents of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshPlace {
    /// The session.
    pub session: SessionId,
    /// How often the session had been renewed.
    pub counter: i64,
    /// The generation of the key that made it. `None` for a token of an earlier release; the session's row has it
    /// then.
    pub generation: Option<i64>,
}

/// The length of a token before its proof: session, count and generation, in bytes.
const PLACE: usize = 32;
/// The length of the proof (HMAC-SHA-256), in bytes.
const PROOF: usize = 32;
/// [`PLACE`] in tokens of earlier releases, which have no generation.
const PLACE_BEFORE: usize = 24;

/// The refresh token of a session at a count. It depends only on the key of its generation, so that two requests with
/// the same token get the same successor.
#[must_use]
pub fn refresh(core: &Core, clinic: ClinicId, session: SessionId, counter: i64, generation: i64) -> String {
    let place = [&session.0.as_bytes()[..], &counter.to_be_bytes(), &generation.to_be_bytes()].concat();
    let proof = mac(&keys::token(&core.root, REFRESH, clinic, generation), &place);
    BASE64_URL_SAFE_NO_PAD.encode([&place[..], &proof].concat())
}

/// The contents of a refresh token, if this server made it for this clinic.
#[must_use]
pub fn refresh_place(core: &Core, clinic: ClinicId, token: &str) -> Option<RefreshPlace> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (session, rest) = bytes.split_first_chunk::<16>()?;
    let (counter, rest) = rest.split_first_chunk::<8>()?;
    let (session, counter) = (SessionId(Uuid::from_bytes(*session)), i64::from_be_bytes(*counter));
    let place = |generation| RefreshPlace { session, counter, generation };
    if let Some((generation, proof)) = rest.split_first_chunk::<8>()
        && proof.len() == PROOF
    {
        let generation = i64::from_be_bytes(*generation);
        let own = mac(&keys::token(&core.root, REFRESH, clinic, generation), &bytes[..PLACE]);
        return same(&own, proof).then(|| place(Some(generation)));
    }
    same(&mac(&keys::refresh(&core.root), &bytes[..PLACE_BEFORE]), rest).then(|| place(None))
}

/// The time `seconds` after `now`.
#[must_use]
pub fn ends(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus_ms(seconds.saturating_mul(1_000))
}
