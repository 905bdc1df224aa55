//! Decides whether a clinic's log may still be signed: only a log that extends what was signed before.

use std::sync::RwLock;

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use medlane_shared::{
    audit::{FirstBad, Tampering},
    ids::ClinicId,
    time::Timestamp,
};

use crate::{
    keys::Root,
    lock::{read, write},
    writer::Head,
};

/// The key that signs a clinic's audit log.
#[must_use]
pub fn signing_key(root: &Root, clinic: ClinicId) -> SigningKey {
    SigningKey::from_bytes(&root.derive("audit checkpoint", clinic.0.as_bytes()))
}

/// The bytes of a head that every batch signs: the number of entries, the chain hash over them, and the last checkpoint.
fn head_text(clinic: ClinicId, head: &Head) -> Vec<u8> {
    let (seq, checkpoint) = (head.audit_seq.to_be_bytes(), head.checkpoint.to_be_bytes());
    [b"medlane audit head v1".as_slice(), clinic.0.as_bytes(), &seq, &head.audit_hash, &checkpoint].concat()
}

/// Signs a head.
fn head_signed(clinic: ClinicId, head: &Head, key: &SigningKey) -> [u8; 64] {
    key.sign(&head_text(clinic, head)).to_bytes()
}

/// Whether a head has this server's signature.
fn head_holds(clinic: ClinicId, head: &Head, key: &VerifyingKey) -> bool {
    let signature = head.signature.map(|bytes| Signature::from_bytes(&bytes));
    signature.is_some_and(|signature| key.verify(&head_text(clinic, head), &signature).is_ok())
}

/// The facts that a node knows about a clinic's log.
pub struct Trust {
    clinic: ClinicId,
    key: SigningKey,
    verifier: VerifyingKey,
    state: RwLock<State>,
}

/// How far the signing of a log has progressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// Heads are not signed yet.
    #[default]
    Unsigned,
    /// The next batch signs the first head. Until it commits, the stored head may be unsigned.
    Begun,
    /// A signed head was committed.
    Signed,
    /// The clinic's key says that heads are signed. So a head without a signature has lost it.
    Marked,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    binding: Binding,
    /// Why nothing more is signed; `None` if all is well.
    broken: Option<FirstBad>,
    /// The first bad entry that the last check found, also where signing goes on.
    bad: Option<FirstBad>,
    /// When the last check of the whole log ended.
    checked: Option<Timestamp>,
    /// The last entry that this node has seen committed.
    seen: i64,
    /// The command line signs on from the head as it is.
    is_resumed: bool,
}

impl Trust {
    /// For a clinic. `is_marked` says whether its key is in the bound form.
    #[must_use]
    pub fn new(clinic: ClinicId, key: SigningKey, is_marked: bool) -> Self {
        let binding = if is_marked { Binding::Marked } else { Binding::Unsigned };
        let state = State { binding, ..State::default() };
        Self { clinic, verifier: key.verifying_key(), key, state: RwLock::new(state) }
    }

    /// The key that verifies the log.
    #[must_use]
    pub const fn verifier(&self) -> &VerifyingKey {
        &self.verifier
    }

    /// The key that signs the log.
    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Why nothing more is signed; `None` if all is well.
    #[must_use]
    pub fn broken(&self) -> Option<FirstBad> {
        read(&self.state).broken
    }

    /// The first bad entry that the last check found.
    #[must_use]
    pub fn bad(&self) -> Option<FirstBad> {
        let state = read(&self.state);
        state.bad.or(state.broken)
    }

    /// What a check of the whole log found.
    pub(crate) fn found(&self, bad: Option<FirstBad>, at: Timestamp) {
        let mut state = write(&self.state);
        (state.bad, state.checked) = (bad, Some(at));
    }

    /// When the last check of the whole log ended, since this node started.
    #[must_use]
    pub fn checked(&self) -> Option<Timestamp> {
        read(&self.state).checked
    }

    /// Signs no more.
    pub fn break_off(&self, bad: FirstBad) {
        let mut state = write(&self.state);
        if state.broken.is_none() {
            tracing::error!(clinic = %self.clinic, entry = bad.seq, tampering = bad.tampering.text(),
                "the audit log does not extend its last signature, so signing stops");
            state.broken = Some(bad);
        }
    }

    /// Whether the clinic's key is in the bound form.
    pub(crate) fn is_marked(&self) -> bool {
        read(&self.state).binding == Binding::Marked
    }

    /// Whether this log's heads have to be signed.
    pub(crate) fn is_bound(&self) -> bool {
        read(&self.state).binding >= Binding::Signed
    }

    /// Starts to sign, after the whole log was examined.
    pub(crate) fn bind(&self) {
        let mut state = write(&self.state);
        state.binding = state.binding.max(Binding::Begun);
    }

    /// The clinic's key is committed in the bound form.
    pub(crate) fn mark(&self) {
        write(&self.state).binding = Binding::Marked;
    }

    /// Accepts the present head. Only the command line does this, for an operator with the key.
    pub(crate) fn resume(&self) {
        let mut state = write(&self.state);
        let binding = state.binding.max(Binding::Signed);
        *state = State { binding, is_resumed: true, ..State::default() };
    }

    /// Whether a head has this server's signature.
    pub(crate) fn holds(&self, head: &Head) -> bool {
        head_holds(self.clinic, head, &self.verifier)
    }

    /// Checks a head that was read while nobody else could write. If it is unsigned, or older than a head that this
    /// node has seen, signing stops.
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

    /// Signs the head at the end of a batch; `None` if nothing is signed.
    #[must_use]
    pub fn sign(&self, head: &Head) -> Option<[u8; 64]> {
        let state = *read(&self.state);
        (state.binding >= Binding::Begun && state.broken.is_none())
            .then(|| head_signed(self.clinic, head, &self.key))
    }

    /// Records that a head was committed.
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
