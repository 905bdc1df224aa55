//! A fault as a response, in the caller's language.

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use medlane_shared::fault::{Code, Fault, Language};

use super::request_id;
use crate::said::said;

tokio::task_local! {
    /// The language of the request that is being answered.
    pub(super) static LANGUAGE: Language;
}

/// A fault that a handler returns.
#[derive(Debug)]
pub struct Refusal(pub Fault);

impl<F> From<F> for Refusal
where
    Fault: From<F>,
{
    fn from(fault: F) -> Self {
        Self(fault.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let language = LANGUAGE.try_with(|language| *language).unwrap_or_default();
        let fault = Fault { request_id: request_id::current(), ..said(self.0, language) };
        let code = fault.code;
        let status = StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = fault.retry_after_s.and_then(|s| HeaderValue::from_str(&s.to_string()).ok());
        let mut response = (status, Json(fault)).into_response();
        response.extensions_mut().insert(code);
        if let Some(retry) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, retry);
        }
        response
    }
}

/// The answer to a path that exists, with a method that does not.
pub(super) async fn method_not_allowed() -> Refusal {
    Code::MethodNotAllowed.into()
}

/// The answer to a path of the interface that does not exist.
pub(super) async fn not_found(_request: Request) -> Refusal {
    Code::NotFound.into()
}
