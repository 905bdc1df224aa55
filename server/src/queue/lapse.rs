//! What ends by itself: tickets that a kiosk holds for too long, and a branch's day.

use std::{sync::Arc, time::Duration};

use medlane_shared::ids::ClinicId;

use super::{day, kiosk};
use crate::{app::App, writer::By};

/// How often it is looked whether something has ended, while nothing else happens.
const LOOK: Duration = Duration::from_secs(30);

/// Ends what ends by itself, until the server does.
pub async fn lapse(app: Arc<App>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let (mut closing, mut moved) = (app.closing.clone(), found.moved());
    loop {
        moved.borrow_and_update();
        for op in kiosk::overdue(&found, app.core.now()) {
            if let Err(fault) = app.writer.run(By::system(clinic), op).await {
                tracing::warn!(%fault, "a ticket that was held for too long");
            }
        }
        for op in day::over(&found, app.core.now()) {
            if let Err(fault) = app.writer.run(By::system(clinic), op).await {
                tracing::warn!(%fault, "the end of a branch's day");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            // Nothing else is waited for where the clinic is at work.
            changed = moved.changed() => if changed.is_err() { return },
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}
