//! Whose notes have changed: the view of an author's unsigned notes is read again.

use imbl::HashMap as SharedMap;
use medlane_shared::ids::PersonId;

use super::store;
use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

/// A note.
pub const NOTE: Entity = Entity::new("note");

/// How often the notes of each author of a clinic have changed since the start.
#[derive(Debug, Clone, Default)]
pub struct NoteMoves(SharedMap<PersonId, u64>);

impl NoteMoves {
    /// How often an author's notes have changed since the start.
    #[must_use]
    pub fn of(&self, author: PersonId) -> u64 {
        self.0.get(&author).copied().unwrap_or(0)
    }
}

impl RoomState for NoteMoves {
    /// The author.
    type Change = PersonId;

    const ENTITIES: &'static [Entity] = &[NOTE];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }

    fn apply(&mut self, author: &PersonId) {
        *self.0.entry(*author).or_default() += 1;
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<PersonId>> {
        let mut authors = Vec::with_capacity(news.len());
        for row in news {
            authors.extend(store::author_by_id(at.conn, at.clinic, row.id()?).await?);
        }
        Ok(authors)
    }
}
