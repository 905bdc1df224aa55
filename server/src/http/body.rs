//! Reads bodies and queries of requests, and names each field that does not have its shape.

use std::{str::FromStr, sync::Arc, time::Duration};

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use medlane_shared::fault::{Code, Fault, FieldCode, FieldFault};
use serde::de::DeserializeOwned;
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

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body of a call that changes something, with its idempotency.
#[derive(Debug)]
pub struct Asked<T> {
    /// The body.
    pub body: T,
    /// The request's `Idempotency-Key`, if it has one: the call then takes effect once.
    pub once: Once,
}

/// A query.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// Reads a JSON body with a limit of its own. For a handler that reads a large body only after it knows the caller.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::RequestSlow`], [`Code::Malformed`], [`Code::UnsupportedMedia`].
pub async fn body_of<T: DeserializeOwned + ToSchema>(
    app: &App,
    request: Request,
    max_bytes: usize,
) -> Result<T, Fault> {
    parse(app, &bytes_of(app, request, max_bytes).await?)
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
fn parse<T: DeserializeOwned + ToSchema>(app: &App, bytes: &[u8]) -> Result<T, Fault> {
    // A missing body counts as an empty object: all fields of a type may be optional.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut value: Value = serde_json::from_slice(bytes).map_err(|_| unread("."))?;
    // Read the bytes if possible: a `Value` has lost a field that occurs twice.
    if shape::hold::<T>(&mut value, app.core.now())? {
        return serde_path_to_error::deserialize(value).map_err(|error| unread(&error.path().to_string()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| unread(&error.path().to_string()))
}

fn unread(path: &str) -> Fault {
    Fault::new(Code::Malformed).field(path, FieldCode::Form)
}

impl<T: DeserializeOwned + ToSchema> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        Ok(Self(parse(app, &bytes_of(app, request, BODY_MAX_BYTES).await?)?))
    }
}

impl<T: DeserializeOwned + ToSchema> FromRequest<Arc<App>> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
        let bytes = bytes_of(app, Request::from_parts(parts, body), BODY_MAX_BYTES).await?;
        let body = parse(app, &bytes)?;
        Ok(Self { body, once: caller.once(&[method.as_bytes(), path.as_bytes(), &bytes]) })
    }
}

impl<T: DeserializeOwned + ToSchema> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let value = shape::query::<T>(pairs, app.core.now())?;
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
