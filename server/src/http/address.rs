//! The origin of a request, and the form of addresses in which limits count them.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// The address that a request comes from: the peer, or the last address named by trusted proxies that is not itself a
/// proxy. An IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) counts as the IPv4 address.
pub(super) fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_proxy = |ip: IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == ip);
    let mut ip = peer.to_canonical();
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = named.flat_map(|value| value.split(',')).collect();
    for text in named.into_iter().rev() {
        if !is_proxy(ip) {
            break;
        }
        match text.trim().parse::<IpAddr>() {
            Ok(next) => ip = next.to_canonical(),
            // Earlier entries come from the client and cannot be trusted.
            Err(_) => break,
        }
    }
    ip
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_trusted_proxy_names_an_address() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 203.0.113.9"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.2"));
        let of = |proxies: &[IpAddr]| address(ip("10.0.0.1"), &headers, proxies).to_string();
        assert_eq!(of(&[]), "10.0.0.1");
        assert_eq!(of(&[ip("10.0.0.1")]), "10.0.0.2");
        assert_eq!(
            of(&[ip("10.0.0.1"), ip("10.0.0.2")]),
            "203.0.113.9",
            "what the client wrote itself is not believed"
        );
        headers.insert("x-forwarded-for", HeaderValue::from_static("nonsense"));
        assert_eq!(address(ip("10.0.0.1"), &headers, &[ip("10.0.0.1")]).to_string(), "10.0.0.1");
    }

    #[test]
    fn a_mapped_address_is_the_one_that_it_maps() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("::ffff:203.0.113.9, ::ffff:10.0.0.2"));
        for (peer, proxies) in [
            ("::ffff:10.0.0.1", ["10.0.0.1", "10.0.0.2"]),
            ("10.0.0.1", ["::ffff:10.0.0.1", "::ffff:10.0.0.2"]),
        ] {
            let proxies = proxies.map(ip);
            assert_eq!(address(ip(peer), &headers, &proxies).to_string(), "203.0.113.9", "{peer}");
            assert_eq!(address(ip(peer), &headers, &[]).to_string(), "10.0.0.1", "{peer}");
        }
    }
}
