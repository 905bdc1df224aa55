//! Medical records. So far: the consultation note (`docs/product.md` §6).

use serde::{Deserialize, Serialize};

use crate::{
    fault::{Code, Fault},
    identity::RecordNumber,
    ids::{NoteId, PersonId, TicketId},
    queue::Label,
    sync::IntentArgs,
    time::Timestamp,
};

/// The most characters of a note. Even if each one is escaped or takes four bytes, the note fits into a frame.
pub const NOTE_MAX_CHARS: usize = 10_000;

/// A note is a draft until it is signed; then it is immutable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteState {
    /// Its author can change it.
    Draft,
    /// Its text is fixed; only addenda can be added.
    Signed,
}

/// A consultation note (FHIR `Composition`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// Its id, made by the author's device.
    pub id: NoteId,
    /// The patient of the visit.
    pub patient_id: PersonId,
    /// The patient's name.
    pub patient_name: String,
    /// The ticket of the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// Who wrote it.
    pub author_id: PersonId,
    /// The author's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// The text.
    pub text: String,
    /// Draft or signed.
    pub state: NoteState,
    /// Grows by one with every change.
    pub version: i64,
    /// Set if this text was written from an outdated version of that note. Both drafts are kept side by side, and the
    /// author chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sibling_of: Option<NoteId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
}

/// `PUT /notes/{id}` and intent `note.save`: the whole text of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteSave {
    /// The note; a new id begins one.
    pub id: NoteId,
    /// The patient of the visit.
    pub patient_id: PersonId,
    /// The ticket of the visit. A new note needs it; an existing note keeps its ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// The text, at most [`NOTE_MAX_CHARS`].
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::NoteText))]
    pub text: String,
    /// The version that the author saw; 0 for a new note.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

impl IntentArgs for NoteSave {
    const NAME: &str = "note.save";
}

/// `POST /notes/{id}/sign` and intent `note.sign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteSign {
    /// The note.
    pub id: NoteId,
    /// The version that the signer saw.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

impl IntentArgs for NoteSign {
    const NAME: &str = "note.sign";
}

/// `POST /notes/{id}/discard` and intent `note.discard`: throws an own draft away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteDiscard {
    /// The note.
    pub id: NoteId,
    /// The version that the author saw. A draft that was written on since stays.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Version))]
    pub version: i64,
}

impl IntentArgs for NoteDiscard {
    const NAME: &str = "note.discard";
}

/// `GET /notes?patient_id=`: the notes of one patient that the caller may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct NotesOf {
    /// The patient.
    pub patient_id: PersonId,
}

/// The notes of one patient, as far as the reader may see them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChartNotes {
    /// The notes, newest first.
    pub items: Vec<Note>,
    /// Opaque cursor of the next page; `None` on the last page.
    pub next: Option<String>,
    /// Notes of visits that go on, which other doctors have begun and not signed. Their text is their authors' alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<NoteBegun>,
    /// Whether notes may be missing: without the network a workstation shows what it keeps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The number of the topic `chart:<patient>` when the notes were read.
    #[serde(default)]
    pub moves: u64,
}

/// A note that another doctor has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteBegun {
    /// The ticket of the visit.
    pub ticket_id: TicketId,
    /// The author's name.
    pub author_name: String,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// The topic `chart:<patient>`: grows with each note of the patient that is begun, signed or thrown away. It says nothing
/// of the notes; whoever follows it reads them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChartMoves {
    /// How often.
    pub moves: u64,
}

/// A draft that its author has not signed yet. It does not carry the text (`GET /notes/drafts`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftView {
    /// The note.
    pub id: NoteId,
    /// The patient of the visit.
    pub patient_id: PersonId,
    /// The patient's name.
    pub patient_name: String,
    /// The ticket of the visit; `None` for notes from before notes named their ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The patient's date of birth, `1980-01-31`. Two patients may have one name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The number of the patient's medical record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// The label of the visit's ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// When the visit began, if the note was begun after that and nobody else has seen the patient since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_at: Option<Timestamp>,
}

/// The versions of the caller's unsigned notes (topic `drafts`). A page that shows another version reads the note again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftVersions {
    /// The notes, newest first, at most 200.
    pub notes: Vec<DraftVersion>,
}

/// An unsigned note and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftVersion {
    /// The note.
    pub id: NoteId,
    /// Its version.
    pub version: i64,
}

impl DraftView {
    /// The draft view of a note, without the facts that a note does not carry; `None` once it is signed.
    #[must_use]
    pub fn of(note: &Note) -> Option<Self> {
        (note.state == NoteState::Draft).then(|| Self {
            id: note.id,
            patient_id: note.patient_id,
            patient_name: note.patient_name.clone(),
            ticket_id: note.ticket_id,
            created_at: note.created_at,
            birth_date: None,
            record_number: None,
            label: None,
            visit_at: None,
        })
    }
}

/// The notes of a chart, sorted for the screen of one visit. A note belongs to its ticket: the draft of another visit
/// is never shown in the place of this visit's draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitNotes<'a> {
    /// The author's unsigned note of this visit; the one that was written on last, if there are several.
    pub own: Option<&'a Note>,
    /// The author's other unsigned notes.
    pub unsigned: Vec<&'a Note>,
    /// All signed notes.
    pub signed: Vec<&'a Note>,
}

impl<'a> VisitNotes<'a> {
    /// Sorts a chart's notes (newest first) for the visit of `ticket` and the doctor `author`.
    #[must_use]
    pub fn of(notes: &'a [Note], ticket: TicketId, author: Option<PersonId>) -> Self {
        let (drafts, signed): (Vec<&Note>, Vec<&Note>) =
            notes.iter().partition(|note| note.state == NoteState::Draft);
        let mine = |note: &&Note| Some(note.author_id) == author;
        let of_visit = drafts.iter().copied().filter(|note| mine(note) && note.ticket_id == Some(ticket));
        let own = of_visit.max_by_key(|note| (note.updated_at, note.id));
        let other = |note: &&Note| mine(note) && own.is_none_or(|own| own.id != note.id);
        Self { own, unsigned: drafts.iter().copied().filter(other).collect(), signed }
    }

    /// The author's unsigned notes beside the one with this id, which is being written.
    #[must_use]
    pub fn beside(&self, id: NoteId) -> Vec<&'a Note> {
        let all = self.own.into_iter().chain(self.unsigned.iter().copied());
        all.filter(|note| note.id != id).collect()
    }
}

/// The answer to an intent about a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// Its id. It differs from the requested id if the text became a draft beside the other one.
    pub id: NoteId,
    /// Its version afterwards.
    pub version: i64,
    /// The patient of the visit.
    pub patient_id: PersonId,
}

/// A note that the workstation keeps because the server refused it, with the facts that its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteRefused {
    /// The id that its author began it with.
    pub id: NoteId,
    /// The text; no other copy exists.
    pub text: String,
    /// When the author last typed in it.
    pub written_at: Timestamp,
    /// Why the server refused it.
    pub fault: Fault,
}

/// The state of a stored note. No view shows a discarded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredState {
    /// Its author can change it.
    Draft,
    /// Its text is fixed.
    Signed,
    /// Its author threw it away. The row stays without the text: text that another window saves later still belongs to
    /// this visit.
    Discarded,
}

/// What a save does to the stored note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveEffect {
    /// A new note, version 1.
    Begin,
    /// The draft takes the new text and its version grows by one.
    Replace,
    /// The text was written from an outdated version: it becomes a second draft beside the first.
    Sibling,
}

/// Decides what a save with `version` does, given the stored note.
///
/// # Errors
/// [`Code::NoteSigned`] once the note is signed; [`Code::NotFound`] if there is no note, but `version` is not 0.
pub fn save_effect(present: Option<(StoredState, i64)>, version: i64) -> Result<SaveEffect, Code> {
    match present {
        None if version == 0 => Ok(SaveEffect::Begin),
        None => Err(Code::NotFound),
        Some((StoredState::Signed, _)) => Err(Code::NoteSigned),
        Some((StoredState::Draft, now)) if now == version => Ok(SaveEffect::Replace),
        Some((StoredState::Draft | StoredState::Discarded, _)) => Ok(SaveEffect::Sibling),
    }
}

/// Decides whether a draft is thrown away by an author who saw `version`. Returns whether there is still something to
/// throw away.
///
/// # Errors
/// [`Code::NoteSigned`] once the note is signed; [`Code::VersionStale`] if it was written on since.
pub fn discard_effect((state, now): (StoredState, i64), version: i64) -> Result<bool, Code> {
    match state {
        StoredState::Signed => Err(Code::NoteSigned),
        StoredState::Discarded => Ok(false),
        StoredState::Draft if now == version => Ok(true),
        StoredState::Draft => Err(Code::VersionStale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(n: u8, ticket: Option<u8>, author: u8, state: NoteState) -> Note {
        let at = Timestamp::from_ms(i64::from(n));
        Note {
            id: NoteId::new(at, [n; 10]),
            patient_id: PersonId::new(at, [9; 10]),
            patient_name: "Anna".to_owned(),
            ticket_id: ticket.map(|ticket| TicketId::new(Timestamp::from_ms(0), [ticket; 10])),
            author_id: PersonId::new(Timestamp::from_ms(0), [author; 10]),
            author_name: None,
            text: String::new(),
            state,
            version: 1,
            sibling_of: None,
            created_at: at,
            updated_at: at,
            signed_at: None,
        }
    }

    #[test]
    fn a_draft_of_an_earlier_visit_is_never_the_note_of_this_one() {
        use NoteState::{Draft, Signed};
        let chart = [
            note(5, Some(1), 8, Draft),
            note(4, Some(2), 7, Signed),
            note(3, Some(1), 7, Draft),
            note(2, None, 7, Draft),
        ];
        let (me, ticket) = (Some(chart[1].author_id), |n: u8| TicketId::new(Timestamp::from_ms(0), [n; 10]));
        let second = VisitNotes::of(&chart, ticket(2), me);
        assert_eq!((second.own, second.unsigned.len(), second.signed.len()), (None, 2, 1));
        let first = VisitNotes::of(&chart, ticket(1), me);
        assert_eq!((first.own, first.unsigned), (Some(&chart[2]), vec![&chart[3]]));
        let siblings = [note(6, Some(1), 7, Draft), note(3, Some(1), 7, Draft)];
        let both = VisitNotes::of(&siblings, ticket(1), me);
        // Also for a window that writes on the older one.
        assert_eq!(both.beside(siblings[1].id), [&siblings[0]]);
        assert_eq!((both.own, both.unsigned), (Some(&siblings[0]), vec![&siblings[1]]), "none is lost");
        let written = Note { updated_at: Timestamp::from_ms(9), ..siblings[1].clone() };
        let both = [siblings[0].clone(), written];
        assert_eq!(
            VisitNotes::of(&both, ticket(1), me).own,
            Some(&both[1]),
            "the one that was written on last"
        );
        assert_eq!(VisitNotes::of(&chart, ticket(1), None).own, None);
        assert_eq!(
            (DraftView::of(&chart[1]), DraftView::of(&chart[2]).map(|d| d.id)),
            (None, Some(chart[2].id))
        );
    }

    #[test]
    fn a_draft_written_from_an_old_version_never_overwrites() {
        assert_eq!(save_effect(None, 0), Ok(SaveEffect::Begin));
        assert_eq!(save_effect(None, 3), Err(Code::NotFound));
        assert_eq!(save_effect(Some((StoredState::Draft, 3)), 3), Ok(SaveEffect::Replace));
        assert_eq!(save_effect(Some((StoredState::Draft, 4)), 3), Ok(SaveEffect::Sibling));
        assert_eq!(save_effect(Some((StoredState::Signed, 4)), 4), Err(Code::NoteSigned));
        // Another window has thrown the note away: what was typed here is a draft of its own.
        assert_eq!(save_effect(Some((StoredState::Discarded, 4)), 3), Ok(SaveEffect::Sibling));
        assert_eq!(save_effect(Some((StoredState::Discarded, 4)), 4), Ok(SaveEffect::Sibling));
    }

    #[test]
    fn only_the_draft_that_its_author_saw_is_thrown_away() {
        assert_eq!(discard_effect((StoredState::Draft, 3), 3), Ok(true));
        assert_eq!(discard_effect((StoredState::Draft, 4), 3), Err(Code::VersionStale));
        assert_eq!(discard_effect((StoredState::Signed, 4), 4), Err(Code::NoteSigned));
        assert_eq!(discard_effect((StoredState::Discarded, 4), 3), Ok(false), "it is gone already");
    }
}
