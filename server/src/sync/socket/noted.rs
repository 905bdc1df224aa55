//! What a socket writes into the audit log before it says it: refusals, and patients whom a workstation is handed.

use std::collections::BTreeSet;

use medlane_shared::{
    access::Actor,
    fault::Fault,
    ids::{ClientId, PersonId},
    sync::{Change, Topic},
};

use super::Line;
use crate::{
    http::{denial, is_denial},
    sync::replica::patients,
    writer::{Entry, Noted},
};

impl Line {
    /// Writes down what somebody who is signed in was refused.
    pub(super) async fn denied(&self, what: &str, fault: &Fault) {
        if matches!(self.actor, Actor::Known(_)) && is_denial(fault.code) {
            let written = self.app.writer.run(self.by(), Noted(denial(what, fault.code))).await;
            if let Err(fault) = written {
                tracing::error!(%fault, what, "a refusal could not be written down");
            }
        }
    }

    pub(super) async fn denied_topic(&self, topic: &Topic, fault: &Fault) {
        // A link's secret is no name of anything.
        let what = if matches!(topic, Topic::Link(_)) { "link".to_owned() } else { topic.to_string() };
        self.denied(&format!("follow:{what}"), fault).await;
    }

    /// Writes down whom a workstation is handed that none before has named, before it is.
    pub(super) async fn handed(&mut self, client: ClientId, rows: &[Change]) -> Result<(), Fault> {
        let fresh: BTreeSet<PersonId> = patients(rows).filter(|id| !self.handed.contains(id)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let entry = Entry::new("replica.read", format!("client:{client}")).shown(fresh.iter().copied());
        self.app.writer.run(self.by(), Noted(entry)).await?;
        self.handed.extend(fresh);
        Ok(())
    }
}
