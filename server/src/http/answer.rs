//! The answer of a call.

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use medlane_shared::api::Call;

use super::Refusal;

/// The answer of the call `C`: its body, and headers such as cookies.
#[derive(Debug)]
pub struct CallAnswer<C: Call> {
    body: C::Response,
    headers: HeaderMap,
}

/// The result of the handler of the call `C`.
pub type Reply<C> = Result<CallAnswer<C>, Refusal>;

impl<C: Call> CallAnswer<C> {
    /// The answer with this body.
    #[must_use]
    pub fn of(body: C::Response) -> Self {
        Self { body, headers: HeaderMap::new() }
    }

    /// The same answer with these headers: cookies, or the name of a file.
    #[must_use]
    pub fn with(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }
}

impl<C: Call> IntoResponse for CallAnswer<C> {
    fn into_response(self) -> Response {
        (self.headers, Json(self.body)).into_response()
    }
}
