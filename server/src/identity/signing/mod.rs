//! The keys that sign a clinic's tokens. They can be replaced: each key derives from the root key and its number.

pub mod store;

pub use store::signing_load;

use medlane_shared::{
    access::{Action, Resource, may},
    time::Timestamp,
};
use serde_json::json;

use super::confirm;
use crate::{
    engine::{Entity, Load, RoomState},
    writer::{ChangeRow, Done, Entry, Failure, Op, Unit},
};

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

impl RoomState for Signing {
    /// Tokens are signed with another key.
    type Change = Self;

    const ENTITIES: &'static [Entity] = &[SIGNING];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        signing_load(at.conn, at.clinic).await
    }

    fn apply(&mut self, now: &Self) {
        *self = *now;
    }

    async fn catch_up(at: Load<'_>, _news: &[&ChangeRow]) -> sqlx::Result<Vec<Self>> {
        Ok(vec![signing_load(at.conn, at.clinic).await?])
    }
}

/// Replaces the signing key with a fresh one. Tokens of the old key stay valid until they end.
#[derive(Debug, Clone, Copy)]
pub struct SigningRotate;

impl Op for SigningRotate {
    type Out = i64;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<i64>, Failure> {
        may(unit.actor(), Action::KeysManage, &Resource::clinic())?;
        confirm::demand(unit).await?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let generation = signing_load(unit.reads().await?, clinic).await?.generation + 1;
        let signing = Signing { generation, since: at };
        store::signing_insert(unit.writes().await?, clinic, signing).await?;
        unit.change::<Signing>(signing);
        unit.changed(SIGNING, clinic, None, None);
        let entry =
            Entry::new("keys.rotate", format!("clinic:{clinic}")).detail(json!({ "generation": generation }));
        Ok(unit.commit(entry, generation))
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
