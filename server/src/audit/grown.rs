//! The log as far as it was looked at.

use medlane_shared::audit::{Hash, Tree, chain};

/// The log as far as it was looked at.
#[derive(Debug, Clone)]
pub(super) struct Grown {
    pub tree: Tree,
    pub chain: Hash,
}

impl Grown {
    pub fn size(&self) -> i64 {
        i64::try_from(self.tree.size()).unwrap_or(i64::MAX)
    }

    pub fn push(&mut self, leaf: Hash) {
        self.chain = chain(&self.chain, &leaf);
        self.tree.push(leaf);
    }
}
