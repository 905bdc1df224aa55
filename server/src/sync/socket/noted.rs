//! The audit entries that a socket writes before it sends: refusals, and the patients whose rows a workstation
//! receives.

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
    /// Writes an audit entry about a refusal to a signed-in caller.
    pub(super) async fn denied(&self, what: &str, fault: &Fault) {
        if matches!(self.actor, Actor::Known(_)) && is_denial(fault.code) {
            let written = self.app.writer.run(self.by(), Noted::refusal(denial(what, fault.code))).await;
            if let Err(fault) = written {
                tracing::error!(%fault, what, "the audit entry of a refusal cannot be written");
            }
        }
    }

    pub(super) async fn denied_topic(&self, topic: &Topic, fault: &Fault) {
        // A link's secret must not enter the log.
        let what = if matches!(topic, Topic::Link(_)) { "link".to_owned() } else { topic.to_string() };
        self.denied(&format!("follow:{what}"), fault).await;
    }

    /// Before a workstation receives rows, writes an audit entry about the patients that it has not received before.
    pub(super) async fn handed(&mut self, client: ClientId, rows: &[Change]) -> Result<(), Fault> {
        let fresh: BTreeSet<PersonId> = patients(rows).filter(|id| !self.handed.contains(id)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let entry = Entry::new("replica.read", format!("client:{client}")).shown(fresh.iter().copied());
        let grant = self.part().grant()?;
        self.app.writer.run(self.by(), Noted::read(&grant, entry)).await?;
        self.handed.extend(fresh);
        Ok(())
    }
}
