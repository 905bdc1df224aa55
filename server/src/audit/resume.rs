//! Going on from a log that is not signed to its end, by who has the key: a database that was put back from a copy on purpose,
//! or one whose tampering was looked into. The log says so, and why. What does not hold in its entries is named as before.

use std::sync::Arc;

use medlane_shared::{audit::FirstBad, fault::Fault};
use serde_json::json;

use super::verify::{Depth, examine};
use crate::{
    app::Core,
    clinic::Clinic,
    writer::{By, Done, Entry, Failure, Op, Unit, Writer},
};

/// Signs the log as it is; what was wrong with it, where anything was. No server runs meanwhile.
///
/// # Errors
/// The database's; the anchor's.
pub async fn resume(core: &Arc<Core>, clinic: &Clinic, why: &str) -> Result<Option<FirstBad>, Fault> {
    let found = examine(core, clinic, Depth::Details).await.map_err(|error| core.broken(&error))?;
    let Some(bad) = found.verdict.first_bad else { return Ok(None) };
    clinic.trust.resume();
    let (writer, written) = Writer::start(core.clone());
    let done = writer.run(By::system(clinic.id), Resume { bad, why: why.to_owned() }).await;
    drop(writer);
    // It has ended once nobody holds it.
    drop(written.await);
    done.map(|()| Some(bad))
}

struct Resume {
    bad: FirstBad,
    why: String,
}

impl Op for Resume {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        // The next checkpoint is a first one: those before it may be missing.
        unit.checkpoint(0);
        let entry = Entry::new("audit.resume", format!("clinic:{}", unit.clinic())).detail(json!({
            "why": self.why, "seq": self.bad.seq, "tampering": self.bad.tampering,
        }));
        Ok(unit.commit(entry, ()))
    }
}
