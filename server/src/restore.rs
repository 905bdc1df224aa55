//! What is done once after a copy of the database was put back. Devices have what came after the copy: in a new epoch of the feed
//! they take snapshots, and send again what the server has lost.

use std::sync::Arc;

use medlane_shared::fault::Fault;
use serde_json::json;

use crate::{
    audit,
    engine::{Clinic, Core},
    writer::{By, Done, Entry, Failure, Op, Unit, Writer},
};

/// A new epoch, and why.
struct Restored {
    why: String,
    who: String,
}

impl Op for Restored {
    type Out = i64;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<i64>, Failure> {
        let epoch = unit.raise_epoch();
        let detail = json!({ "epoch": epoch, "why": self.why, "who": self.who });
        let entry = Entry::new("clinic.restore", format!("clinic:{}", unit.clinic())).detail(detail);
        Ok(unit.commit(entry, epoch))
    }
}

/// Resumes the log where the copy is older than what was signed of it, and begins a new epoch of the feed; the epoch. No server
/// runs meanwhile. `who` is the name of the account at the command line; nothing proves it.
///
/// # Errors
/// The database's; the anchor's.
pub async fn restored(core: &Arc<Core>, clinic: &Clinic, why: &str, who: &str) -> Result<i64, Fault> {
    audit::resume(core, clinic, why, who).await?;
    let (writer, written) = Writer::start(core.clone());
    let done = writer.run(By::system(clinic.id), Restored { why: why.to_owned(), who: who.to_owned() }).await;
    drop(writer);
    // It has ended once nobody holds it.
    drop(written.await);
    done
}
