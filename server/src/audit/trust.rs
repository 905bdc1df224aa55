//! Whether a clinic's log goes on being signed: only what extends what was signed before is.

use std::sync::RwLock;

use ed25519_dalek::{SigningKey, VerifyingKey};
use medlane_shared::{
    audit::{FirstBad, Tampering},
    ids::ClinicId,
};

use super::note::{head_holds, head_signed};
use crate::{
    lock::{read, write},
    writer::Head,
};

/// What a node knows of a clinic's log.
pub struct Trust {
    clinic: ClinicId,
    key: SigningKey,
    verifier: VerifyingKey,
    state: RwLock<State>,
}

/// How far a log has come to be signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// Heads are not signed yet.
    #[default]
    Unsigned,
    /// The next batch signs the first head. Until it is committed a head may be unsigned.
    Begun,
    /// A head was signed, and committed.
    Signed,
    /// The clinic's key says so: a head without a signature is one that lost it.
    Marked,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    binding: Binding,
    /// Why nothing more is signed.
    broken: Option<FirstBad>,
    /// The last entry that this node has seen committed.
    seen: i64,
    /// Somebody with the key goes on from whatever head is there.
    is_resumed: bool,
}

impl Trust {
    /// Of a clinic whose key says that its log is bound, or not yet.
    #[must_use]
    pub fn new(clinic: ClinicId, key: SigningKey, is_marked: bool) -> Self {
        let binding = if is_marked { Binding::Marked } else { Binding::Unsigned };
        let state = State { binding, ..State::default() };
        Self { clinic, verifier: key.verifying_key(), key, state: RwLock::new(state) }
    }

    /// What verifies it.
    #[must_use]
    pub const fn verifier(&self) -> &VerifyingKey {
        &self.verifier
    }

    /// What signs it.
    pub(super) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Why nothing more is signed, where that is so.
    #[must_use]
    pub fn broken(&self) -> Option<FirstBad> {
        read(&self.state).broken
    }

    /// Signs no more.
    pub fn break_off(&self, bad: FirstBad) {
        let mut state = write(&self.state);
        if state.broken.is_none() {
            tracing::error!(clinic = %self.clinic, entry = bad.seq, tampering = bad.tampering.text(),
                "the audit log does not extend what was signed of it: nothing more is signed");
            state.broken = Some(bad);
        }
    }

    /// Whether the clinic's key says that the log is bound.
    pub(super) fn is_marked(&self) -> bool {
        read(&self.state).binding == Binding::Marked
    }

    /// Whether heads of it have to be signed.
    pub(super) fn is_bound(&self) -> bool {
        read(&self.state).binding >= Binding::Signed
    }

    /// Begins to sign: all that is there was looked at.
    pub(super) fn bind(&self) {
        let mut state = write(&self.state);
        state.binding = state.binding.max(Binding::Begun);
    }

    /// The clinic's key says so from now on: that is committed.
    pub(super) fn mark(&self) {
        write(&self.state).binding = Binding::Marked;
    }

    /// Goes on from whatever head is there: by who has the key, at the command line.
    pub(super) fn resume(&self) {
        let mut state = write(&self.state);
        let binding = state.binding.max(Binding::Signed);
        *state = State { binding, is_resumed: true, ..State::default() };
    }

    /// Whether a head carries our signature.
    pub(super) fn holds(&self, head: &Head) -> bool {
        head_holds(self.clinic, head, &self.verifier)
    }

    /// Takes a head that was read while nobody else could write. One that is not signed, or older than what this node has
    /// seen, is not gone on from.
    pub fn take(&self, head: &Head) {
        let state = *read(&self.state);
        if state.broken.is_some()
            || state.is_resumed
            || (head.signature.is_none() && state.binding < Binding::Signed)
        {
            return;
        }
        if !self.holds(head) {
            return self.break_off(FirstBad {
                seq: head.checkpoint + 1,
                id: None,
                tampering: Tampering::Unsigned,
            });
        }
        if head.audit_seq < state.seen {
            return self.break_off(FirstBad {
                seq: head.audit_seq + 1,
                id: None,
                tampering: Tampering::RolledBack,
            });
        }
        let mut state = write(&self.state);
        state.binding = state.binding.max(Binding::Signed);
        state.seen = state.seen.max(head.audit_seq);
    }

    /// Signs the head that a batch ends with; none where nothing is signed.
    #[must_use]
    pub fn sign(&self, head: &Head) -> Option<[u8; 64]> {
        let state = *read(&self.state);
        (state.binding >= Binding::Begun && state.broken.is_none())
            .then(|| head_signed(self.clinic, head, &self.key))
    }

    /// A head was committed.
    pub fn committed(&self, audit_seq: i64) {
        let mut state = write(&self.state);
        state.seen = state.seen.max(audit_seq);
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trust({}, {:?})", self.clinic, *read(&self.state))
    }
}
