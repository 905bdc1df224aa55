//! A note that is being written: its text as it is here, and one save at a time. It outlives the screen that shows it, so
//! that what was typed last is there again after a sign-in or a step.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use gloo_timers::{callback::Timeout, future::sleep};
use js_sys::Reflect;
use medlane_shared::{
    fault::{Code, Fault},
    ids::{NoteId, PersonId, TicketId},
    records::{Note, NoteSave, NoteSign},
    time::Timestamp,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{save_note, sign_note},
    kit::{listen, window},
};

/// Idle time after which a draft is saved.
const SAVE_AFTER_MS: u32 = 1_500;
/// After a failure that passes by itself, it is saved again. In milliseconds.
const AGAIN_AFTER_MS: u32 = 15_000;

/// Whether a failure passes by itself: what was typed is saved later, without another key.
const fn passes(fault: &Fault) -> bool {
    matches!(fault.code, Code::Offline | Code::Internal | Code::RateLimited)
}

/// Whether this is not saved yet.
fn is_unsaved(pen: &Pen) -> bool {
    let draft = pen.draft.borrow();
    draft.text != draft.saved
}

/// Saves what is not saved yet once the network is back, and has the browser ask before the page is left with it.
#[hook]
pub fn use_pens() {
    use_effect_with((), |()| {
        let unsaved =
            || UNSAVED.with_borrow(|all| all.iter().filter(|pen| is_unsaved(pen)).cloned().collect());
        let save = move |_| {
            let pens: Vec<Rc<Pen>> = unsaved();
            pens.iter().for_each(Pen::rest);
        };
        let warn = move |event: Event| {
            let pens: Vec<Rc<Pen>> = unsaved();
            if !pens.is_empty() {
                event.prevent_default();
                // Older browsers ask for this one.
                drop(Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE));
            }
        };
        let hears = window().map(|window| {
            (listen(&window, "online", false, save), listen(&window, "beforeunload", false, warn))
        });
        move || drop(hears)
    });
}

/// The draft as it is here.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id.
    pub id: NoteId,
    /// As it is here.
    pub text: String,
    /// The version that the server last gave.
    pub version: i64,
    /// As the server last had it.
    pub saved: String,
}

impl Draft {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds and bytes")]
    fn begin() -> Self {
        let random = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
        let id = NoteId::new(Timestamp::from_ms(js_sys::Date::now() as i64), random);
        Self { id, text: String::new(), version: 0, saved: String::new() }
    }

    /// Whether there is something that nobody has signed.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

/// What a note is of: its writer, its patient, its visit. `None` for a note of before a note named its visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of {
    /// Who writes.
    pub author: Option<PersonId>,
    /// Whose visit.
    pub patient: PersonId,
    /// The visit.
    pub ticket: Option<TicketId>,
}

/// A pen at one note.
pub struct Pen {
    of: Of,
    draft: RefCell<Draft>,
    saving: Cell<bool>,
    fault: RefCell<Option<Fault>>,
    timer: RefCell<Option<Timeout>>,
    changed: RefCell<Callback<()>>,
}

impl PartialEq for Pen {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

thread_local! {
    /// Pens whose last words are not saved yet: each is found again by what it writes about.
    static UNSAVED: RefCell<Vec<Rc<Pen>>> = RefCell::default();
}

impl Pen {
    /// At a note that is there, or at a new one. One whose last words could not be saved yet is taken up again.
    #[must_use]
    pub fn at(of: Of, note: Option<&Note>) -> Rc<Self> {
        let is_it =
            |pen: &&Rc<Self>| pen.of == of && note.is_none_or(|note| pen.draft.borrow().id == note.id);
        if let Some(pen) = UNSAVED.with_borrow(|all| all.iter().find(is_it).cloned()) {
            return pen;
        }
        let draft = note.map_or_else(Draft::begin, |note| Draft {
            id: note.id,
            text: note.text.clone(),
            version: note.version,
            saved: note.text.clone(),
        });
        Rc::new(Self {
            of,
            draft: RefCell::new(draft),
            saving: Cell::new(false),
            fault: RefCell::default(),
            timer: RefCell::default(),
            changed: RefCell::default(),
        })
    }

    /// The draft as it is here.
    #[must_use]
    pub fn draft(&self) -> Draft {
        self.draft.borrow().clone()
    }

    /// Whether it is at work.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.saving.get()
    }

    /// Why the last save or signature was refused.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault.borrow().clone()
    }

    /// Who is told when it changes.
    pub fn when_changed(&self, changed: Callback<()>) {
        self.changed.replace(changed);
    }

    fn tell(&self) {
        let changed = self.changed.borrow().clone();
        changed.emit(());
    }

    /// Something was typed: it is saved once the hand rests.
    pub fn write(self: &Rc<Self>, text: String) {
        self.draft.borrow_mut().text = text;
        UNSAVED.with_borrow_mut(|all| {
            if !all.contains(self) {
                all.push(self.clone());
            }
        });
        let pen = self.clone();
        *self.timer.borrow_mut() = Some(Timeout::new(SAVE_AFTER_MS, move || pen.rest()));
        self.tell();
    }

    /// Saves what is not saved yet: whoever calls the next patient right after the last word loses none of it.
    pub fn rest(self: &Rc<Self>) {
        let pen = self.clone();
        spawn_local(async move { drop(pen.put_down(false).await) });
    }

    /// Saves what is not saved yet, and signs it where asked.
    ///
    /// # Errors
    /// As of [`save_note`] and [`sign_note`].
    pub async fn put_down(self: &Rc<Self>, signs: bool) -> Result<(), Fault> {
        // One save at a time: a second from the same version would stand beside the first as a draft of its own.
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
        } else if done.as_ref().is_err_and(passes) && self.timer.borrow().is_none() {
            let pen = self.clone();
            *self.timer.borrow_mut() = Some(Timeout::new(AGAIN_AFTER_MS, move || pen.rest()));
        }
        self.tell();
        done
    }

    async fn send(&self, signs: bool) -> Result<(), Fault> {
        drop(self.timer.take());
        let Draft { mut id, text, mut version, saved } = self.draft();
        let signed = text.clone();
        if text != saved {
            let Of { patient: patient_id, ticket: ticket_id, .. } = self.of;
            let request = NoteSave { id, patient_id, ticket_id, text: text.clone(), version };
            (id, version) = save_note(&request).await?;
            let mut draft = self.draft.borrow_mut();
            (draft.id, draft.version, draft.saved) = (id, version, text);
        }
        if signs {
            sign_note(&NoteSign { id, version }).await?;
            // The next word begins another note of the visit; what was typed while it was being signed is one.
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
    fn what_passes_by_itself_is_tried_again_and_what_was_refused_is_not() {
        assert!([Code::Offline, Code::Internal].into_iter().all(|code| passes(&code.into())));
        assert!([Code::SignedOut, Code::VersionStale].into_iter().all(|code| !passes(&code.into())));
    }
}
