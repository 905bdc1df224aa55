//! The address that links in messages name. A request's `Host` header never decides it, because the sender of the
//! request controls that header.

use std::net::SocketAddr;

use medlane_shared::fault::{Code, Fault, FieldCode};

use super::Config;

impl Config {
    /// The address of a clinic: its own domain, otherwise the configured address. A server that shows its messages on
    /// its outbox page, such as the demo, uses its listen address if that is a loopback address.
    ///
    /// # Errors
    /// [`Code::SwitchedOff`] if none of these is set.
    pub fn address_of(&self, domain: Option<&str>) -> Result<String, Fault> {
        let http = &self.http;
        let scheme = if http.https { "https" } else { "http" };
        if let Some(domain) = domain {
            return Ok(format!("{scheme}://{domain}"));
        }
        if !http.public_url.is_empty() {
            return Ok(http.public_url.trim_end_matches('/').to_owned());
        }
        let is_here = http.listen.parse::<SocketAddr>().is_ok_and(|listen| listen.ip().is_loopback());
        if is_here && !http.https && self.outbox.show {
            return Ok(format!("{scheme}://{}", http.listen));
        }
        Err(Fault::new(Code::SwitchedOff).field("http.public_url", FieldCode::Unset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_the_settings_say() {
        let with = |public_url: &str, https, listen: &str, show| {
            let mut config = Config::load(None).unwrap();
            (config.http.https, config.outbox.show) = (https, show);
            listen.clone_into(&mut config.http.listen);
            public_url.clone_into(&mut config.http.public_url);
            config
        };
        let here = "127.0.0.1:8080";
        let set = with("https://clinic.example/", true, here, false);
        assert_eq!(set.address_of(None).unwrap(), "https://clinic.example");
        assert_eq!(set.address_of(Some("north.example")).unwrap(), "https://north.example");
        assert_eq!(with("", false, here, true).address_of(None).unwrap(), "http://127.0.0.1:8080");
        for config in [
            with("", true, here, true),
            with("", false, "0.0.0.0:8080", true),
            // Behind a proxy with TLS the listen address is not the public one.
            with("", false, here, false),
        ] {
            assert_eq!(config.address_of(None).unwrap_err().code, Code::SwitchedOff);
        }
    }
}
