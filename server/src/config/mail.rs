//! The transport for e-mail, as configured.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox};
use serde::{Deserialize, Serialize};

/// `[mail]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// `smtp://host:port`, `smtps://user:password@host`, `smtp://…?tls=required`. Without it the server sends no
    /// e-mail.
    #[serde(serialize_with = "super::shown::secret")]
    pub url: String,
    /// The sender: `Clinic <no-reply@clinic.example>`.
    pub from: String,
}

/// The longest time of one try.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The transport for e-mail, and its sender.
pub type MailWay = (AsyncSmtpTransport<Tokio1Executor>, Mailbox);

/// The configured transport for e-mail; `None` if no e-mail is sent.
///
/// # Errors
/// The unusable setting, and why it is unusable.
pub fn mail_way(mail: &MailConfig) -> Result<Option<MailWay>, (&'static str, String)> {
    if mail.url.is_empty() {
        return Ok(None);
    }
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&mail.url);
    let transport = transport.map_err(|error| ("mail.url", error.to_string()))?;
    let from = mail.from.parse::<Mailbox>().map_err(|error| ("mail.from", error.to_string()))?;
    Ok(Some((transport.timeout(Some(TIMEOUT)).build(), from)))
}
