//! A note that is being written on this computer: the typed text, the server's version of it, and the intent that is
//! not answered yet.
//!
//! A note has at most one unanswered intent, because the next one has to name the version that the answer gives. Text
//! that is typed meanwhile waits in the draft, which is stored after every change.

use medlane_shared::{
    fault::{Code, Fault},
    ids::NoteId,
    records::{Note, NoteDiscard, NoteRef, NoteSave, NoteSign},
    sync::{IntentArgs as _, IntentOutcome},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::vault::{Draft, Left, Wanted, wanted};

/// A note that is being written here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteDraft {
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
    /// Whether the author throws it away. It is shown no more, and waits here until the server knows.
    #[serde(default)]
    pub discard: bool,
}

impl NoteDraft {
    /// A new draft.
    #[must_use]
    pub const fn new(note: NoteSave, patient_name: Option<String>, at: Timestamp) -> Self {
        let began = note.id;
        Self {
            began,
            note,
            unsent: true,
            sign: false,
            flying: None,
            refused: None,
            written_at: at,
            patient_name,
            parted: 0,
            discard: false,
        }
    }

    /// The draft of a note that the server has, and that was not written here.
    #[must_use]
    pub fn kept(note: Note, at: Timestamp) -> Self {
        let name = Some(note.patient_name);
        let Note { id, patient_id, ticket_id, text, version, .. } =
            Note { patient_name: String::new(), ..note };
        Self { unsent: false, ..Self::new(NoteSave { id, patient_id, ticket_id, text, version }, name, at) }
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
        // A note that was thrown away a moment ago is written on: the server gets the text, whatever became of it.
        self.unsent |= self.note.text != typed.text || self.discard;
        self.discard = false;
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

    /// Throws the note away, as its author saw it in this version. Returns whether the server has to know.
    pub fn ask_discard(&mut self, version: i64) -> bool {
        if self.is_settled() {
            // The server may have a newer text than this computer, and the author has seen that one.
            self.note.version = self.note.version.max(version);
        }
        self.discard = true;
        self.sign = false;
        self.refused = None;
        self.note.version > 0 || self.flying.is_some()
    }

    /// Whether the server has everything.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !self.unsent && !self.sign && !self.discard && self.flying.is_none()
    }

    /// The intent to send now, with the number `id`; `None` if there is nothing to send.
    pub fn next(&mut self, id: u64) -> Option<Wanted> {
        if self.flying.is_some() || self.refused.is_some() {
            return None;
        }
        let next = if self.discard {
            wanted(&NoteDiscard { id: self.note.id, version: self.note.version })?
        } else if self.unsent {
            self.unsent = false;
            wanted(&self.note)?
        } else if self.sign {
            wanted(&NoteSign { id: self.note.id, version: self.note.version })?
        } else {
            return None;
        };
        self.flying = Some(id);
        Some(next)
    }

    /// Takes the outcome of the unanswered intent. Returns whether nothing is left to do for the note: it is signed, or
    /// thrown away. If the note was signed elsewhere meanwhile, the text becomes a new note with the id `fresh`.
    pub fn settle(&mut self, name: &str, outcome: &IntentOutcome, fresh: NoteId) -> bool {
        self.flying = None;
        match outcome {
            // A refusal means that the note was written on or signed elsewhere: the server's note stays.
            _ if name == NoteDiscard::NAME && self.discard => return true,
            // The author has thrown away the text that the server refused.
            IntentOutcome::Refused { .. } if self.discard => return self.note.version == 0,
            // The author has written on the note meanwhile, and that text follows.
            IntentOutcome::Refused { .. } if name == NoteDiscard::NAME => {}
            IntentOutcome::Accepted { answer } => match serde_json::from_value::<NoteRef>(answer.clone()) {
                Ok(_) if name == NoteSign::NAME => return true,
                Ok(note) => {
                    if note.id != self.note.id {
                        self.parted = self.note.version;
                    }
                    self.note.id = note.id;
                    self.note.version = note.version;
                }
                Err(_) => self.refused = Some(Code::Internal.into()),
            },
            IntentOutcome::Refused { fault } if name == NoteSave::NAME && fault.code == Code::NoteSigned => {
                (self.note.id, self.note.version) = (fresh, 0);
                self.unsent = true;
            }
            // An earlier release may have stored a later visit's ticket: the server's ticket stays.
            IntentOutcome::Refused { fault }
                if name == NoteSave::NAME
                    && self.note.version > 0
                    && self.note.ticket_id.is_some()
                    && fault.fields.contains_key("ticket_id") =>
            {
                self.note.ticket_id = None;
                self.unsent = true;
            }
            IntentOutcome::Refused { fault } => {
                self.unsent |= name == NoteSave::NAME;
                self.sign = false;
                self.refused = Some(fault.clone());
            }
        }
        false
    }
}

impl Draft for NoteDraft {
    const KIND: &'static str = "note";

    fn key(&self) -> String {
        self.began.to_string()
    }

    fn flying(&self) -> Option<u64> {
        self.flying
    }

    fn written_at(&self) -> Timestamp {
        self.written_at
    }

    fn is_settled(&self) -> bool {
        Self::is_settled(self)
    }

    fn next(&mut self, id: u64) -> Option<Wanted> {
        Self::next(self, id)
    }

    fn settle(&mut self, name: &str, outcome: &IntentOutcome, now: Timestamp) -> Left {
        let was_thrown_away = self.discard;
        let is_over = Self::settle(self, name, outcome, NoteId::new(now, rand::random()));
        match outcome {
            IntentOutcome::Refused { fault } if is_over && was_thrown_away => Left::Refusal(fault.clone()),
            _ if is_over => Left::Nothing,
            _ => Left::Draft,
        }
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{fault::FieldCode, ids::PersonId};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn draft() -> NoteDraft {
        let at = Timestamp::from_ms(1);
        let (id, patient_id) = (NoteId::new(at, [1; 10]), PersonId::new(at, [2; 10]));
        NoteDraft::new(
            NoteSave { id, patient_id, ticket_id: None, text: "a".to_owned(), version: 0 },
            None,
            at,
        )
    }

    fn accepted(draft: &NoteDraft, version: i64) -> IntentOutcome {
        let note = NoteRef { id: draft.note.id, version, patient_id: draft.note.patient_id };
        IntentOutcome::Accepted { answer: serde_json::to_value(note).unwrap() }
    }

    #[test]
    fn a_refusal_keeps_the_text_until_it_is_typed_at_again() {
        let mut draft = draft();
        assert!(draft.next(1).is_some());
        let fresh = draft.note.id;
        draft.settle(NoteSave::NAME, &IntentOutcome::Refused { fault: Code::Forbidden.into() }, fresh);
        assert_eq!((draft.next(2), draft.note.text.as_str(), draft.is_settled()), (None, "a", false));
        draft.write(NoteSave { text: "b".to_owned(), ..draft.note.clone() }, Timestamp::from_ms(2));
        assert_eq!(draft.next(2).unwrap().0, NoteSave::NAME);
    }

    #[test]
    fn a_text_for_a_note_that_was_signed_meanwhile_becomes_another_note() {
        let (mut draft, fresh) = (draft(), NoteId::new(Timestamp::from_ms(9), [9; 10]));
        draft.note.version = 4;
        draft.next(1).unwrap();
        draft.settle(NoteSave::NAME, &IntentOutcome::Refused { fault: Code::NoteSigned.into() }, fresh);
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
        draft.settle(NoteSave::NAME, &wrong(), draft.began);
        assert!(draft.refused.is_some());
        (draft.refused, draft.note.version) = (None, 3);
        draft.next(2).unwrap();
        draft.settle(NoteSave::NAME, &wrong(), draft.began);
        let (name, args) = draft.next(3).unwrap();
        assert_eq!((name, args.get("ticket_id"), &args["text"]), (NoteSave::NAME, None, &"a".into()));
        // After a second refusal the draft waits for its writer.
        draft.settle(NoteSave::NAME, &wrong(), draft.began);
        assert!(draft.refused.is_some() && draft.next(4).is_none());
    }

    /// The note was written on elsewhere, and the author types it back here to what it was.
    #[test]
    fn a_text_that_is_typed_back_over_a_newer_version_is_sent() {
        let mut draft = draft();
        draft.next(1).unwrap();
        draft.settle(NoteSave::NAME, &accepted(&draft, 3), draft.began);
        let seen =
            |version: i64, text: &str| NoteSave { version, text: text.to_owned(), ..draft.note.clone() };
        let (same, newer) = (seen(3, "a"), seen(5, "a"));
        draft.write(same, Timestamp::from_ms(2));
        assert_eq!(draft.next(2), None, "the server has it");
        draft.write(newer, Timestamp::from_ms(3));
        assert!(!draft.is_settled(), "the server has another text");
        let (name, args) = draft.next(2).unwrap();
        assert_eq!((name, &args["version"], &args["text"]), (NoteSave::NAME, &5.into(), &"a".into()));
    }

    #[test]
    fn a_draft_is_thrown_away_in_the_version_that_its_author_saw() {
        let refused = |code: Code| IntentOutcome::Refused { fault: code.into() };
        let mut only_here = draft();
        assert!(!only_here.ask_discard(0), "the server knows nothing of it");
        // The save is under way: its answer names the version.
        let mut flying = draft();
        flying.next(1).unwrap();
        assert!(flying.ask_discard(0) && flying.next(2).is_none());
        assert!(!flying.settle(NoteSave::NAME, &accepted(&flying, 1), flying.began));
        let (name, args) = flying.next(2).unwrap();
        assert_eq!((name, &args["version"]), (NoteDiscard::NAME, &1.into()));
        assert!(flying.settle(name, &accepted(&flying, 2), flying.began));
        // A save that the server refuses leaves nothing there.
        let mut never = draft();
        never.next(1).unwrap();
        never.ask_discard(0);
        assert!(never.settle(NoteSave::NAME, &refused(Code::Forbidden), never.began));
        // The author has seen a newer version than this computer has, and it was written on once more.
        let mut older = draft();
        older.next(1).unwrap();
        older.settle(NoteSave::NAME, &accepted(&older, 3), older.began);
        assert!(older.ask_discard(5));
        assert_eq!(older.next(2).unwrap().1["version"], 5);
        assert!(
            older.settle(NoteDiscard::NAME, &refused(Code::VersionStale), older.began),
            "the server's stays"
        );
    }

    #[test]
    fn text_that_is_typed_while_its_note_is_thrown_away_is_sent() {
        let mut draft = draft();
        draft.next(1).unwrap();
        draft.settle(NoteSave::NAME, &accepted(&draft, 1), draft.began);
        draft.ask_discard(1);
        draft.next(2).unwrap();
        draft.write(draft.note.clone(), Timestamp::from_ms(2));
        assert!(!draft.settle(NoteDiscard::NAME, &accepted(&draft, 2), draft.began));
        let (name, args) = draft.next(3).unwrap();
        assert_eq!((name, &args["version"], &args["text"]), (NoteSave::NAME, &2.into(), &"a".into()));
    }

    #[test]
    fn a_settled_draft_is_not_signed_for_a_newer_version() {
        let mut draft = draft();
        let sign = |version: i64| NoteSign { id: draft.began, version };
        let signs = [0, 3, 5].map(sign);
        let seen = |draft: &NoteDraft| signs.each_ref().map(|sign| draft.is_seen_by(sign));
        // The page shows the text of a draft that waits, over any version that the server has.
        assert_eq!(seen(&draft), [true, true, true]);
        draft.next(1).unwrap();
        draft.settle(NoteSave::NAME, &accepted(&draft, 3), draft.began);
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
        draft.settle(NoteSave::NAME, &IntentOutcome::Accepted { answer }, draft.began);
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
            let mut step = |draft: &mut NoteDraft, answer: bool| {
                if answer && let Some(args) = under_way.take() {
                    assert_eq!(args["version"], version, "from the version last given");
                    args["text"].as_str().unwrap().clone_into(&mut server);
                    version += 1;
                    assert!(!draft.settle(NoteSave::NAME, &accepted(draft, version), draft.began));
                }
                if let Some((name, args)) = draft.next(id + 1) {
                    id += 1;
                    assert_eq!((name, under_way.replace(args)), (NoteSave::NAME, None), "one at a time");
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
            prop_assert_eq!(name, NoteSign::NAME);
            prop_assert!(draft.settle(name, &accepted(&draft, 100), draft.began));
        }
    }
}
