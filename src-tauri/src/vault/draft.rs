//! A note that is being written on this computer: the typed text, the server's version of it, and the intent that is
//! not answered yet.
//!
//! A note has at most one unanswered intent, because the next one has to name the version that the answer gives. Text
//! that is typed meanwhile waits in the draft, which is stored after every change.

use medlane_shared::{
    fault::{Code, Fault},
    ids::NoteId,
    records::{NoteRef, NoteSave, NoteSign},
    sync::IntentOutcome,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A note that is being written here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The id that its author began with. The note's own id can change, if it becomes a draft beside a newer one.
    pub began: NoteId,
    /// The text as typed here, with the id and version that the server last gave.
    pub note: NoteSave,
    /// Whether something was typed since the last intent.
    pub unsent: bool,
    /// Whether the author wants to sign it.
    pub sign: bool,
    /// The intent that is not answered yet.
    pub flying: Option<u64>,
    /// Why the server refused the last intent.
    pub refused: Option<Fault>,
    /// When the author last typed.
    pub written_at: Timestamp,
    /// The patient's name, as the queue showed it when the note was begun. The list of unsigned notes can show it
    /// without the network.
    #[serde(default)]
    pub patient_name: Option<String>,
    /// The version that the note had here when this text became another note beside it; its author may still name
    /// that version.
    #[serde(default)]
    pub parted: i64,
}

/// An intent's name and arguments.
pub type Wanted = (&'static str, Value);

impl Draft {
    /// A new draft.
    #[must_use]
    pub const fn new(note: NoteSave, patient_name: Option<String>, at: Timestamp) -> Self {
        let began = note.id;
        let (unsent, sign, flying, refused) = (true, false, None, None);
        Self { began, note, unsent, sign, flying, refused, written_at: at, patient_name, parted: 0 }
    }

    /// Whether the typed text belongs to the same visit, so that it may replace the draft's text. A note belongs to
    /// the ticket that it began with.
    #[must_use]
    pub fn is_of(&self, typed: &NoteSave) -> bool {
        (self.note.patient_id, self.note.ticket_id) == (typed.patient_id, typed.ticket_id)
    }

    /// Takes a newly typed text.
    pub fn write(&mut self, typed: NoteSave, at: Timestamp) {
        if self.is_settled() && typed.id == self.note.id && typed.version > self.note.version {
            // The note was changed elsewhere, and the author has seen that version. The server has its text, so this
            // one is sent even if it is the text that was typed here before.
            self.note.version = typed.version;
            self.unsent = true;
        }
        // The same ticket, or the ticket that the server has for the note.
        self.note.ticket_id = typed.ticket_id;
        self.unsent |= self.note.text != typed.text;
        self.note.text = typed.text;
        self.refused = None;
        self.written_at = at;
    }

    /// Whether whoever signs this version of the note sees the draft's text. The server has a newer text than a
    /// settled draft, if the note was changed elsewhere since.
    #[must_use]
    pub const fn is_seen_by(&self, sign: &NoteSign) -> bool {
        !self.is_settled() || sign.version <= self.note.version || sign.version <= self.parted
    }

    /// Asks that the note be signed with its present text.
    pub fn ask_sign(&mut self) {
        self.sign = true;
        self.refused = None;
    }

    /// Whether the server has everything.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !self.unsent && !self.sign && self.flying.is_none()
    }

    /// The intent to send now, with the number `id`; `None` if there is nothing to send.
    pub fn next(&mut self, id: u64) -> Option<Wanted> {
        if self.flying.is_some() || self.refused.is_some() {
            return None;
        }
        let wanted = if self.unsent {
            self.unsent = false;
            ("note.save", serde_json::to_value(&self.note).ok()?)
        } else if self.sign {
            let sign = NoteSign { id: self.note.id, version: self.note.version };
            ("note.sign", serde_json::to_value(sign).ok()?)
        } else {
            return None;
        };
        self.flying = Some(id);
        Some(wanted)
    }

    /// Takes the outcome of the unanswered intent. Returns whether the note is signed. If the note was signed
    /// elsewhere meanwhile, the text becomes a new note with the id `fresh`.
    pub fn settle(&mut self, name: &str, outcome: &IntentOutcome, fresh: NoteId) -> bool {
        self.flying = None;
        match outcome {
            IntentOutcome::Accepted { answer } => match serde_json::from_value::<NoteRef>(answer.clone()) {
                Ok(_) if name == "note.sign" => return true,
                Ok(note) => {
                    if note.id != self.note.id {
                        self.parted = self.note.version;
                    }
                    self.note.id = note.id;
                    self.note.version = note.version;
                }
                Err(_) => self.refused = Some(Code::Internal.into()),
            },
            IntentOutcome::Refused { fault } if name == "note.save" && fault.code == Code::NoteSigned => {
                (self.note.id, self.note.version) = (fresh, 0);
                self.unsent = true;
            }
            // An earlier release may have stored a later visit's ticket: the server's ticket stays.
            IntentOutcome::Refused { fault }
                if name == "note.save"
                    && self.note.version > 0
                    && self.note.ticket_id.is_some()
                    && fault.fields.contains_key("ticket_id") =>
            {
                self.note.ticket_id = None;
                self.unsent = true;
            }
            IntentOutcome::Refused { fault } => {
                self.unsent |= name == "note.save";
                self.sign = false;
                self.refused = Some(fault.clone());
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{fault::FieldCode, ids::PersonId};
    use proptest::prelude::*;

    use super::*;

    fn draft() -> Draft {
        let at = Timestamp::from_ms(1);
        let (id, patient_id) = (NoteId::new(at, [1; 10]), PersonId::new(at, [2; 10]));
        Draft::new(NoteSave { id, patient_id, ticket_id: None, text: "a".to_owned(), version: 0 }, None, at)
    }

    fn accepted(draft: &Draft, version: i64) -> IntentOutcome {
        let note = NoteRef { id: draft.note.id, version, patient_id: draft.note.patient_id };
        IntentOutcome::Accepted { answer: serde_json::to_value(note).unwrap() }
    }

    #[test]
    fn a_refusal_keeps_the_text_until_it_is_typed_at_again() {
        let mut draft = draft();
        assert!(draft.next(1).is_some());
        let fresh = draft.note.id;
        draft.settle("note.save", &IntentOutcome::Refused { fault: Code::Forbidden.into() }, fresh);
        assert_eq!((draft.next(2), draft.note.text.as_str(), draft.is_settled()), (None, "a", false));
        draft.write(NoteSave { text: "b".to_owned(), ..draft.note.clone() }, Timestamp::from_ms(2));
        assert_eq!(draft.next(2).unwrap().0, "note.save");
    }

    #[test]
    fn a_text_for_a_note_that_was_signed_meanwhile_becomes_another_note() {
        let (mut draft, fresh) = (draft(), NoteId::new(Timestamp::from_ms(9), [9; 10]));
        draft.note.version = 4;
        draft.next(1).unwrap();
        draft.settle("note.save", &IntentOutcome::Refused { fault: Code::NoteSigned.into() }, fresh);
        let (_, args) = draft.next(2).unwrap();
        assert_eq!(
            (&args["id"], &args["version"], &args["text"]),
            (&fresh.to_string().into(), &0.into(), &"a".into())
        );
    }

    #[test]
    fn a_draft_of_an_earlier_release_goes_on_with_the_ticket_that_the_server_has() {
        let (mut draft, later) =
            (draft(), medlane_shared::ids::TicketId::new(Timestamp::from_ms(7), [7; 10]));
        draft.note.ticket_id = Some(later);
        let wrong = || IntentOutcome::Refused {
            fault: Fault::new(Code::Invalid).field("ticket_id", FieldCode::OtherVisit),
        };
        // The server has no such note, so it has no ticket to keep.
        draft.next(1).unwrap();
        draft.settle("note.save", &wrong(), draft.began);
        assert!(draft.refused.is_some());
        (draft.refused, draft.note.version) = (None, 3);
        draft.next(2).unwrap();
        draft.settle("note.save", &wrong(), draft.began);
        let (name, args) = draft.next(3).unwrap();
        assert_eq!((name, args.get("ticket_id"), &args["text"]), ("note.save", None, &"a".into()));
        // After a second refusal the draft waits for its writer.
        draft.settle("note.save", &wrong(), draft.began);
        assert!(draft.refused.is_some() && draft.next(4).is_none());
    }

    /// The note was written on elsewhere, and the author types it back here to what it was.
    #[test]
    fn a_text_that_is_typed_back_over_a_newer_version_is_sent() {
        let mut draft = draft();
        draft.next(1).unwrap();
        draft.settle("note.save", &accepted(&draft, 3), draft.began);
        let seen =
            |version: i64, text: &str| NoteSave { version, text: text.to_owned(), ..draft.note.clone() };
        let (same, newer) = (seen(3, "a"), seen(5, "a"));
        draft.write(same, Timestamp::from_ms(2));
        assert_eq!(draft.next(2), None, "the server has it");
        draft.write(newer, Timestamp::from_ms(3));
        assert!(!draft.is_settled(), "the server has another text");
        let (name, args) = draft.next(2).unwrap();
        assert_eq!((name, &args["version"], &args["text"]), ("note.save", &5.into(), &"a".into()));
    }

    #[test]
    fn a_settled_draft_is_not_signed_for_a_newer_version() {
        let mut draft = draft();
        let sign = |version: i64| NoteSign { id: draft.began, version };
        let signs = [0, 3, 5].map(sign);
        let seen = |draft: &Draft| signs.each_ref().map(|sign| draft.is_seen_by(sign));
        // The page shows the text of a draft that waits, over any version that the server has.
        assert_eq!(seen(&draft), [true, true, true]);
        draft.next(1).unwrap();
        draft.settle("note.save", &accepted(&draft, 3), draft.began);
        assert_eq!(seen(&draft), [true, true, false]);
        // The text became a note beside the first, whose version its author knows until the answer is shown.
        draft.write(NoteSave { text: "b".to_owned(), ..draft.note.clone() }, Timestamp::from_ms(2));
        draft.next(2).unwrap();
        let beside = NoteRef {
            id: NoteId::new(Timestamp::from_ms(9), [9; 10]),
            version: 1,
            patient_id: draft.note.patient_id,
        };
        let answer = serde_json::to_value(beside).unwrap();
        draft.settle("note.save", &IntentOutcome::Accepted { answer }, draft.began);
        assert_eq!(seen(&draft), [true, true, false]);
    }

    #[test]
    fn a_draft_is_of_one_visit() {
        let draft = draft();
        let ticket_id = Some(medlane_shared::ids::TicketId::new(Timestamp::from_ms(1), [3; 10]));
        assert!(draft.is_of(&draft.note));
        assert!(!draft.is_of(&NoteSave { ticket_id, ..draft.note.clone() }));
    }

    proptest! {
        /// In any order of typing, answers and signing there is only one unanswered intent. It names the version that
        /// the server last gave, and at the end the server has the text that was typed last.
        #[test]
        fn the_last_word_arrives(steps in proptest::collection::vec((any::<bool>(), "[a-z]{0,4}"), 1..40)) {
            let (mut draft, mut server, mut version, mut id) = (draft(), String::new(), 0, 0);
            let mut under_way: Option<Value> = None;
            let mut step = |draft: &mut Draft, answer: bool| {
                if answer && let Some(args) = under_way.take() {
                    assert_eq!(args["version"], version, "from the version last given");
                    args["text"].as_str().unwrap().clone_into(&mut server);
                    version += 1;
                    assert!(!draft.settle("note.save", &accepted(draft, version), draft.began));
                }
                if let Some((name, args)) = draft.next(id + 1) {
                    id += 1;
                    assert_eq!((name, under_way.replace(args)), ("note.save", None), "one at a time");
                }
                (under_way.is_none(), server.clone())
            };
            for (n, (answer, text)) in (2..).zip(steps) {
                draft.write(NoteSave { text, version: 0, ..draft.note.clone() }, Timestamp::from_ms(n));
                step(&mut draft, answer);
            }
            step(&mut draft, true);
            let (quiet, server) = step(&mut draft, true);
            prop_assert!(quiet && draft.is_settled());
            prop_assert_eq!(server, draft.note.text.clone());
            draft.ask_sign();
            let (name, _) = draft.next(99).unwrap();
            prop_assert_eq!(name, "note.sign");
            prop_assert!(draft.settle(name, &accepted(&draft, 100), draft.began));
        }
    }
}
