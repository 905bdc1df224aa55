//! Continues a log that is not signed to its end. The operator with the key does this after they restored an old copy
//! of the database on purpose, or looked into tampering. The log records it with the reason. Later checks still
//! report entries that are wrong.

use std::sync::Arc;

use medlane_shared::{audit::FirstBad, fault::Fault};
use serde_json::json;

use super::verify::{Depth, examine};
use crate::{
    app::Core,
    engine::Clinic,
    writer::{By, Done, Entry, Failure, Op, Unit, Writer},
};

/// Signs the log in its present state. Returns what was wrong with it, if anything. No server may run meanwhile.
///
/// # Errors
/// An error of the database or of the anchor folder.
pub async fn resume(core: &Arc<Core>, clinic: &Clinic, why: &str) -> Result<Option<FirstBad>, Fault> {
    let found = examine(core, clinic, Depth::Details).await.map_err(|error| core.broken(&error))?;
    let Some(bad) = found.verdict.first_bad else { return Ok(None) };
    clinic.trust.resume();
    let (writer, written) = Writer::start(core.clone());
    let done = writer.run(By::system(clinic.id), Resume { bad, why: why.to_owned() }).await;
    drop(writer);
    // The writer ends once nobody holds it.
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
        // The next checkpoint counts as the first, because earlier ones may be missing.
        unit.checkpoint(0);
        let entry = Entry::new("audit.resume", format!("clinic:{}", unit.clinic())).detail(json!({
            "why": self.why, "seq": self.bad.seq, "tampering": self.bad.tampering,
        }));
        Ok(unit.commit(entry, ()))
    }
}
