//! Whose notes have changed: an author's list of unsigned notes is read again, and a patient's chart.

use imbl::HashMap as SharedMap;
use medlane_shared::{
    ids::{ClinicId, PersonId},
    records::StoredState,
};

use super::store::{self, NoteHead};
use crate::{
    db::Conn,
    engine::{Entity, Load, RoomState},
    identity::merge::kept_id,
    writer::ChangeRow,
};

/// A note.
pub const NOTE: Entity = Entity::new("note");

/// How often notes have changed since the start.
#[derive(Debug, Clone, Default)]
pub struct NoteMoves {
    authors: SharedMap<PersonId, u64>,
    charts: SharedMap<PersonId, u64>,
}

/// A note that has changed.
#[derive(Debug, Clone, Copy)]
pub struct NoteMove {
    /// The author.
    pub author: PersonId,
    /// The patient, if the readers of the chart see it: the note was begun, signed or thrown away.
    pub chart: Option<PersonId>,
}

impl NoteMove {
    /// The change that led to this row. A merged record's notes are in the chart of the record that stays.
    ///
    /// # Errors
    /// An error of the database driver.
    pub async fn read(conn: &mut Conn, clinic: ClinicId, note: &NoteHead) -> sqlx::Result<Self> {
        let is_seen = note.version == 1 || note.state != StoredState::Draft;
        let chart = if is_seen { Some(kept_id(conn, clinic, note.patient_id).await?) } else { None };
        Ok(Self { author: note.author_id, chart })
    }
}

impl NoteMoves {
    /// How often an author's notes have changed since the start.
    #[must_use]
    pub fn of(&self, author: PersonId) -> u64 {
        self.authors.get(&author).copied().unwrap_or(0)
    }

    /// How often the readers of a patient's chart have seen a change since the start.
    #[must_use]
    pub fn of_chart(&self, patient: PersonId) -> u64 {
        self.charts.get(&patient).copied().unwrap_or(0)
    }
}

impl RoomState for NoteMoves {
    type Change = NoteMove;

    const ENTITIES: &'static [Entity] = &[NOTE];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }

    fn apply(&mut self, moved: &NoteMove) {
        *self.authors.entry(moved.author).or_default() += 1;
        if let Some(patient) = moved.chart {
            *self.charts.entry(patient).or_default() += 1;
        }
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<NoteMove>> {
        let mut moves = Vec::with_capacity(news.len());
        for row in news {
            let note = store::note_row(at.conn, at.clinic, row.id()?).await?;
            if let Some(note) = note {
                moves.push(NoteMove::read(at.conn, at.clinic, &note.head).await?);
            }
        }
        Ok(moves)
    }
}
