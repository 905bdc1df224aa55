//! A clinic's number on its server.

/// A clinic's number on its server. With it, a place in a clinic's feed or audit log is one whole number, and that
/// number is the key of the row: rows that are written so often need no second index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub i64);

impl Number {
    /// The bits of a sequence number: a clinic has at most 2^40 entries.
    const SEQ_BITS: u32 = 40;

    /// The place of an entry; entries are numbered from 1.
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

    /// The end of the clinic's places: the first place of the next clinic.
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
