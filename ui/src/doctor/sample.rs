//! A note for tests.

use medlane_shared::{
    ids::{NoteId, PersonId},
    records::{Note, NoteState},
    time::Timestamp,
};

/// An empty draft, written by its patient. A test changes what it is about.
pub(super) fn note(n: u8) -> Note {
    let (at, of) = (Timestamp::from_ms(1), PersonId::new(Timestamp::from_ms(1), [9; 10]));
    Note {
        id: NoteId::new(at, [n; 10]),
        patient_id: of,
        patient_name: String::new(),
        ticket_id: None,
        author_id: of,
        author_name: None,
        text: String::new(),
        state: NoteState::Draft,
        version: 1,
        sibling_of: None,
        created_at: at,
        updated_at: at,
        signed_at: None,
    }
}
