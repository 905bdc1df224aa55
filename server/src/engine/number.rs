//! A clinic's number on its server.

/// With it a place in a clinic's feed or audit log is one whole number, which is the key of the row: nothing else that is
/// written so often needs an index beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub i64);

impl Number {
    /// Entries of one clinic at the most: 2^40.
    const SEQ_BITS: u32 = 40;

    /// The place of an entry, numbered from 1.
    #[must_use]
    pub const fn place(self, seq: i64) -> i64 {
        let last = (1 << Self::SEQ_BITS) - 1;
        (self.0 << Self::SEQ_BITS) | if seq < last { seq } else { last }
    }

    /// The number of the entry at a place of this clinic's.
    #[must_use]
    pub const fn seq(self, place: i64) -> i64 {
        place - (self.0 << Self::SEQ_BITS)
    }

    /// After the last place that there can be.
    #[must_use]
    pub const fn end(self) -> i64 {
        (self.0 + 1) << Self::SEQ_BITS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_two_clinics_never_meet() {
        let (one, two) = (Number(1), Number(2));
        assert_eq!(one.place(1) - one.place(0), 1);
        assert_eq!(two.seq(two.place(7)), 7);
        assert!(one.place(i64::MAX) < one.end());
        assert_eq!(one.end(), two.place(0));
    }
}
