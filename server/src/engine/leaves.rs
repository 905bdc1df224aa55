//! The audit entries that this node has added to a clinic's log.

use std::sync::Mutex;

use medlane_shared::audit::Hash;

use crate::lock::hold;

/// Leaves kept for the next look at the most; beyond it the log is read instead.
const LEAVES_MAX: usize = 65_536;

/// The leaf hashes of what this node has committed, by their number. A checkpoint grows by what was decided, not by
/// what the database says afterwards; and a busy log is not read back.
#[derive(Debug, Default)]
pub struct Leaves(Mutex<Vec<(i64, Hash)>>);

impl Leaves {
    /// Adds committed ones.
    pub fn add(&self, mut leaves: Vec<(i64, Hash)>) {
        let mut kept = hold(&self.0);
        if kept.len() + leaves.len() > LEAVES_MAX {
            kept.clear();
        }
        kept.append(&mut leaves);
    }

    /// Takes all of them out.
    pub(crate) fn take(&self) -> Vec<(i64, Hash)> {
        std::mem::take(&mut hold(&self.0))
    }
}
