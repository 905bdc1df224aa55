//! A note that is being written: its present text, and one save at a time. A pen outlives the screen that shows it,
//! so that unsaved text is there again after a sign-in or a step.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

use gloo_timers::{callback::Timeout, future::sleep};
use js_sys::Reflect;
use medlane_shared::{
    fault::{Code, Fault},
    ids::{NoteId, PersonId, TicketId},
    records::{Note, NoteSave, NoteSign, NoteState},
    time::Timestamp,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::apart::Apart;
use crate::{
    backend::{is_window as is_app, person, save_note, sign_note},
    clock::now,
    kit::{listen, window},
};

/// How long the author pauses until a draft is saved, in milliseconds.
const SAVE_AFTER_MS: u32 = 1_500;
/// When to save again after a failure that passes by itself, in milliseconds.
const AGAIN_AFTER_MS: u32 = 15_000;

/// Whether a pen has unsaved text.
fn is_unsaved(pen: &Pen) -> bool {
    let draft = pen.draft.borrow();
    draft.text != draft.saved
}

/// The pens of an author with unsaved text. The page keeps those of a doctor whose session ended; the next doctor who
/// signs in here must neither see nor send them.
fn unsaved_of(author: Option<PersonId>) -> Vec<Rc<Pen>> {
    let is_own = |pen: &&Rc<Pen>| author.is_some() && pen.of.author == author && is_unsaved(pen);
    UNSAVED.with_borrow(|all| all.iter().filter(is_own).cloned().collect())
}

/// Saves unsaved text once the network is back, and makes the browser ask before the page is left with it.
#[hook]
pub fn use_pens() {
    use_effect_with((), |()| {
        // The author has signed in again: what could not be saved meanwhile is saved now.
        unsaved_of(person()).iter().for_each(Pen::rest);
        let save = move |_| unsaved_of(person()).iter().for_each(Pen::rest);
        let warn = move |event: Event| {
            if !unsaved_of(person()).is_empty() {
                event.prevent_default();
                // Older browsers need this property.
                drop(Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE));
            }
        };
        let hears = window().map(|window| {
            (listen(&window, "online", false, save), listen(&window, "beforeunload", false, warn))
        });
        move || drop(hears)
    });
}

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
    fn begin() -> Self {
        let random = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
        let id = NoteId::new(now(), random);
        Self { id, text: String::new(), version: 0, saved: String::new() }
    }

    fn of(note: &Note) -> Self {
        let (text, saved) = (note.text.clone(), note.text.clone());
        Self { id: note.id, text, version: note.version, saved }
    }

    /// Whether the draft has unsigned text.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        !self.text.trim().is_empty()
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

/// Writes one note.
pub struct Pen {
    of: Of,
    /// The patient's name.
    name: AttrValue,
    /// When the note was begun.
    began: Timestamp,
    draft: RefCell<Draft>,
    saving: Cell<bool>,
    fault: RefCell<Option<Fault>>,
    /// What another window has done to the note.
    apart: Cell<Option<Apart>>,
    /// Whether the author has typed or signed something here.
    touched: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    /// Every editor that shows the note.
    changed: RefCell<Vec<Callback<()>>>,
}

impl PartialEq for Pen {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

thread_local! {
    /// Pens with unsaved text. Each is found again by its author, patient and visit.
    static UNSAVED: RefCell<Vec<Rc<Pen>>> = RefCell::default();
    /// Every pen in use: a note has only one, wherever it is shown.
    static ALL: RefCell<Vec<Weak<Pen>>> = RefCell::default();
    /// Called when a pen gets unsaved text, or has none any more.
    static HEARD: RefCell<Callback<()>> = RefCell::default();
}

/// Sets the callback for when a pen gets unsaved text, or has none any more.
pub fn when_unsaved_change(heard: Callback<()>) {
    HEARD.with_borrow_mut(|now| *now = heard);
}

fn tell_unsaved() {
    let heard = HEARD.with_borrow(Clone::clone);
    heard.emit(());
}

/// Whether a note of this patient has text that is not saved yet, or is being saved.
#[must_use]
pub fn is_written(patient: PersonId) -> bool {
    unsaved_of(person()).iter().any(|pen| pen.of.patient == patient)
}

/// The signed-in doctor's notes with unsaved text, each with what it belongs to: the server may not list them yet.
#[must_use]
pub fn unsaved_notes() -> Vec<(Of, Note)> {
    unsaved_of(person()).iter().filter_map(|pen| pen.note()).collect()
}

impl Pen {
    /// The pen of an existing or a new note. If the note has a pen already, returns that one, with its unsaved text.
    #[must_use]
    pub fn at(of: Of, name: &AttrValue, note: Option<&Note>) -> Rc<Self> {
        let is_it = |pen: &Rc<Self>| pen.of == of && note.is_none_or(|note| pen.draft.borrow().id == note.id);
        if let Some(pen) = UNSAVED.with_borrow(|all| all.iter().find(|pen| is_it(pen)).cloned()) {
            return pen;
        }
        let about = ALL.with_borrow_mut(|all| {
            all.retain(|pen| pen.strong_count() > 0);
            all.iter().filter_map(Weak::upgrade).find(|pen| note.is_some() && is_it(pen))
        });
        if let Some((pen, note)) = about.zip(note) {
            pen.catch_up(note);
            return pen;
        }
        let draft = note.map_or_else(Draft::begin, Draft::of);
        let began = note.map_or_else(now, |note| note.created_at);
        let pen = Rc::new(Self {
            of,
            name: name.clone(),
            began,
            draft: RefCell::new(draft),
            saving: Cell::new(false),
            fault: RefCell::default(),
            apart: Cell::default(),
            touched: Cell::default(),
            timer: RefCell::default(),
            changed: RefCell::default(),
        });
        ALL.with_borrow_mut(|all| all.push(Rc::downgrade(&pen)));
        pen
    }

    /// Takes over a change that was made elsewhere, if this page has no unsaved text.
    fn catch_up(&self, note: &Note) {
        let mut draft = self.draft.borrow_mut();
        let is_other = note.id != draft.id || note.version > draft.version;
        if self.saving.get() || draft.text != draft.saved || !is_other {
            return;
        }
        if note.text != draft.text {
            self.apart.set(Some(Apart::Caught));
        }
        *draft = Draft::of(note);
    }

    /// Compares the draft with the chart as it was just read: another window may have written on the note, or signed it.
    /// `own` is the newest draft of this visit.
    pub fn compare(&self, chart: &[Note], own: Option<&Note>) {
        let Draft { id, version, text, saved } = self.draft();
        match chart.iter().find(|note| note.id == id) {
            Some(note) if note.state == NoteState::Draft => self.catch_up(note),
            // Text that was typed here meanwhile is refused as a change of the signed note, and becomes a draft then.
            Some(_) if text == saved && !self.saving.get() => {
                self.apart.set(Some(Apart::Signed));
                self.draft.replace(own.map_or_else(Draft::begin, Draft::of));
            }
            None if version == 0 && !self.touched.get() => {
                if let Some(own) = own {
                    self.catch_up(own);
                }
            }
            Some(_) | None => return,
        }
        self.tell();
    }

    /// What another window has done to the note.
    #[must_use]
    pub fn apart(&self) -> Option<Apart> {
        self.apart.get()
    }

    /// The draft as a note.
    fn note(&self) -> Option<(Of, Note)> {
        let Draft { id, text, version, .. } = self.draft();
        let Of { author, patient: patient_id, ticket: ticket_id } = self.of;
        let note = Note {
            id,
            patient_id,
            patient_name: self.name.to_string(),
            ticket_id,
            author_id: author?,
            text,
            state: NoteState::Draft,
            version,
            sibling_of: None,
            created_at: self.began,
            updated_at: self.began,
            signed_at: None,
        };
        Some((self.of, note))
    }

    /// The draft.
    #[must_use]
    pub fn draft(&self) -> Draft {
        self.draft.borrow().clone()
    }

    /// Whether a save or signature is running.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.saving.get()
    }

    /// Why the last save or signature was refused.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault.borrow().clone()
    }

    /// Adds a function that is called when the draft changes.
    pub fn when_changed(&self, changed: Callback<()>) {
        self.changed.borrow_mut().push(changed);
    }

    /// Removes such a function.
    pub fn forget(&self, changed: &Callback<()>) {
        self.changed.borrow_mut().retain(|one| one != changed);
    }

    fn tell(&self) {
        let changed = self.changed.borrow().clone();
        for changed in changed {
            changed.emit(());
        }
    }

    /// The ticket of the visit.
    #[must_use]
    pub const fn ticket(&self) -> Option<TicketId> {
        self.of.ticket
    }

    /// Takes typed text, and saves it when the author pauses.
    pub fn write(self: &Rc<Self>, text: String) {
        self.touched.set(true);
        if self.apart.get() == Some(Apart::Caught) {
            self.apart.set(None);
        }
        self.draft.borrow_mut().text = text;
        let is_new = UNSAVED.with_borrow_mut(|all| {
            let is_new = !all.contains(self);
            if is_new {
                all.push(self.clone());
            }
            is_new
        });
        if is_new {
            tell_unsaved();
        }
        let pen = self.clone();
        *self.timer.borrow_mut() = Some(Timeout::new(SAVE_AFTER_MS, move || pen.rest()));
        self.tell();
    }

    /// Saves unsaved text, so that a doctor who calls the next patient right after the last word loses nothing.
    pub fn rest(self: &Rc<Self>) {
        let pen = self.clone();
        spawn_local(async move { drop(pen.put_down(false).await) });
    }

    /// Saves unsaved text, and signs the note if `signs` is set.
    ///
    /// # Errors
    /// The errors of [`save_note`] and [`sign_note`].
    pub async fn put_down(self: &Rc<Self>, signs: bool) -> Result<(), Fault> {
        // Only one save runs at a time. A second save from the same version would create a second draft.
        while self.saving.replace(true) {
            sleep(Duration::from_millis(100)).await;
        }
        self.tell();
        let done = self.send(signs).await;
        self.fault.replace(done.as_ref().err().cloned());
        self.saving.set(false);
        let draft = self.draft();
        if draft.text == draft.saved {
            UNSAVED.with_borrow_mut(|all| all.retain(|pen| pen != self));
            tell_unsaved();
        } else if done.as_ref().is_err_and(|fault| fault.code.may_pass()) && self.timer.borrow().is_none() {
            let pen = self.clone();
            *self.timer.borrow_mut() = Some(Timeout::new(AGAIN_AFTER_MS, move || pen.rest()));
        }
        self.tell();
        done
    }

    /// Another window has signed the note: the text becomes another draft of the visit, so that nothing of it is lost.
    async fn save_again(&self, request: NoteSave) -> Result<(NoteId, i64), Fault> {
        let id = Draft::begin().id;
        let saved = save_note(&NoteSave { id, version: 0, ..request }).await?;
        self.apart.set(Some(Apart::Signed));
        Ok(saved)
    }

    async fn send(&self, signs: bool) -> Result<(), Fault> {
        drop(self.timer.take());
        if self.of.author != person() {
            // Another doctor works here now. The text waits until its author signs in again.
            return Err(Code::SignedOut.into());
        }
        let Draft { mut id, text, mut version, saved } = self.draft();
        let signed = text.clone();
        if text != saved {
            let Of { patient: patient_id, ticket: ticket_id, .. } = self.of;
            let request = NoteSave { id, patient_id, ticket_id, text: text.clone(), version };
            let done = match save_note(&request).await {
                Err(refused) if refused.code == Code::NoteSigned => self.save_again(request).await,
                done => done,
            };
            let was = id;
            (id, version) = done?;
            let mut draft = self.draft.borrow_mut();
            (draft.id, draft.version, draft.saved) = (id, version, text);
            drop(draft);
            if self.apart.get() == Some(Apart::Signed) && id != was && signs {
                // The author has not seen yet that there is a signed note beside this text.
                return Err(Code::NoteSigned.into());
            }
            if self.apart.get() != Some(Apart::Signed) && id != was && !is_app() {
                self.apart.set(Some(Apart::Beside));
            }
        }
        if signs {
            if let Err(refused) = sign_note(&NoteSign { id, version }).await {
                match refused.code {
                    Code::NoteSigned => self.apart.set(Some(Apart::Signed)),
                    Code::VersionStale => self.apart.set(Some(Apart::Caught)),
                    _ => {}
                }
                return Err(refused);
            }
            self.touched.set(true);
            self.apart.set(None);
            // New text begins another note of the visit. So does text that was typed while the note was being signed.
            let typed = self.draft().text;
            let rest = if typed == signed { String::new() } else { typed };
            self.draft.replace(Draft { text: rest, ..Draft::begin() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsaved_text_is_its_authors_alone() {
        let at = Timestamp::from_ms(1);
        let [one, other] = [1, 2].map(|n| Some(PersonId::new(at, [n; 10])));
        let of = Of { author: one, patient: PersonId::new(at, [3; 10]), ticket: None };
        let note = Note {
            id: NoteId::new(at, [4; 10]),
            patient_id: of.patient,
            patient_name: String::new(),
            ticket_id: None,
            author_id: PersonId::new(at, [1; 10]),
            text: "as saved".to_owned(),
            state: NoteState::Draft,
            version: 1,
            sibling_of: None,
            created_at: at,
            updated_at: at,
            signed_at: None,
        };
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
        let note = |n: u8, text: &str, version: i64, state: NoteState| Note {
            id: NoteId::new(at, [n; 10]),
            patient_id: of.patient,
            patient_name: String::new(),
            ticket_id: None,
            author_id: of.patient,
            text: text.to_owned(),
            state,
            version,
            sibling_of: None,
            created_at: at,
            updated_at: at,
            signed_at: None,
        };
        let pen = Pen::at(of, &"Somebody".into(), Some(&note(6, "one", 1, NoteState::Draft)));
        pen.compare(&[note(6, "one", 1, NoteState::Draft)], None);
        assert_eq!(pen.apart(), None, "nothing has happened");
        pen.compare(&[note(6, "one two", 2, NoteState::Draft)], None);
        assert_eq!((pen.draft().text.as_str(), pen.apart()), ("one two", Some(Apart::Caught)));
        pen.draft.borrow_mut().text = "typed".to_owned();
        pen.compare(&[note(6, "three", 3, NoteState::Draft)], None);
        assert_eq!(
            (pen.draft().text.as_str(), pen.draft().version),
            ("typed", 2),
            "what is typed here stays"
        );
        let (signed, own) = (note(6, "three", 4, NoteState::Signed), note(7, "own", 1, NoteState::Draft));
        let chart = [signed, own.clone()];
        pen.compare(&chart, Some(&own));
        assert_eq!(pen.draft().text, "typed", "also if the note was signed elsewhere");
        pen.draft.borrow_mut().saved = "typed".to_owned();
        pen.compare(&chart, Some(&own));
        assert_eq!((pen.draft().id, pen.apart()), (own.id, Some(Apart::Signed)), "nobody signs it twice");
    }
}
