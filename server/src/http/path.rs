//! The parameters of a path.

use axum::{extract::FromRequestParts, http::request::Parts};
use medlane_shared::fault::Code;
use serde::de::DeserializeOwned;

use super::Refusal;

/// The parameters of a path. If one cannot be a valid id, the request is refused with "not found".
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(named)| Self(named)).map_err(|_| Code::NotFound.into())
    }
}
