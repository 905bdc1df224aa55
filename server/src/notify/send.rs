//! The sender: takes the messages that are due, tries them, and stores the results.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use medlane_shared::{
    ids::{ClinicId, MessageId},
    notify::Channel,
};

use super::{
    message::{Contents, place},
    ops::{Claim, Settle, Tried},
    push::{self, Push},
    store,
    transport::Ways,
};
use crate::{
    app::App,
    engine::Core,
    notify::{Mail, push::vapid},
    writer::By,
};

/// How often to look without a notification, because another node may have written a message, or may have failed
/// while sending one.
const LOOK: Duration = Duration::from_secs(30);
/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// The age of the oldest message that is due. It is 0 if the database does not answer, because the other metrics matter
/// most then.
pub fn outbox_ms(core: &Core) -> BoxFuture<'_, i64> {
    Box::pin(async move {
        let now = core.now();
        let oldest = async { store::message_oldest(&mut core.db.read().await?, now).await }.await;
        match oldest {
            Ok(oldest) => oldest.map_or(0, |oldest| now.since_ms(oldest).max(0)),
            Err(error) => {
                tracing::warn!(%error, "the outbox could not be looked at");
                0
            }
        }
    })
}

/// Sends a clinic's messages until the server ends.
pub async fn keep(app: Arc<App>, ways: Arc<Ways>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let mail = found.state::<Mail>();
    let mut closing = app.closing.clone();
    loop {
        let wait = match round(&app, &ways, clinic).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "the due messages cannot be read");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = mail.queued() => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

/// Sends the messages that are due. Returns the time until the next one.
async fn round(
    app: &App,
    ways: &Ways,
    clinic: ClinicId,
) -> Result<Duration, Box<dyn std::error::Error + Send + Sync>> {
    loop {
        let next = store::message_next(&mut app.core.read().await?, clinic).await?;
        let now = app.core.now();
        match next {
            None => return Ok(LOOK),
            Some(next) if next > now => {
                return Ok(Duration::from_millis(next.since_ms(now).unsigned_abs()).min(LOOK));
            }
            Some(_) => {}
        }
        for id in app.writer.run(By::system(clinic), Claim).await? {
            let tried = attempt(app, ways, clinic, id).await?;
            if let Tried::Later(why) | Tried::Never(why) = &tried {
                tracing::warn!(message = %id, why, "a message was not sent");
            }
            app.writer.run(By::system(clinic), Settle { id, tried }).await?;
        }
    }
}

async fn attempt(
    app: &App,
    ways: &Ways,
    clinic: ClinicId,
    id: MessageId,
) -> Result<Tried, Box<dyn std::error::Error + Send + Sync>> {
    let row = store::message_by_id(&mut app.core.read().await?, clinic, id).await?;
    let Some(row) = row else { return Ok(Tried::Never("it is gone".to_owned())) };
    if row.expires_at.is_some_and(|end| end <= app.core.now()) {
        return Ok(Tried::Never("it is too late to be of use".to_owned()));
    }
    let key = &app.core.clinics.get(clinic)?.key;
    let opened = row.sealed.and_then(|sealed| key.open(&place(clinic, id), &sealed).ok());
    let contents = opened.and_then(|text| serde_json::from_slice::<Contents>(&text).ok());
    Ok(match contents {
        Some(contents) if row.channel == Channel::Push => {
            let push = Push {
                client: ways.pushes(),
                key: vapid(&app.core.root, clinic),
                contact: app.config.push.contact.clone(),
                now: app.core.now(),
                expires_at: row.expires_at,
            };
            push::send(&push, &contents).await
        }
        Some(contents) => ways.send(id, row.channel, &contents).await,
        None => Tried::Never("it does not open".to_owned()),
    })
}
