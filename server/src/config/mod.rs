//! The configuration: built-in defaults, then a TOML file, then `MEDLANE_SECTION__KEY` variables. It is checked at
//! start.

mod address;
mod check;
mod list;
mod shown;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use config::{Environment, File, FileFormat};
use medlane_shared::{access::Role, notify::Channel};
use serde::{Deserialize, Serialize};

pub(crate) use shown::without_password;

const DEFAULTS: &str = include_str!("default.toml");

/// All settings. When they are serialised, a secret appears only as set or not set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Listening, connections and browsers.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// The root key.
    pub keys: Keys,
    /// The web faces.
    pub web: Web,
    /// Sessions.
    pub identity: Identity,
    /// How often an action may be tried.
    pub limits: Limits,
    /// The audit log's checkpoints.
    pub audit: Audit,
    /// E-mail.
    pub mail: Mail,
    /// Text messages.
    pub sms: Sms,
    /// The most messages that a person, an address or the clinic may be sent.
    pub messages: Messages,
    /// Web Push.
    pub push: Push,
    /// The page with the messages that no transport is configured for.
    pub outbox: Outbox,
    /// Metrics for Prometheus.
    pub metrics: Metrics,
    /// The log.
    pub log: Log,
}

/// `[http]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Listen address and port.
    pub listen: String,
    /// Whether the server is behind TLS. Cookies and HSTS are set for it.
    pub https: bool,
    /// Other origins whose pages may use this server.
    #[serde(deserialize_with = "list::texts")]
    pub origins: Vec<String>,
    /// The public address of this server in the links of messages: `https://clinic.example`. A clinic's own domain
    /// takes precedence.
    pub public_url: String,
    /// The addresses of the reverse proxies whose `X-Forwarded-For` is trusted.
    #[serde(deserialize_with = "list::addresses")]
    pub proxies: Vec<std::net::IpAddr>,
    /// The most open connections. 0: the number of files that the process may open, less a reserve.
    pub connections: usize,
    /// The most open connections of one address. Trusted proxies have no such limit.
    pub connections_per_address: usize,
    /// The most open sockets of one address, which trusted proxies name.
    pub sockets_per_address: usize,
    /// The most open sockets without a signed-in caller.
    pub anonymous_sockets: usize,
    /// The most open sockets of one address without a signed-in caller. As many more may be waiting to say hello.
    pub anonymous_per_address: usize,
    /// The longest time from a request's first byte to the end of its headers, in seconds.
    pub head_s: u32,
    /// The longest time for a body, in seconds; one more second for every 64 KiB that the body may have.
    pub body_s: u32,
    /// The longest time between two requests of one connection, in seconds.
    pub idle_s: u32,
    /// How long a client may accept nothing of an answer, in seconds.
    pub send_s: u32,
    /// Whether `/api-docs` publishes the interface's description.
    pub docs: bool,
}

/// `[database]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:<path>` or `postgres://…`.
    #[serde(serialize_with = "shown::url")]
    pub url: String,
}

/// `[keys]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The file of the root key. It is created at the first start.
    pub file: PathBuf,
    /// The root key in base64, in place of a file.
    #[serde(serialize_with = "shown::key")]
    pub root: Option<String>,
}

/// `[web]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// The folder of the built faces. Without it the server has only the interface.
    pub dir: Option<PathBuf>,
    /// Whether browsers may load the staff's faces.
    pub staff: bool,
    /// Whether the page of all components is at `/kit`, for developers.
    pub kit: bool,
}

/// `[identity]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The lifetime of an access token, in seconds.
    pub access_s: u32,
    /// The lifetime of a session without a refresh, in seconds.
    pub refresh_s: i64,
    /// How long a spent refresh token still returns its successor, in seconds.
    pub grace_s: i64,
    /// The longest lifetime of a patient's session, in seconds.
    pub patient_s: i64,
    /// The longest lifetime of a staff member's session, in seconds.
    pub staff_s: i64,
    /// How many threads hash passwords, at the lowest priority. Each needs 19 MiB while it hashes. 0: half of the
    /// cores.
    pub checks: usize,
    /// The most sessions of one patient. A further sign-in ends the oldest.
    pub patient_sessions: usize,
    /// The roles for which the clinic requires a second factor. A person sets it up at their first sign-in in such a
    /// role.
    #[serde(deserialize_with = "list::roles")]
    pub mfa_roles: Vec<Role>,
    /// Whether staff can sign in only at enrolled devices.
    pub staff_devices: bool,
}

/// `[limits]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The time over which tries are counted, in seconds.
    pub window_s: i64,
    /// The most failed sign-ins to one account from one address.
    pub failures: u32,
    /// The most tries of passwords and codes from one address.
    pub tries: u32,
    /// The most requests without a session from one address; 0 for no limit.
    pub anonymous: u32,
    /// The most requests of one signed-in caller in a minute; 0 for no limit.
    pub signed_in_a_minute: u32,
    /// The most tickets that one account takes from home in an hour, for itself and its dependants; 0 for no limit.
    pub joins_an_hour: u32,
    /// The most dependants that one account adds in a day; 0 for no limit.
    pub dependants_a_day: u32,
    /// The most pictures that one person sends in an hour; 0 for no limit.
    pub pictures_an_hour: u32,
}

/// `[audit]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The longest time between two signed checkpoints, in seconds.
    pub checkpoint_s: u64,
    /// A folder outside the database. Every checkpoint is written there too.
    pub anchor: Option<PathBuf>,
}

/// `[mail]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtp://host:port`, `smtps://user:password@host`, `smtp://…?tls=required`. Without it the server sends no
    /// e-mail.
    #[serde(serialize_with = "shown::secret")]
    pub url: String,
    /// The sender: `Clinic <no-reply@clinic.example>`.
    pub from: String,
}

/// `[sms]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// The kind of gateway.
    pub kind: SmsKind,
    /// The base address of Twilio or of the gateway. Without it the server sends no text message.
    #[serde(serialize_with = "shown::url")]
    pub url: String,
    /// The Twilio account.
    pub account: String,
    /// The account's token.
    #[serde(serialize_with = "shown::secret")]
    pub token: String,
    /// The number that messages come from.
    pub from: String,
    /// The calling codes of the countries that texts may go to, such as `968`; empty for every country.
    #[serde(deserialize_with = "list::texts")]
    pub countries: Vec<String>,
}

/// `[messages]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The most texts to one number in an hour, without codes.
    pub text_hour: u32,
    /// The most texts to one number in a day, without codes.
    pub text_day: u32,
    /// The most texts of a clinic in an hour, without codes.
    pub texts_clinic_hour: u32,
    /// The most texts with codes of a clinic in an hour.
    pub codes_clinic_hour: u32,
    /// The most e-mails to one address in an hour, without codes.
    pub mail_hour: u32,
    /// The most e-mails to one address in a day, without codes.
    pub mail_day: u32,
    /// The most notices to one person's browsers in an hour.
    pub push_hour: u32,
    /// The most messages to one person in a day on all channels, without codes.
    pub person_day: u32,
}

/// The limits on messages, and the countries that they may go to. Operations that write messages check them.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The limits.
    pub messages: Messages,
    /// The calling codes of the countries that texts may go to; empty for every country.
    countries: Vec<String>,
}

impl Sending {
    /// Whether texts may go to the country of a number in E.164.
    #[must_use]
    pub fn serves(&self, number: &str) -> bool {
        let digits = number.trim_start_matches('+');
        self.countries.is_empty() || self.countries.iter().any(|code| digits.starts_with(code.as_str()))
    }
}

/// `[push]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The push services that browsers may name: a domain with all its subdomains, over https, or an exact origin.
    /// Empty: no Web Push.
    #[serde(deserialize_with = "list::texts")]
    pub services: Vec<String>,
    /// The contact that push services may write to: `mailto:it@clinic.example`, or a page.
    pub contact: String,
}

/// The kind of gateway for text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsKind {
    /// Twilio's interface.
    Twilio,
    /// `POST {id, from, to, text}` with the token as bearer.
    Http,
}

/// `[outbox]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// Whether `/outbox` shows unsent messages, with their codes. For development only.
    pub show: bool,
}

/// `[metrics]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The bearer token for `/metrics`. Without it that path does not exist.
    #[serde(serialize_with = "shown::key")]
    pub token: Option<String>,
    /// Address and port of a listener that serves only `/metrics`.
    pub listen: Option<String>,
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `tracing` directives.
    pub filter: String,
    /// One JSON object per line, for machines.
    pub json: bool,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or the environment cannot be read, or names an unknown setting.
    #[error("configuration: {0}")]
    Read(#[from] config::ConfigError),
    /// A value is out of its range.
    #[error("configuration: {setting} {why}")]
    Value {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Config {
    /// Reads all layers and checks the result.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the setting.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::layered(file, std::env::vars().collect())
    }

    fn layered(file: Option<&Path>, mut variables: HashMap<String, String>) -> Result<Self, ConfigError> {
        let mut layers = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        // Only variables that name a section, because other programs may use the same prefix.
        variables.retain(|name, _| name.starts_with("MEDLANE_") && name.contains("__"));
        // Each value is read by the type of its setting, not by its form: a sender's number begins with a plus, and a
        // token may be all digits.
        let environment =
            Environment::with_prefix("MEDLANE").prefix_separator("_").separator("__").source(Some(variables));
        let read: Self = layers.add_source(environment).build()?.try_deserialize()?;
        read.check()?;
        Ok(read)
    }

    /// The limits on messages, and the countries that they may go to.
    #[must_use]
    pub fn sending(&self) -> Sending {
        let plain = |code: &String| code.trim_start_matches('+').to_owned();
        let countries = self.sms.countries.iter().map(plain).collect();
        Sending { messages: self.messages.clone(), countries }
    }

    /// Whether messages of this channel are sent, or at least shown on the outbox page.
    #[must_use]
    pub fn reaches(&self, channel: Channel) -> bool {
        let url = match channel {
            Channel::Email => &self.mail.url,
            Channel::Sms => &self.sms.url,
            Channel::Push => return !self.push.services.is_empty(),
        };
        self.outbox.show || !url.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold_and_a_bad_value_is_named() {
        let mut config = Config::load(None).unwrap();
        config.identity.access_s = 5;
        assert!(config.check().unwrap_err().to_string().contains("identity.access_s"));
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        for (name, value, says) in [
            ("HTTP__LISTEN", "8080", "http.listen must be an address and port"),
            ("HTTP__HTTPS", "perhaps", "http.https"),
            ("HTTP__ORIGINS", "https://*", "http.origins are origins"),
            ("HTTP__PROXIES", "10.0.0.5:80", "http.proxies"),
            ("DATABASE__URL", "mysql://hunter2", "database.url must begin"),
            ("WEB__DIR", "/gone", "web.dir holds no companion/index.html"),
            ("IDENTITY__ACCESS_S", "5", "identity.access_s must be 60 to 3600"),
            ("IDENTITY__REFRESH_S", "60", "identity.refresh_s must not be shorter"),
            ("IDENTITY__PATIENT_S", "60", "identity.patient_s must not be shorter"),
            ("IDENTITY__STAFF_S", "60", "identity.staff_s must not be shorter"),
            ("HTTP__PUBLIC_URL", "clinic.example", "http.public_url must be an address"),
            ("HTTP__PUBLIC_URL", "https://clinic.example/x", "http.public_url must be an address"),
            ("IDENTITY__GRACE_S", "-1", "identity.grace_s must be 0 to 3600"),
            ("IDENTITY__CHECKS", "65", "identity.checks must be at most 64"),
            ("IDENTITY__PATIENT_SESSIONS", "0", "identity.patient_sessions must be at least 1"),
            ("IDENTITY__MFA_ROLES", "patient", "identity.mfa_roles are of staff"),
            ("IDENTITY__MFA_ROLES", "surgeon", "identity.mfa_roles"),
            ("LIMITS__WINDOW_S", "0", "limits.window_s must be at least 1"),
            ("LIMITS__FAILURES", "0", "limits.failures must be at least 1"),
            ("LIMITS__TRIES", "0", "limits.tries must be at least 1"),
            ("LIMITS__TRIES", "-1", "limits.tries"),
            ("LIMITS__ANONYMOUS", "many", "limits.anonymous"),
            ("AUDIT__CHECKPOINT_S", "0", "audit.checkpoint_s must be at least 1"),
            ("MAIL__URL", "mail.example", "mail.url"),
            ("SMS__KIND", "pigeon", "sms.kind"),
            ("SMS__URL", "https://sms.example", "sms.from is needed"),
            ("SMS__URL", "sms.example", "sms.url must be an address"),
            ("SMS__COUNTRIES", "968, Oman", "sms.countries are calling codes"),
            ("MESSAGES__TEXT_HOUR", "0", "messages.text_hour must be at least 1"),
            ("PUSH__CONTACT", "it", "push.contact begins with"),
            ("HTTP__CONNECTIONS", "3", "http.connections must be 0, or at least 10"),
            ("HTTP__CONNECTIONS_PER_ADDRESS", "0", "http.connections_per_address must be at least 1"),
            ("HTTP__SOCKETS_PER_ADDRESS", "0", "http.sockets_per_address must be at least 1"),
            ("HTTP__ANONYMOUS_SOCKETS", "0", "http.anonymous_sockets must be at least 1"),
            ("HTTP__ANONYMOUS_PER_ADDRESS", "0", "http.anonymous_per_address must be at least 1"),
            ("HTTP__HEAD_S", "0", "http.head_s must be 1 to 600"),
            ("HTTP__BODY_S", "601", "http.body_s must be 1 to 600"),
            ("HTTP__IDLE_S", "0", "http.idle_s must be 1 to 3600"),
            ("HTTP__SEND_S", "0", "http.send_s must be 1 to 600"),
            ("METRICS__TOKEN", "short", "metrics.token must be at least 16 characters"),
            ("METRICS__LISTEN", "9100", "metrics.listen must be an address and port"),
            ("HTTP__PORT", "80", "port"),
        ] {
            let variable = format!("MEDLANE_{name}");
            let error = from_variables(&[(&variable, value)]).unwrap_err().to_string();
            assert!(error.starts_with("configuration: ") && error.contains(says), "{name}={value}: {error}");
        }
        let mail = [("MEDLANE_MAIL__URL", "smtp://localhost"), ("MEDLANE_MAIL__FROM", "nobody")];
        let error = from_variables(&mail).unwrap_err().to_string();
        assert!(error.contains("mail.from"), "{error}");
        let shown = [("MEDLANE_OUTBOX__SHOW", "true"), ("MEDLANE_HTTP__HTTPS", "true")];
        let error = from_variables(&shown).unwrap_err().to_string();
        assert!(error.contains("outbox.show"), "{error}");
    }

    fn from_variables(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::layered(None, owned.collect())
    }

    #[test]
    fn a_variable_is_read_as_what_its_setting_is() {
        let read = from_variables(&[
            ("MEDLANE_HTTP__HTTPS", "true"),
            ("MEDLANE_HTTP__PROXIES", "10.0.0.5, ::1"),
            ("MEDLANE_HTTP__ORIGINS", "https://a.example,https://b.example"),
            ("MEDLANE_IDENTITY__ACCESS_S", "120"),
            ("MEDLANE_IDENTITY__MFA_ROLES", "admin, doctor"),
            ("MEDLANE_PUSH__SERVICES", "push.example"),
            ("MEDLANE_SMS__FROM", "+96800000000"),
            ("MEDLANE_SMS__TOKEN", "0123"),
            ("MEDLANE_SMS__ACCOUNT", "1e5"),
            ("MEDLANE_MAIL__FROM", "true"),
            ("MEDLANE_SMS__KIND", "http"),
            ("MEDLANE_KEYS__ROOT", "007"),
            ("MEDLANE_SERVER", "is of the apps"),
        ]);
        let read = read.unwrap();
        assert!(read.http.https);
        let proxies: Vec<String> = read.http.proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.5", "::1"]);
        assert_eq!(read.http.origins, ["https://a.example", "https://b.example"]);
        assert_eq!((read.identity.access_s, read.sms.kind), (120, SmsKind::Http));
        assert_eq!(read.identity.mfa_roles, [Role::Admin, Role::Doctor]);
        assert_eq!(read.push.services, ["push.example"]);
        let texts = [&read.sms.from, &read.sms.token, &read.sms.account, &read.mail.from];
        assert_eq!(texts, ["+96800000000", "0123", "1e5", "true"]);
        assert_eq!(read.keys.root.as_deref(), Some("007"));
    }

    #[test]
    fn texts_go_to_the_countries_that_are_set() {
        let every = from_variables(&[]).unwrap().sending();
        assert!(every.serves("+96892123456") && every.serves("+14155550100"));
        let some = from_variables(&[("MEDLANE_SMS__COUNTRIES", "+968,971")]).unwrap().sending();
        assert!(some.serves("+96892123456") && some.serves("+971501234567"));
        assert!(!some.serves("+14155550100") && !some.serves("+96170123456"));
    }

    #[test]
    fn a_variable_of_a_list_that_is_empty_has_none() {
        let read = from_variables(&[
            ("MEDLANE_HTTP__PROXIES", ""),
            ("MEDLANE_HTTP__ORIGINS", ""),
            ("MEDLANE_IDENTITY__MFA_ROLES", ""),
            ("MEDLANE_PUSH__SERVICES", ""),
        ]);
        let read = read.unwrap();
        assert!(read.http.proxies.is_empty() && read.http.origins.is_empty());
        assert!(read.identity.mfa_roles.is_empty() && read.push.services.is_empty());
    }

    #[test]
    fn every_setting_is_shown_and_no_secret() {
        let secret = "hunter2";
        let with = from_variables(&[
            ("MEDLANE_DATABASE__URL", "postgres://medlane:hunter2@db.internal/medlane?password=hunter2"),
            ("MEDLANE_KEYS__ROOT", secret),
            ("MEDLANE_MAIL__URL", "smtps://clinic:hunter2@mail.example"),
            ("MEDLANE_SMS__URL", "https://clinic:hunter2@sms.example/send"),
            ("MEDLANE_SMS__FROM", "+96800000000"),
            ("MEDLANE_SMS__TOKEN", secret),
            ("MEDLANE_METRICS__TOKEN", "hunter2 hunter2 hunter2"),
        ]);
        let shown = serde_json::to_value(with.unwrap()).unwrap();
        assert!(!shown.to_string().contains(secret), "{shown}");
        assert_eq!(shown["database"]["url"], "postgres://medlane:***@db.internal/medlane?password=***");
        assert_eq!(shown["sms"]["url"], "https://clinic:***@sms.example/send");
        for (section, name) in [("keys", "root"), ("mail", "url"), ("sms", "token"), ("metrics", "token")] {
            assert_eq!(shown[section][name], "***", "{section}.{name}");
        }
        let without = serde_json::to_value(from_variables(&[]).unwrap()).unwrap();
        assert_eq!(without["database"]["url"], "sqlite:medlane.db");
        assert_eq!((&without["mail"]["url"], &without["sms"]["token"]), (&"".into(), &"".into()));
        assert!(without["keys"].as_object().unwrap()["root"].is_null());
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("medlane.toml");
        std::fs::write(&file, "[http]\nlissten = 1\n").unwrap();
        let error = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("lissten"), "{error}");
    }
}
