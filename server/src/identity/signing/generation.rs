//! The generation of the key that signs now.

use medlane_shared::time::Timestamp;

use crate::engine::Entity;

/// What tokens are signed with.
pub const SIGNING: Entity = Entity::new("signing");

/// The key that signs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signing {
    /// The key's number.
    pub generation: i64,
    /// When it began to sign.
    pub since: Timestamp,
}

impl Signing {
    /// Whether tokens of this generation may still be valid, if none lives longer than `lives_s`.
    #[must_use]
    pub fn accepts(&self, generation: i64, now: Timestamp, lives_s: i64) -> bool {
        generation == self.generation
            || (generation.checked_add(1) == Some(self.generation)
                && now.since_ms(self.since) <= lives_s * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_before_counts_until_its_tokens_end() {
        let signing = Signing { generation: 3, since: Timestamp::from_ms(1_000_000) };
        let at = |s: i64| Timestamp::from_ms(1_000_000 + s * 1_000);
        assert!(signing.accepts(3, at(99_999), 900));
        assert!(signing.accepts(2, at(900), 900) && !signing.accepts(2, at(901), 900));
        assert!(!signing.accepts(1, at(1), 900), "two before");
        assert!(!signing.accepts(4, at(1), 900), "one that is not there yet");
        for odd in [i64::MAX, i64::MIN, -1] {
            assert!(!signing.accepts(odd, at(1), 900), "{odd}");
        }
    }
}
