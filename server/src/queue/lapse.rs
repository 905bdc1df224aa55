//! Things that end by themselves: tickets that a kiosk holds too long, and a branch's day.

use std::{sync::Arc, time::Duration};

use medlane_shared::ids::ClinicId;

use super::{day, kiosk};
use crate::{app::App, writer::By};

/// How often to look for them, while nothing else happens.
const LOOK: Duration = Duration::from_secs(30);

/// Ends them, until the server ends.
pub async fn lapse(app: Arc<App>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let (mut closing, mut moved) = (app.closing.clone(), found.moved());
    loop {
        moved.borrow_and_update();
        for op in kiosk::overdue(&found, app.core.now()) {
            if let Err(fault) = app.writer.run(By::system(clinic), op).await {
                tracing::warn!(%fault, "a ticket that was held too long cannot be voided");
            }
        }
        for op in day::over(&found, app.core.now()) {
            if let Err(fault) = app.writer.run(By::system(clinic), op).await {
                tracing::warn!(%fault, "a branch's day cannot be ended");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            // While the clinic works, every move of the queue triggers the next look.
            changed = moved.changed() => if changed.is_err() { return },
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}
