//! The id of a request. It is in the request's log lines and faults, and in the response's header `x-request-id`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medlane_shared::audit::hex;

/// The header with the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a client or proxy.
const MAX_CHARS: usize = 64;

tokio::task_local! {
    /// The id of the request that is being answered.
    pub(super) static CURRENT: String;
}

/// The id from the header if it is short and plain, else a new one. Other text must not get into the log.
pub fn request_id(headers: &HeaderMap) -> String {
    let is_plain = |text: &&str| {
        (1..=MAX_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let came = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(is_plain);
    came.map_or_else(|| hex(&rand::random::<[u8; 8]>()), str::to_owned)
}

/// The id of the request that this task answers; `None` outside of requests.
#[must_use]
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The id as the value of a header.
pub fn header(id: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_and_plain_one_is_taken() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            request_id(&headers)
        };
        for plain in ["a", "4bf92f3577b34da6a3ce929d0e0e4736", "edge-7_a.1"] {
            assert_eq!(of(plain), plain);
        }
        let long = "x".repeat(65);
        for other in ["", "a b", "a\"b", "<script>", "نص", long.as_str()] {
            let made = of(other);
            assert_eq!(made.len(), 16, "{other}: {made}");
            assert!(made.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
