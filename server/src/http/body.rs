//! Reads bodies and queries of requests, and names each field that does not have its shape.

use std::{marker::PhantomData, str::FromStr, sync::Arc, time::Duration};

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use medlane_shared::{
    api::{Call, Repeatable},
    fault::{Code, Fault, FieldCode, FieldFault},
};
use serde_json::Value;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::{Caller, Refusal, shape};
use crate::{app::App, writer::Once};

/// The largest body of a JSON request.
const BODY_MAX_BYTES: usize = 64 * 1024;
/// The lowest speed of a body in bytes per second, beyond the seconds that every body gets.
const SLOWEST: usize = 64 * 1024;
/// Rows of a page if the request names no limit.
const PAGE: u32 = 50;
/// The most rows of a page.
const PAGE_MAX: u32 = 200;

/// The JSON body of a call that is not repeatable.
#[derive(Debug)]
pub struct Body<C: Call>(pub C::Request);

/// The request of a repeatable call: its JSON body, if it has one, and its idempotency.
#[derive(Debug)]
pub struct Asked<C: Repeatable> {
    /// The body.
    pub body: C::Request,
    /// The request's `Idempotency-Key`, if it has one: the call then takes effect once. A repeat has the same method,
    /// path and body; for a call without a request, the same method and path.
    pub once: Once,
}

/// The query of a GET.
#[derive(Debug)]
pub struct Query<C: Call>(pub C::Request);

/// A JSON body that is not read yet. For a handler that reads a large body only after it knows the caller.
#[derive(Debug)]
pub struct Late<C> {
    request: Request,
    call: PhantomData<fn() -> C>,
}

impl<C: Call<Request: ToSchema>> Late<C> {
    /// Reads the body with a limit of its own.
    ///
    /// # Errors
    /// [`Code::TooLarge`], [`Code::RequestSlow`], [`Code::Malformed`], [`Code::UnsupportedMedia`].
    pub async fn read(self, app: &App, max_bytes: usize) -> Result<C::Request, Fault> {
        parse::<C>(app, &bytes_of(app, self.request, max_bytes).await?)
    }
}

async fn bytes_of(app: &App, request: Request, max_bytes: usize) -> Result<Bytes, Fault> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = kind.is_none_or(|kind| kind.split(';').next().unwrap_or(kind).trim() == "application/json");
    let longest_s = u64::from(app.config.http.body_s) + u64::try_from(max_bytes / SLOWEST).unwrap_or(0);
    let bytes = timeout(Duration::from_secs(longest_s), to_bytes(request.into_body(), max_bytes)).await;
    let bytes = bytes.map_err(|_| Code::RequestSlow)?.map_err(|_| Code::TooLarge)?;
    if !is_json && !bytes.is_empty() {
        return Err(Code::UnsupportedMedia.into());
    }
    Ok(bytes)
}

/// Reads a body that has the shape of its type.
fn parse<C: Call<Request: ToSchema>>(app: &App, bytes: &[u8]) -> Result<C::Request, Fault> {
    if !C::SPEC.asks {
        return serde_json::from_value(Value::Null).map_err(|_| unread("."));
    }
    // A missing body counts as an empty object: all fields of a type may be optional.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut value: Value = serde_json::from_slice(bytes).map_err(|_| unread("."))?;
    // Read the bytes if possible: a `Value` has lost a field that occurs twice.
    if shape::hold::<C::Request>(&mut value, app.core.now())? {
        return serde_path_to_error::deserialize(value).map_err(|error| unread(&error.path().to_string()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| unread(&error.path().to_string()))
}

fn unread(path: &str) -> Fault {
    Fault::new(Code::Malformed).field(path, FieldCode::Form)
}

impl<C: Call<Request: ToSchema>> FromRequest<Arc<App>> for Body<C> {
    type Rejection = Refusal;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        Ok(Self(parse::<C>(app, &bytes_of(app, request, BODY_MAX_BYTES).await?)?))
    }
}

impl<C> FromRequest<Arc<App>> for Late<C> {
    type Rejection = Refusal;
    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Refusal> {
        Ok(Self { request, call: PhantomData })
    }
}

impl<C: Repeatable<Request: ToSchema>> FromRequest<Arc<App>> for Asked<C> {
    type Rejection = Refusal;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
        let bytes = if C::SPEC.asks {
            bytes_of(app, Request::from_parts(parts, body), BODY_MAX_BYTES).await?
        } else {
            Bytes::new()
        };
        let body = parse::<C>(app, &bytes)?;
        // A call without a request reads no body, so `bytes` is empty, and method and path alone tell the request.
        Ok(Self { body, once: caller.once(&[method.as_bytes(), path.as_bytes(), &bytes]) })
    }
}

impl<C: Call<Request: ToSchema>> FromRequestParts<Arc<App>> for Query<C> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let value = shape::query::<C::Request>(pairs, app.core.now())?;
        let read = serde_path_to_error::deserialize(value);
        Ok(Self(read.map_err(|error| unread(&error.path().to_string()))?))
    }
}

/// The start of a page, from its cursor.
///
/// # Errors
/// [`Code::Malformed`] if the server did not make the cursor.
pub fn page_before<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>, Fault> {
    let before = cursor.map(str::parse).transpose();
    before.map_err(|_| Fault::new(Code::Malformed).field("cursor", FieldCode::Cursor))
}

/// Makes a page. `rows` was read with one row more than the limit; that row shows whether there is another page.
pub fn page_of<T>(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    (rows, next)
}

/// The number of rows of a page.
///
/// # Errors
/// [`Code::Invalid`] outside of 1 to 200.
pub fn page_limit(asked: Option<u32>) -> Result<i64, Fault> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=PAGE_MAX => Ok(i64::from(limit)),
        _ => Err(Fault::new(Code::Invalid).field("limit", FieldFault::range(1, PAGE_MAX))),
    }
}
