//! How settings that hold a secret are shown.

use reqwest::Url;
use serde::Serializer;

/// Stands in place of a secret.
const MASK: &str = "***";

/// An address without its password, which may be in the user part or in the query.
pub(crate) fn without_password(url: &str) -> String {
    if !url.contains("://") {
        return url.to_owned();
    }
    let Ok(mut shown) = Url::parse(url) else { return MASK.to_owned() };
    // An address that has a password can take another, so this does not fail.
    if shown.password().is_some() {
        let _ = shown.set_password(Some(MASK));
    }
    if shown.query_pairs().any(|(name, _)| name == "password") {
        let pairs: Vec<(String, String)> = shown.query_pairs().into_owned().collect();
        let masked = pairs.iter().map(|(name, value)| (name, if name == "password" { MASK } else { value }));
        shown.query_pairs_mut().clear().extend_pairs(masked);
    }
    shown.into()
}

/// Serialises an address without its password.
pub(super) fn url<S: Serializer>(url: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&without_password(url))
}

/// Serialises only whether a secret is set.
pub(super) fn secret<S: Serializer>(secret: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(if secret.is_empty() { "" } else { MASK })
}

/// Serialises only whether a key is set.
#[expect(clippy::ref_option, reason = "serde gives the field")]
pub(super) fn key<S: Serializer>(key: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(_) => to.serialize_some(MASK),
        None => to.serialize_none(),
    }
}
