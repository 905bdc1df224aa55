//! The text of a note as it stands in this page.

use medlane_shared::{
    ids::{NoteId, PersonId, TicketId},
    records::Note,
};

use crate::clock::now;

/// The draft in this page.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id.
    pub id: NoteId,
    /// The present text.
    pub text: String,
    /// The version that the server last gave.
    pub version: i64,
    /// The text that the server last had.
    pub saved: String,
}

impl Draft {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
    /// A new draft, without text.
    #[must_use]
    pub fn begin() -> Self {
        let random = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
        let id = NoteId::new(now(), random);
        Self { id, text: String::new(), version: 0, saved: String::new() }
    }

    /// The draft of a note that the server has.
    #[must_use]
    pub fn of(note: &Note) -> Self {
        let (text, saved) = (note.text.clone(), note.text.clone());
        Self { id: note.id, text, version: note.version, saved }
    }

    /// Whether the draft has unsigned text.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// Whether there is something to discard: text, or a draft that the server has.
    #[must_use]
    pub const fn is_begun(&self) -> bool {
        self.version > 0 || !self.text.is_empty()
    }
}

/// What a note belongs to: its author, its patient, its visit. The visit is `None` for notes from before notes named
/// their visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of {
    /// The author.
    pub author: Option<PersonId>,
    /// The patient.
    pub patient: PersonId,
    /// The ticket of the visit.
    pub ticket: Option<TicketId>,
}
