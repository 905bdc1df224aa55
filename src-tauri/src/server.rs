//! The server's address. The connection has to be encrypted, unless it stays within this computer.

use std::net::IpAddr;

use medlane_shared::fault::{Code, Fault};
use reqwest::Url;

/// A normalised address: scheme and host in lower case, without the last slash.
///
/// # Errors
/// [`Code::ServerInsecure`] unless it begins with `https://` or names this computer.
pub fn base(address: &str) -> Result<String, Fault> {
    let insecure = || Fault::new(Code::ServerInsecure);
    let url = Url::parse(address.trim()).map_err(|_| insecure())?;
    let host = url.host_str().ok_or_else(insecure)?;
    let own = || {
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    };
    match url.scheme() {
        "https" => {}
        "http" if own() => {}
        _ => return Err(insecure()),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_encrypted_server_is_taken_or_this_computers_own() {
        for good in [
            "https://clinic.example",
            "https://10.0.0.5:8443/",
            "http://127.0.0.1:8080",
            "http://127.8.0.1",
            "http://localhost:8080/",
            "http://[::1]:8080",
        ] {
            assert_eq!(base(good).unwrap(), good.trim_end_matches('/'));
        }
        // The socket's address is built from this form, however the address was typed.
        for (typed, used) in [
            ("HTTPS://clinic.example", "https://clinic.example"),
            (" Https://Clinic.Example:443/ ", "https://clinic.example"),
            ("HTTP://LOCALHOST:8080", "http://localhost:8080"),
        ] {
            assert_eq!(base(typed).unwrap(), used);
        }
        for bad in [
            "http://clinic.example",
            "http://10.0.0.5:8080",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1.evil.example",
            "http://[2001:db8::1]",
            "HTTP://clinic.example",
            "ws://clinic.example",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "clinic.example",
            "",
        ] {
            assert_eq!(base(bad).unwrap_err().code, Code::ServerInsecure, "{bad}");
        }
    }
}
