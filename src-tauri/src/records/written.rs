//! What a page does with a note that it writes. Each change is on the disk before the server hears of it.

use medlane_shared::{
    api::{Call, DiscardNote, SaveNote, SignNote},
    fault::{Code, Fault, FieldCode},
    ids::NoteId,
    records::{Note, NoteDiscard, NoteSave, NoteSign, NoteState},
    sync::Bucket,
};
use serde::Serialize;

use super::NoteDraft;
use crate::{
    queue::name_of,
    rooms::{Desk, failed},
    session::Request,
    workstation::Workstation,
};

/// The state of a saved note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The note's id.
    pub id: NoteId,
    /// The version that the server gave last.
    pub version: i64,
    /// The note is kept here, and the server has not accepted it yet.
    pub pending: bool,
}

impl Workstation {
    /// Saves a draft. Once this returns, it is on the disk; the server gets it as soon as it can be reached.
    ///
    /// # Errors
    /// The server's refusal; [`Code::KeyringLocked`] if nothing can be kept here.
    pub async fn note_save(&self, note: NoteSave) -> Result<Saved, Fault> {
        if !self.keeps() {
            let note: Note = self.at_once::<SaveNote>(note.id, &note).await?;
            return Ok(Saved { id: note.id, version: note.version, pending: false });
        }
        let began = note.id;
        let draft = self.work(move |desk| write(desk, note)).await?.ok_or(Code::KeyringLocked)?;
        let draft = self.answered(began).await?.unwrap_or(draft);
        let pending = !draft.is_settled();
        match draft.refused {
            Some(fault) => Err(fault),
            None => Ok(Saved { id: began, version: draft.note.version, pending }),
        }
    }

    /// Signs a draft with its present text; returns whether the server has signed it yet.
    ///
    /// # Errors
    /// As [`Workstation::note_save`]; [`Code::Offline`] without the server, for a draft that was last written elsewhere.
    pub async fn note_sign(&self, sign: NoteSign) -> Result<bool, Fault> {
        let asked = sign.clone();
        let is_here = self.work(move |desk| self::sign(desk, &asked)).await?;
        if !is_here.unwrap_or(false) {
            return self.at_once::<SignNote>(sign.id, &sign).await.map(|_| true);
        }
        match self.answered(sign.id).await? {
            Some(NoteDraft { refused: Some(fault), .. }) => Err(fault),
            waits => Ok(waits.is_none()),
        }
    }

    /// Throws a draft away; returns whether the server has done so yet. Without the server it is shown no more, and the
    /// server hears of it later.
    ///
    /// # Errors
    /// The server's: [`Code::VersionStale`], [`Code::NoteSigned`]. The note stays then. [`Code::Offline`] without the
    /// server, for a note that is not kept here.
    pub async fn note_throw_away(&self, discard: NoteDiscard) -> Result<bool, Fault> {
        let asked = discard.clone();
        let is_here = self.work(move |desk| throw_away(desk, &asked)).await?;
        if !is_here.unwrap_or(false) {
            if discard.version == 0 {
                // The text never left the page.
                return Ok(true);
            }
            return self.at_once::<DiscardNote>(discard.id, &discard).await.map(|()| true);
        }
        match self.answered(discard.id).await? {
            Some(NoteDraft { refused: Some(fault), .. }) => Err(fault),
            waits => Ok(waits.is_none()),
        }
    }

    /// Sends a refused note again, unchanged.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the note is not refused (any more).
    pub async fn note_retry(&self, began: NoteId) -> Result<(), Fault> {
        let again =
            move |desk: &mut Desk<'_>| desk.keep(NoteDraft { refused: None, ..refused(desk, began)? });
        self.work(again).await?.ok_or_else(|| Code::NotFound.into())
    }

    /// Deletes a refused note.
    ///
    /// # Errors
    /// As [`Workstation::note_retry`].
    pub async fn note_discard(&self, began: NoteId) -> Result<(), Fault> {
        let delete = move |desk: &mut Desk<'_>| {
            let draft = refused(desk, began)?;
            desk.discard(&draft)
        };
        self.work(delete).await?.ok_or_else(|| Code::NotFound.into())
    }

    /// Makes a call about a note that is not kept here.
    async fn at_once<C: Call>(&self, id: NoteId, request: &C::Request) -> Result<C::Response, Fault> {
        let request = serde_json::to_value(request).map_err(|_| Code::Malformed)?;
        let parameters = vec![id.to_string()];
        let request = Request { name: C::NAME.to_owned(), parameters, request, language: String::new() };
        let body = self.session().call(&request).await?;
        serde_json::from_str(&body).map_err(|_| Code::Internal.into())
    }

    /// The draft once the server has accepted or refused it, or its state when the wait ends; `None` if nothing is left
    /// to do.
    async fn answered(&self, began: NoteId) -> Result<Option<NoteDraft>, Fault> {
        self.settled(began.to_string()).await?;
        let draft = self.work(move |desk| draft(desk, began)).await?;
        draft.ok_or_else(|| Code::KeyringLocked.into())
    }
}

fn draft(desk: &Desk<'_>, id: NoteId) -> Result<Option<NoteDraft>, Fault> {
    desk.vault.draft(&id.to_string()).map_err(failed)
}

fn refused(desk: &Desk<'_>, id: NoteId) -> Result<NoteDraft, Fault> {
    draft(desk, id)?.filter(|draft| draft.refused.is_some()).ok_or_else(|| Code::NotFound.into())
}

/// Stores a typed note, with the patient's name that the queue shows for the visit.
fn write(desk: &mut Desk<'_>, note: NoteSave) -> Result<NoteDraft, Fault> {
    let id = note.id;
    let typed = match draft(desk, id)? {
        Some(draft) if !draft.is_of(&note) && !has(desk, &draft, &note)? => {
            return Err(Fault::new(Code::Invalid).field("ticket_id", FieldCode::OtherVisit));
        }
        Some(mut draft) => {
            draft.write(note, desk.now);
            draft
        }
        None => {
            let name = name_of(desk, note.ticket_id)?;
            NoteDraft::new(note, name, desk.now)
        }
    };
    desk.keep(typed)?;
    draft(desk, id)?.ok_or_else(|| Code::Internal.into())
}

/// Whether the server has the draft's note under the visit that was typed for. An earlier release may have kept another
/// visit's ticket.
fn has(desk: &Desk<'_>, draft: &NoteDraft, typed: &NoteSave) -> Result<bool, Fault> {
    let rows: Vec<Note> = desk.vault.rows(Bucket::Chart(typed.patient_id)).map_err(failed)?;
    let is_it = |row: &Note| row.id == draft.note.id && row.ticket_id == typed.ticket_id;
    Ok(draft.note.patient_id == typed.patient_id && rows.iter().any(is_it))
}

/// Asks that a draft be signed with its present text. Returns whether this computer has it, with the text of that
/// version.
fn sign(desk: &mut Desk<'_>, sign: &NoteSign) -> Result<bool, Fault> {
    let Some(mut draft) = draft(desk, sign.id)?.filter(|draft| draft.is_seen_by(sign)) else {
        return Ok(false);
    };
    draft.ask_sign();
    desk.keep(draft)?;
    Ok(true)
}

/// Throws a draft away, also one that was written elsewhere and is kept here in a chart. Returns whether this computer
/// has the note.
fn throw_away(desk: &mut Desk<'_>, discard: &NoteDiscard) -> Result<bool, Fault> {
    let known = match draft(desk, discard.id)? {
        None => kept(desk, discard.id)?.map(|note| NoteDraft::kept(note, desk.now)),
        known => known,
    };
    let Some(mut draft) = known else { return Ok(false) };
    if draft.ask_discard(discard.version) {
        desk.keep(draft)?;
    } else {
        // The server knows nothing of it.
        desk.discard(&draft)?;
    }
    Ok(true)
}

/// A note of one of the charts that are kept here, if it is a draft of the person who is signed in.
fn kept(desk: &Desk<'_>, id: NoteId) -> Result<Option<Note>, Fault> {
    if desk.in_doubt {
        return Ok(None);
    }
    for chart in desk.vault.charts() {
        let rows: Vec<Note> = desk.vault.rows(chart).map_err(failed)?;
        let is_it =
            |note: &Note| note.id == id && note.author_id == desk.me && note.state == NoteState::Draft;
        if let Some(note) = rows.into_iter().find(is_it) {
            return Ok(Some(note));
        }
    }
    Ok(None)
}
