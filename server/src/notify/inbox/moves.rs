//! Which inboxes have moved: a view of one is read again when it has.

use imbl::HashMap as SharedMap;
use medlane_shared::ids::PersonId;

use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

/// Somebody's inbox.
pub const NOTICE: Entity = Entity::new("notice");

/// How often each inbox of a clinic has moved since the start.
#[derive(Debug, Clone, Default)]
pub struct Inboxes(SharedMap<PersonId, u64>);

impl Inboxes {
    /// How often somebody's inbox has moved since the start.
    #[must_use]
    pub fn moves(&self, person: PersonId) -> u64 {
        self.0.get(&person).copied().unwrap_or(0)
    }
}

impl RoomState for Inboxes {
    /// Whose inbox has moved.
    type Change = PersonId;

    const ENTITIES: &'static [Entity] = &[NOTICE];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }

    fn apply(&mut self, person: &PersonId) {
        *self.0.entry(*person).or_default() += 1;
    }

    async fn catch_up(_at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<PersonId>> {
        news.iter().map(|row| row.id()).collect()
    }
}
