//! The configuration: built-in defaults, then a TOML file, then `MEDLANE_SECTION__KEY` variables. It is checked at
//! start.

mod address;
mod check;
mod list;
mod mail;
mod shown;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use config::{Environment, File, FileFormat};
pub use mail::{MailConfig, MailWay, mail_way};
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
    pub limits: LimitsConfig,
    /// The audit log's checkpoints.
    pub audit: Audit,
    /// E-mail.
    pub mail: MailConfig,
    /// Text messages.
    pub sms: Sms,
    /// The most messages that a person, an address or the clinic may be sent.
    pub messages: Messages,
    /// Web Push.
    pub push: PushConfig,
    /// The page with the messages that no transport is configured for.
    pub outbox: Outbox,
    /// Metrics for Prometheus.
    pub metrics: MetricsConfig,
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
pub struct LimitsConfig {
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
    /// How often the whole log is checked while the server runs, and once after its start, in seconds; 0: only where the log
    /// does not go on from its last checkpoint, and when somebody asks.
    pub check_s: u64,
    /// A folder outside the database. Every checkpoint is written there too.
    pub anchor: Option<PathBuf>,
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
pub struct PushConfig {
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
pub struct MetricsConfig {
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
mod tests;
