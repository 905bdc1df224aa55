//! Writes the entries about refusals that were only counted.

use std::{sync::Arc, time::Duration};

use crate::{
    app::App,
    writer::{By, Noted},
};

/// How often ended windows are looked for.
const LOOK: Duration = Duration::from_secs(2);

/// Writes the entries about counted refusals when their windows end, and when the server ends.
pub async fn keep_refusals(app: Arc<App>) {
    let mut closing = app.closing.clone();
    loop {
        let ends = tokio::select! {
            () = tokio::time::sleep(LOOK) => false,
            _ = closing.wait_for(|closing| *closing) => true,
        };
        for (clinic, entry) in app.core.refusals.ended(app.core.now(), ends) {
            if let Err(fault) = app.writer.run(By::system(clinic), Noted::refusal(entry)).await {
                tracing::error!(%fault, "the audit entry of counted refusals cannot be written");
            }
        }
        if ends {
            return;
        }
    }
}
