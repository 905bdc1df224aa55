//! Notes: written here first, sent when the server can be reached, and shown over the server's answers meanwhile.

mod draft;
mod overlay;
mod written;

pub use draft::NoteDraft;
pub use written::Saved;

use std::sync::Arc;

use medlane_shared::{
    records::{NoteRefused, NoteSave},
    sync::{Intent, IntentOutcome},
    time::Timestamp,
};

use crate::{
    rooms::{Part, Room},
    session::Request,
    told::Pending,
    vault::{Settled, Vault, VaultError},
};

/// The room.
pub(crate) struct Notes;

impl Room for Notes {
    fn part(&self, request: &Request) -> Option<Arc<dyn Part>> {
        overlay::part(request)
    }

    fn settle(
        &self,
        vault: &mut Vault,
        intent: &Intent,
        outcome: &IntentOutcome,
        now: Timestamp,
    ) -> Result<Option<Settled>, VaultError> {
        vault.settle::<NoteDraft>(intent, outcome, now)
    }

    fn is_under_way(&self, vault: &Vault, key: &str) -> Result<bool, VaultError> {
        let draft = vault.draft::<NoteDraft>(key)?;
        Ok(draft.is_some_and(|draft| !draft.is_settled() && draft.refused.is_none()))
    }

    fn tidy(&self, vault: &Vault, now: Timestamp) -> Result<(), VaultError> {
        vault.tidy::<NoteDraft>(now)
    }

    fn pending(&self, vault: &Vault, pending: &mut Pending) -> Result<(), VaultError> {
        let drafts = vault.drafts::<NoteDraft>()?;
        let waiting = drafts.iter().filter(|draft| !draft.is_settled() && !draft.discard);
        pending.notes = waiting.map(|draft| draft.began).collect();
        let refused = drafts.into_iter().filter_map(|draft| {
            let NoteDraft { began: id, note: NoteSave { text, .. }, written_at, refused, .. } = draft;
            Some(NoteRefused { id, text, written_at, fault: refused? })
        });
        pending.refused = refused.collect();
        Ok(())
    }
}
