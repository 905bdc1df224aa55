use medlane_shared::ids::NoteId;

use super::*;
use crate::doctor::sample;

#[test]
fn unsaved_text_is_its_authors_alone() {
    let at = Timestamp::from_ms(1);
    let [one, other] = [1, 2].map(|n| Some(PersonId::new(at, [n; 10])));
    let of = Of { author: one, patient: PersonId::new(at, [3; 10]), ticket: None };
    let note = Note { patient_id: of.patient, text: "as saved".to_owned(), ..sample::note(4) };
    let pen = Pen::at(of, &"Somebody".into(), Some(&note));
    pen.draft.borrow_mut().text = "typed".to_owned();
    UNSAVED.with_borrow_mut(|all| all.push(pen));
    assert_eq!(unsaved_of(one).len(), 1);
    assert!(unsaved_of(other).is_empty(), "another doctor at the same page");
    assert!(unsaved_of(None).is_empty(), "nobody is signed in");
    assert!(unsaved_notes().is_empty());
}

#[test]
fn what_another_window_did_to_a_note_is_taken_over_and_said() {
    let at = Timestamp::from_ms(1);
    let of = Of { author: None, patient: PersonId::new(at, [5; 10]), ticket: None };
    let note = |n: u8, text: &str, version: i64, state: NoteState| {
        let text = text.to_owned();
        Note { patient_id: of.patient, text, version, state, ..sample::note(n) }
    };
    let pen = Pen::at(of, &"Somebody".into(), Some(&note(6, "one", 1, NoteState::Draft)));
    pen.compare(&[note(6, "one", 1, NoteState::Draft)], None, true);
    assert_eq!(pen.apart(), None, "nothing has happened");
    pen.compare(&[note(6, "one two", 2, NoteState::Draft)], None, true);
    assert_eq!((pen.draft().text.as_str(), pen.apart()), ("one two", Some(Apart::Caught)));
    pen.draft.borrow_mut().text = "typed".to_owned();
    pen.compare(&[note(6, "three", 3, NoteState::Draft)], None, true);
    assert_eq!((pen.draft().text.as_str(), pen.draft().version), ("typed", 2), "what is typed here stays");
    let (signed, own) = (note(6, "three", 4, NoteState::Signed), note(7, "own", 1, NoteState::Draft));
    let chart = [signed, own.clone()];
    pen.compare(&chart, Some(&own), true);
    assert_eq!(pen.draft().text, "typed", "also if the note was signed elsewhere");
    pen.draft.borrow_mut().saved = "typed".to_owned();
    pen.compare(&chart, Some(&own), true);
    assert_eq!((pen.draft().id, pen.apart()), (own.id, Some(Apart::Signed)), "nobody signs it twice");
}

#[test]
fn a_note_that_another_window_threw_away_leaves_and_typed_text_stays() {
    let at = Timestamp::from_ms(1);
    let of = Of { author: None, patient: PersonId::new(at, [8; 10]), ticket: None };
    let note = |text: &str, version: i64| Note {
        patient_id: of.patient,
        text: text.to_owned(),
        version,
        ..sample::note(9)
    };
    let pen = Pen::at(of, &"Somebody".into(), Some(&note("one", 1)));
    pen.compare(&[], None, false);
    assert_eq!((pen.draft().text.as_str(), pen.apart()), ("one", None), "the chart may be an older one");
    pen.draft.borrow_mut().text = "one two".to_owned();
    pen.compare(&[], None, true);
    assert_eq!((pen.draft().text.as_str(), pen.apart()), ("one two", None), "what is typed here stays");
    pen.draft.borrow_mut().text = "one".to_owned();
    let other = Note { id: NoteId::new(at, [10; 10]), ..note("another draft", 1) };
    pen.compare(std::slice::from_ref(&other), Some(&other), true);
    assert_eq!((pen.draft().id, pen.apart()), (other.id, Some(Apart::Discarded)));
}
