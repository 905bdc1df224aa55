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
    api::ListNotes,
    fault::{Code, Fault},
    ids::{PersonId, TicketId},
    records::{Note, NoteDiscard, NoteSave, NoteSign, NoteState, NotesOf},
    time::Timestamp,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::apart::Apart;
pub use super::draft::{Draft, Of};
use crate::{
    backend::{SavedNote, call, discard_note, is_window as is_app, person, save_note, sign_note},
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
    /// Whether the last draft was thrown away here, and nothing was typed since.
    thrown: Cell<bool>,
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
    /// How many changes of notes this page has begun and ended.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

/// How many changes of notes this page has begun and ended. A chart that was read meanwhile may lack a note that this
/// page has just saved.
#[must_use]
pub fn page_changes() -> u64 {
    CHANGES.get()
}

/// Sets the callback for when a pen gets unsaved text, or has none any more.
pub fn when_unsaved_change(heard: Callback<()>) {
    HEARD.with_borrow_mut(|now| *now = heard);
}

fn tell_unsaved() {
    let heard = HEARD.with_borrow(Clone::clone);
    heard.emit(());
}

/// Whether a note of this patient has text that is not saved yet, or is being saved. A field that was emptied holds none.
#[must_use]
pub fn is_written(patient: PersonId) -> bool {
    unsaved_of(person()).iter().any(|pen| pen.of.patient == patient && pen.draft().is_unsigned())
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
            thrown: Cell::default(),
            timer: RefCell::default(),
            changed: RefCell::default(),
        });
        ALL.with_borrow_mut(|all| all.push(Rc::downgrade(&pen)));
        pen
    }

    /// Takes over a change that was made elsewhere, if this page changes nothing now.
    fn catch_up(&self, note: &Note) {
        if !self.saving.get() {
            self.take_over(note);
        }
    }

    /// Takes over a change that was made elsewhere, if this page has no unsaved text.
    fn take_over(&self, note: &Note) {
        let mut draft = self.draft.borrow_mut();
        let is_other = note.id != draft.id || note.version > draft.version;
        if draft.text != draft.saved || !is_other {
            return;
        }
        if note.text != draft.text {
            self.apart.set(Some(Apart::Caught));
        }
        *draft = Draft::of(note);
    }

    /// Compares the draft with the chart as it was just read: another window may have written on the note, signed it, or
    /// thrown it away. `own` is the newest draft of this visit. `is_sure` is whether a note that the chart lacks is gone.
    pub fn compare(&self, chart: &[Note], own: Option<&Note>, is_sure: bool) {
        let Draft { id, version, text, saved } = self.draft();
        match chart.iter().find(|note| note.id == id) {
            Some(note) if note.state == NoteState::Draft => self.catch_up(note),
            // Text that was typed here meanwhile is refused as a change of the signed note, and becomes a draft then.
            Some(_) if text == saved && !self.saving.get() => {
                self.apart.set(Some(Apart::Signed));
                self.draft.replace(own.map_or_else(Draft::begin, Draft::of));
            }
            // Text that was typed here meanwhile becomes a draft of its own when it is saved.
            None if is_sure && version > 0 && text == saved && !self.saving.get() => {
                self.apart.set(Some(Apart::Discarded));
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
            author_name: None,
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
        self.thrown.set(false);
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
        self.begin_change().await;
        let done = self.send(signs).await;
        self.end_change(done)
    }

    /// Throws the draft away, with text that is not saved yet.
    ///
    /// # Errors
    /// The errors of [`discard_note`]. If another window has written on the note, this one shows its text then.
    pub async fn discard(self: &Rc<Self>) -> Result<(), Fault> {
        self.begin_change().await;
        let done = self.throw_away().await;
        self.end_change(done)
    }

    /// Saves unsaved text when its field closes. A draft without text is thrown away instead.
    ///
    /// # Errors
    /// As [`Pen::put_down`] and [`Pen::discard`].
    pub async fn leave(self: &Rc<Self>) -> Result<(), Fault> {
        let draft = self.draft();
        if draft.is_unsigned() || !(draft.is_begun() || self.touched.get()) {
            return self.put_down(false).await;
        }
        self.discard().await
    }

    /// Only one change runs at a time. A second save from the same version would create a second draft.
    async fn begin_change(&self) {
        while self.saving.replace(true) {
            sleep(Duration::from_millis(100)).await;
        }
        CHANGES.set(page_changes() + 1);
        self.tell();
    }

    fn end_change(self: &Rc<Self>, done: Result<(), Fault>) -> Result<(), Fault> {
        CHANGES.set(page_changes() + 1);
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
    async fn save_again(&self, request: NoteSave) -> Result<SavedNote, Fault> {
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
            let is_beside;
            SavedNote { id, version, is_beside } = done?;
            let mut draft = self.draft.borrow_mut();
            (draft.id, draft.version, draft.saved) = (id, version, text);
            drop(draft);
            if self.apart.get() == Some(Apart::Signed) && id != was && signs {
                // The author has not seen yet that there is a signed note beside this text.
                return Err(Code::NoteSigned.into());
            }
            if self.apart.get() != Some(Apart::Signed) && id != was && !is_app() {
                self.apart.set(Some(if is_beside { Apart::Beside } else { Apart::Discarded }));
            }
        }
        if signs {
            if let Err(refused) = sign_note(&NoteSign { id, version }).await {
                self.find_out(&refused).await;
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

    async fn throw_away(&self) -> Result<(), Fault> {
        drop(self.timer.take());
        if self.of.author != person() {
            return Err(Code::SignedOut.into());
        }
        let Draft { id, text, version, .. } = self.draft();
        // The server has nothing of a new note. A desktop app may keep it.
        if version > 0 || is_app() {
            let refused = discard_note(&NoteDiscard { id, version }).await.err();
            if let Some(refused) = refused {
                if refused.code == Code::VersionStale {
                    // The author does not want this text. The other window's is another matter.
                    let mut draft = self.draft.borrow_mut();
                    let saved = draft.saved.clone();
                    draft.text = saved;
                }
                self.find_out(&refused).await;
                return Err(refused);
            }
        }
        self.touched.set(true);
        self.thrown.set(true);
        self.apart.set(None);
        let typed = self.draft().text;
        let rest = if typed == text { String::new() } else { typed };
        self.draft.replace(Draft { text: rest, ..Draft::begin() });
        Ok(())
    }

    /// Finds out what another window has done to the note, after a refusal that tells of it.
    async fn find_out(&self, refused: &Fault) {
        match refused.code {
            Code::NoteSigned => self.apart.set(Some(Apart::Signed)),
            Code::VersionStale => {
                let patient_id = self.of.patient;
                let chart = call::<ListNotes>(&[], &NotesOf { patient_id }).await;
                let id = self.draft().id;
                if let Some(note) = chart.iter().flat_map(|page| &page.items).find(|note| note.id == id) {
                    self.take_over(note);
                }
            }
            _ => {}
        }
    }

    /// Whether the last draft was thrown away here, and nothing was typed since.
    #[must_use]
    pub fn is_thrown(&self) -> bool {
        self.thrown.get()
    }
}

#[cfg(test)]
mod tests;
