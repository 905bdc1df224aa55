//! Tokens: a short-lived JWT for access, an opaque one for its renewal.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use medlane_shared::{
    access::{Known, Role, Who},
    fault::{Code, Fault},
    identity::Face,
    ids::{BranchId, ClinicId, DeviceId, PersonId, SessionId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{app::Core, keys::mac};

/// What kind of token it is: no other kind is taken in its place.
const TYPE: &str = "access";
/// The key that signed it.
const KEY_ID: &str = "1";

/// What an access token says.
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
}

/// Signs an access token.
///
/// # Errors
/// [`Code::Internal`] when signing fails.
pub fn access(core: &Core, known: &Known, face: Face, lives_s: u32) -> Result<String, Fault> {
    let now = core.now().ms() / 1_000;
    let (sub, dev) = match known.who {
        Who::Person(person) => (Some(person), None),
        Who::Device(device) => (None, Some(device)),
    };
    let claims = Claims {
        typ: TYPE.to_owned(),
        aud: face,
        exp: now + i64::from(lives_s),
        nbf: now,
        sid: known.session,
        cid: known.clinic,
        role: known.role,
        sub,
        dev,
        branches: known.branches.clone(),
    };
    let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::HS256) };
    encode(&header, &claims, &EncodingKey::from_secret(&core.keys.access[..]))
        .map_err(|_| Code::Internal.into())
}

/// Who an access token says, if it is ours, in time, and its session has not ended.
///
/// # Errors
/// [`Code::TokenInvalid`], [`Code::TokenExpired`], [`Code::SignedOut`].
pub fn known(core: &Core, token: &str, face: Option<Face>) -> Result<Known, Fault> {
    let mut rules = Validation::new(Algorithm::HS256);
    // Time is checked below, by the server's clock.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.set_required_spec_claims(&["exp", "nbf", "aud"]);
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(&core.keys.access[..]), &rules)
        .map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Code::TokenExpired,
            _ => Code::TokenInvalid,
        })?
        .claims;
    let now = core.now().ms() / 1_000;
    if claims.typ != TYPE || face.is_some_and(|face| face != claims.aud) || claims.nbf > now + 1 {
        return Err(Code::TokenInvalid.into());
    }
    if claims.exp <= now {
        return Err(Code::TokenExpired.into());
    }
    let clinic = core.clinics.get(claims.cid).map_err(|_| Code::TokenInvalid)?;
    if clinic.session_ended(claims.sid) {
        return Err(Code::SignedOut.into());
    }
    let who = match (claims.sub, claims.dev) {
        (Some(person), None) => Who::Person(person),
        (None, Some(device)) => Who::Device(device),
        _ => return Err(Code::TokenInvalid.into()),
    };
    Ok(Known { clinic: claims.cid, session: claims.sid, who, role: claims.role, branches: claims.branches })
}

/// The refresh token of a session at a count: each follows from the server's key alone, so that two requests with the
/// same predecessor get the same successor.
#[must_use]
pub fn refresh(core: &Core, session: SessionId, counter: i64) -> String {
    let place = [&session.0.as_bytes()[..], &counter.to_be_bytes()].concat();
    let proof = mac(&core.keys.refresh, &place);
    BASE64_URL_SAFE_NO_PAD.encode([&place[..], &proof].concat())
}

/// The session and count of a refresh token that we made.
#[must_use]
pub fn refresh_place(core: &Core, token: &str) -> Option<(SessionId, i64)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (session, rest) = bytes.split_first_chunk::<16>()?;
    let (counter, proof) = rest.split_first_chunk::<8>()?;
    let own = mac(&core.keys.refresh, &bytes[..24]);
    let differs = own.iter().zip(proof).fold(0, |sum, (a, b)| sum | (a ^ b));
    let ours = proof.len() == own.len() && differs == 0;
    ours.then(|| (SessionId(Uuid::from_bytes(*session)), i64::from_be_bytes(*counter)))
}

/// When something ends.
#[must_use]
pub fn ends(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus_ms(seconds.saturating_mul(1_000))
}
