//! Which inboxes have changed: a view of a changed one is read again.

use imbl::HashMap as SharedMap;
use medlane_shared::ids::PersonId;

use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

/// A person's inbox.
pub const NOTICE: Entity = Entity::new("notice");

/// How often each inbox of a clinic has changed since the start.
#[derive(Debug, Clone, Default)]
pub struct Inboxes(SharedMap<PersonId, u64>);

impl Inboxes {
    /// How often a person's inbox has changed since the start.
    #[must_use]
    pub fn moves(&self, person: PersonId) -> u64 {
        self.0.get(&person).copied().unwrap_or(0)
    }
}

impl RoomState for Inboxes {
    /// The person whose inbox has changed.
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
