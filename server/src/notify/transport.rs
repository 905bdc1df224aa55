//! The transports: SMTP, Twilio's interface, a plain HTTP gateway, or none.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use medlane_shared::{ids::MessageId, notify::Channel};
use serde_json::json;

use super::{message::Contents, ops::Tried};
use crate::config::{self, MailWay, SmsKind, mail_way};

/// The longest time of one try.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The configured transports.
pub struct Ways {
    mail: Option<MailWay>,
    sms: Option<(reqwest::Client, config::Sms)>,
    push: reqwest::Client,
}

impl Ways {
    /// The transports of a configuration that was checked at start.
    ///
    /// # Errors
    /// The name of the unusable setting, and why.
    pub fn new(config: &config::Config) -> Result<Self, (&'static str, String)> {
        // This fails only if a provider was installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mail = mail_way(&config.mail)?;
        let mut sms = None;
        if !config.sms.url.is_empty() {
            let client = reqwest::Client::builder().timeout(TIMEOUT).build();
            sms = Some((client.map_err(|error| ("sms.url", error.to_string()))?, config.sms.clone()));
        }
        // A real push service does not redirect, so redirects are not followed.
        let push =
            reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build();
        let push = push.map_err(|error| ("push.services", error.to_string()))?;
        Ok(Self { mail, sms, push })
    }

    /// The client for push services.
    #[must_use]
    pub const fn pushes(&self) -> &reqwest::Client {
        &self.push
    }

    /// Tries to send a message by e-mail or as a text message.
    pub async fn send(&self, id: MessageId, channel: Channel, contents: &Contents) -> Tried {
        match channel {
            Channel::Email => match &self.mail {
                Some((transport, from)) => mail(transport, from, id, contents).await,
                None => Tried::Kept,
            },
            Channel::Sms => match &self.sms {
                Some((client, sms)) => text(client, sms, id, contents).await,
                None => Tried::Kept,
            },
            Channel::Push => Tried::Never("is sent to a browser".to_owned()),
        }
    }
}

async fn mail(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    from: &Mailbox,
    id: MessageId,
    contents: &Contents,
) -> Tried {
    let Ok(to) = contents.to.parse::<Mailbox>() else {
        return Tried::Never("the address cannot be read".to_owned());
    };
    // Every try has the same id, so that a mail server can recognise a duplicate.
    let message_id = format!("<{id}@{}>", from.email.domain());
    let mail = Mail::builder()
        .from(from.clone())
        .to(to)
        .subject(&contents.subject)
        .message_id(Some(message_id))
        .header(ContentType::TEXT_PLAIN)
        .body(contents.text.clone());
    let mail = match mail {
        Ok(mail) => mail,
        Err(error) => return Tried::Never(error.to_string()),
    };
    match transport.send(mail).await {
        Ok(_) => Tried::Sent,
        Err(error) if error.is_permanent() => Tried::Never(plain(&error)),
        Err(error) => Tried::Later(plain(&error)),
    }
}

async fn text(client: &reqwest::Client, sms: &config::Sms, id: MessageId, contents: &Contents) -> Tried {
    let base = sms.url.trim_end_matches('/');
    let request = match sms.kind {
        SmsKind::Twilio => client
            .post(format!("{base}/2010-04-01/Accounts/{}/Messages.json", sms.account))
            .basic_auth(&sms.account, Some(&sms.token))
            .form(&[("To", &contents.to), ("From", &sms.from), ("Body", &contents.text)]),
        SmsKind::Http => client.post(base).bearer_auth(&sms.token).json(&json!({
            "id": id, "from": sms.from, "to": contents.to, "text": contents.text,
        })),
    };
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Tried::Sent,
        Ok(answer) => {
            let status = answer.status();
            let why = format!("the gateway answered {}", status.as_u16());
            let passing = status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 429);
            if passing { Tried::Later(why) } else { Tried::Never(why) }
        }
        Err(error) => Tried::Later(plain(&error.without_url())),
    }
}

/// An error with its causes. They name neither the address nor the text.
fn plain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text.chars().take(300).collect()
}
