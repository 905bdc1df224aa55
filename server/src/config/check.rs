//! The checks of the settings at start.

use std::{net::SocketAddr, ops::RangeInclusive};

use reqwest::Url;

use super::{Config, ConfigError, Http, Identity, Messages, Sms, mail_way};

/// The fewest connections that a useful server needs.
const CONNECTIONS_MIN: usize = 10;
/// The fewest characters of a token that nobody can guess.
const TOKEN_MIN: usize = 16;
const TEN_MINUTES: RangeInclusive<u32> = 1..=600;

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '*', ' ']))
}

fn is_address(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.is_some_and(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
}

fn begins(text: &str, with: &[&str]) -> bool {
    with.iter().any(|kind| text.starts_with(kind))
}

/// One to four digits (ITU-T E.164; islands of +1 have four).
fn is_calling_code(text: &str) -> bool {
    let digits = text.trim_start_matches('+');
    (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether a setting is possible, its name, and what it must be.
type Held = (bool, &'static str, &'static str);

impl Http {
    fn held(&self) -> [Held; 12] {
        [
            (
                self.listen.parse::<SocketAddr>().is_ok(),
                "http.listen",
                "must be an address and port, as 127.0.0.1:8080",
            ),
            (
                self.origins.iter().all(|origin| is_origin(origin)),
                "http.origins",
                "are origins, as https://portal.example, each by its name",
            ),
            (
                self.public_url.is_empty() || is_address(&self.public_url),
                "http.public_url",
                "must be an address without a path, as https://clinic.example",
            ),
            (
                self.connections == 0 || self.connections >= CONNECTIONS_MIN,
                "http.connections",
                "must be 0, or at least 10",
            ),
            (self.connections_per_address > 0, "http.connections_per_address", "must be at least 1"),
            (self.sockets_per_address > 0, "http.sockets_per_address", "must be at least 1"),
            (self.anonymous_sockets > 0, "http.anonymous_sockets", "must be at least 1"),
            (self.anonymous_per_address > 0, "http.anonymous_per_address", "must be at least 1"),
            (TEN_MINUTES.contains(&self.head_s), "http.head_s", "must be 1 to 600 seconds"),
            (TEN_MINUTES.contains(&self.body_s), "http.body_s", "must be 1 to 600 seconds"),
            ((1..=3_600).contains(&self.idle_s), "http.idle_s", "must be 1 to 3600 seconds"),
            (TEN_MINUTES.contains(&self.send_s), "http.send_s", "must be 1 to 600 seconds"),
        ]
    }
}

impl Identity {
    fn held(&self) -> [Held; 8] {
        [
            ((60..=3_600).contains(&self.access_s), "identity.access_s", "must be 60 to 3600 seconds"),
            (
                self.refresh_s >= i64::from(self.access_s),
                "identity.refresh_s",
                "must not be shorter than identity.access_s",
            ),
            (
                self.patient_s >= i64::from(self.access_s),
                "identity.patient_s",
                "must not be shorter than identity.access_s",
            ),
            (
                self.staff_s >= i64::from(self.access_s),
                "identity.staff_s",
                "must not be shorter than identity.access_s",
            ),
            ((0..=3_600).contains(&self.grace_s), "identity.grace_s", "must be 0 to 3600 seconds"),
            (self.checks <= 64, "identity.checks", "must be at most 64"),
            (self.patient_sessions > 0, "identity.patient_sessions", "must be at least 1"),
            (
                self.mfa_roles.iter().all(|role| role.is_staff()),
                "identity.mfa_roles",
                "are of staff: doctor, reception, manager, admin",
            ),
        ]
    }
}

impl Sms {
    /// The first setting that is wrong.
    fn held(&self) -> Held {
        let leaves = !self.url.is_empty();
        let is_address = Url::parse(&self.url).is_ok_and(|url| url.has_host());
        let all = [
            (!leaves || is_address, "sms.url", "must be an address, as https://api.twilio.com"),
            (!leaves || !self.from.is_empty(), "sms.from", "is needed with sms.url"),
            (
                self.countries.iter().all(|code| is_calling_code(code)),
                "sms.countries",
                "are calling codes, as 968",
            ),
        ];
        all.into_iter().find(|(holds, ..)| !holds).unwrap_or((true, "sms", ""))
    }
}

impl Messages {
    /// The first limit that is 0 and would block every message.
    fn held(&self) -> Held {
        let all = [
            (self.text_hour, "messages.text_hour"),
            (self.text_day, "messages.text_day"),
            (self.texts_clinic_hour, "messages.texts_clinic_hour"),
            (self.codes_clinic_hour, "messages.codes_clinic_hour"),
            (self.mail_hour, "messages.mail_hour"),
            (self.mail_day, "messages.mail_day"),
            (self.push_hour, "messages.push_hour"),
            (self.person_day, "messages.person_day"),
        ];
        let zero = all.into_iter().find(|(limit, _)| *limit == 0);
        (zero.is_none(), zero.map_or("messages", |(_, name)| name), "must be at least 1")
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let Self { http, database, web, limits, audit, sms, messages, push, outbox, metrics, .. } = self;
        let others = [
            (
                metrics.token.as_ref().is_none_or(|token| token.len() >= TOKEN_MIN),
                "metrics.token",
                "must be at least 16 characters",
            ),
            (
                metrics.listen.as_ref().is_none_or(|listen| listen.parse::<SocketAddr>().is_ok()),
                "metrics.listen",
                "must be an address and port, as 127.0.0.1:9100",
            ),
            (
                begins(&database.url, &["sqlite:", "postgres:", "postgresql:"]),
                "database.url",
                "must begin with sqlite: or postgres:",
            ),
            (
                web.dir.as_ref().is_none_or(|dir| dir.join("companion/index.html").is_file()),
                "web.dir",
                "holds no companion/index.html: build the faces with `cargo xtask web`",
            ),
            (limits.window_s > 0, "limits.window_s", "must be at least 1"),
            (limits.failures > 0, "limits.failures", "must be at least 1"),
            (limits.tries > 0, "limits.tries", "must be at least 1"),
            (audit.checkpoint_s > 0, "audit.checkpoint_s", "must be at least 1"),
            (
                !(outbox.show && http.https),
                "outbox.show",
                "shows every code to whoever asks: not where http.https is on",
            ),
            sms.held(),
            messages.held(),
            (
                begins(&push.contact, &["mailto:", "https://"]),
                "push.contact",
                "begins with mailto: or https://",
            ),
        ];
        let mut held = http.held().into_iter().chain(self.identity.held()).chain(others);
        if let Some((_, setting, why)) = held.find(|(holds, ..)| !holds) {
            return Err(ConfigError::Value { setting, why: why.to_owned() });
        }
        mail_way(&self.mail).map_err(|(setting, why)| ConfigError::Value { setting, why }).map(drop)
    }
}
