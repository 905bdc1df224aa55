//! The Merkle tree over the leaves (RFC 6962 §2.1), grown leaf by leaf.

use sha2::{Digest, Sha256};

use super::Hash;

/// A growing Merkle tree. It keeps only the roots of its full subtrees, so it needs O(log n) memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// How many leaves were added.
    size: u64,
    /// Roots of the full subtrees, largest first: one for each bit set in `size`.
    peaks: Vec<Hash>,
}

impl Tree {
    /// How many leaves were added.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its full subtrees, largest first: with the size they are all that it takes to grow on.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Back from its size and [`Tree::peaks`]; `None` where their number does not fit the size.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()).ok()? == peaks.len()).then_some(Self { size, peaks })
    }

    /// Takes the next leaf hash in.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = join(&left, &node);
            rest >>= 1;
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root; the hash of nothing if there are no leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| join(left, &right))
    }
}

/// An inner node (RFC 6962 §2.1).
fn join(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}
