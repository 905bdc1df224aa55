//! The parameters of a path.

use std::str::FromStr;

use axum::{extract::FromRequestParts, http::request::Parts};
use medlane_shared::fault::Code;
use serde::de::DeserializeOwned;

use super::Refusal;

/// The one parameter of a path. If it cannot be a valid id, the request is refused with "not found". `FromStr` rules
/// out a tuple: two parameters are a [`PathPair`].
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The two parameters of a path, in the order of the path. Refused as [`Path`].
#[derive(Debug)]
pub struct PathPair<A, B>(pub A, pub B);

async fn read<T: DeserializeOwned + Send, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Refusal> {
    let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
    read.map(|axum::extract::Path(named)| named).map_err(|_| Code::NotFound.into())
}

impl<T: DeserializeOwned + FromStr + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state).await.map(Self)
    }
}

impl<A, B, S> FromRequestParts<S> for PathPair<A, B>
where
    A: DeserializeOwned + FromStr + Send,
    B: DeserializeOwned + FromStr + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state).await.map(|(first, second)| Self(first, second))
    }
}
