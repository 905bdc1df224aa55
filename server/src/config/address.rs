//! The address that links in messages name. A request's `Host` header never decides it: whoever asks writes that.

use std::net::SocketAddr;

use medlane_shared::fault::{Code, Fault};

use super::Http;

impl Http {
    /// Where people reach a clinic: its own domain, else what is set; a server that listens on its own computer alone, as in
    /// the demo, is reached there.
    ///
    /// # Errors
    /// [`Code::SwitchedOff`] where nothing says it.
    pub fn address_of(&self, domain: Option<&str>) -> Result<String, Fault> {
        let scheme = if self.https { "https" } else { "http" };
        if let Some(domain) = domain {
            return Ok(format!("{scheme}://{domain}"));
        }
        if !self.public_url.is_empty() {
            return Ok(self.public_url.trim_end_matches('/').to_owned());
        }
        let is_here = self.listen.parse::<SocketAddr>().is_ok_and(|listen| listen.ip().is_loopback());
        if is_here && !self.https {
            return Ok(format!("{scheme}://{}", self.listen));
        }
        Err(Fault::new(Code::SwitchedOff).field("http.public_url", "is not set"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_the_settings_say() {
        let with = |public_url: &str, https, listen: &str| Http {
            listen: listen.to_owned(),
            https,
            public_url: public_url.to_owned(),
            ..crate::config::Config::load(None).unwrap().http
        };
        let (set, here) = (with("https://clinic.example/", true, "127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(set.address_of(None).unwrap(), "https://clinic.example");
        assert_eq!(set.address_of(Some("north.example")).unwrap(), "https://north.example");
        assert_eq!(with("", false, here).address_of(None).unwrap(), "http://127.0.0.1:8080");
        for http in [with("", true, here), with("", false, "0.0.0.0:8080")] {
            assert_eq!(http.address_of(None).unwrap_err().code, Code::SwitchedOff);
        }
    }
}
