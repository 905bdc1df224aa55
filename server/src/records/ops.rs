//! The operations on notes.

use medlane_shared::{
    access::{Action, Actor, Resource, may, role_may},
    fault::{Code, Fault, FieldCode, FieldFault},
    ids::{NoteId, TicketId},
    records::{
        NOTE_MAX_CHARS, NoteDiscard, NoteRef, NoteSave, NoteSign, SaveEffect, StoredState, discard_effect,
        save_effect,
    },
};
use serde_json::json;

use super::{
    moves::{NOTE, NoteMove, NoteMoves},
    store::{self, NoteHead, Sealed, text_place},
};
use crate::{
    engine::{Core, IntentOp},
    identity::{Patient, subject},
    queue,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Saves a draft.
#[derive(Debug, Clone)]
pub struct Save {
    request: NoteSave,
    patient: Patient,
    /// The id for a draft beside the other one, if that becomes necessary.
    sibling: NoteId,
}

impl IntentOp for Save {
    type Args = NoteSave;

    /// Checks the request and fetches the patient's key, so that the writer need not wait for it.
    ///
    /// # Errors
    /// [`Code::Invalid`], [`Code::NotFound`].
    async fn prepare(core: &Core, actor: &Actor, request: NoteSave) -> Result<Self, Fault> {
        if request.text.chars().count() > NOTE_MAX_CHARS {
            return Err(Fault::new(Code::Invalid).field("text", FieldFault::length(0, NOTE_MAX_CHARS)));
        }
        // Check the role first: a caller who may never write charts must not learn whether the patient exists.
        role_may(actor, Action::NoteWrite)?;
        let patient = subject(core, actor.clinic(), request.patient_id).await?;
        let sibling = NoteId::new(core.now(), rand::random());
        Ok(Self { request, patient, sibling })
    }
}

fn wrong_visit(why: FieldCode) -> Fault {
    Fault::new(Code::Invalid).field("ticket_id", why)
}

/// The ticket that a note belongs to. A note keeps the ticket that it began with.
fn ticket_of(request: &NoteSave, present: Option<&NoteHead>) -> Result<Option<TicketId>, Fault> {
    match (present, request.ticket_id) {
        (None, named) => Ok(named),
        (Some(present), Some(named)) if present.ticket_id != Some(named) => {
            Err(wrong_visit(FieldCode::OtherVisit))
        }
        (Some(present), _) => Ok(present.ticket_id),
    }
}

impl Op for Save {
    type Out = NoteRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<NoteRef>, Failure> {
        let (request, at, clinic) = (&self.request, unit.at(), unit.clinic());
        let present = store::note_row(unit.reads().await?, clinic, request.id).await?;
        // The id belongs to another clinic's note, so the note does not exist here.
        if present.is_none() && store::note_exists(unit.reads().await?, request.id).await? {
            return Err(Code::NotFound.into());
        }
        let author = unit.actor().person().ok_or(Code::Forbidden)?;
        // The note of another author counts as missing. A new note has to belong to a visit of today.
        let of_patient = present.as_ref().filter(|present| present.head.patient_id == request.patient_id);
        let written_by = of_patient.map(|present| present.head.author_id);
        let visit = match (&present, request.ticket_id) {
            (Some(_), _) => None,
            (None, Some(named)) => queue::visit(unit, named, request.patient_id),
            (None, None) => return Err(wrong_visit(FieldCode::VisitNeeded).into()),
        };
        let resource = Resource::default().of(Some(request.patient_id)).written_by(written_by);
        let grant = may(unit.actor(), Action::NoteWrite, &resource.found(visit))?;
        let ticket_id = ticket_of(request, present.as_ref().map(|present| &present.head))?;
        let state = present.as_ref().map(|present| (present.head.state, present.head.version));
        let beside =
            present.as_ref().filter(|present| present.head.state == StoredState::Draft).map(|_| request.id);
        let (id, version, sibling_of) = match save_effect(state, request.version)? {
            SaveEffect::Begin => (request.id, 1, None),
            SaveEffect::Replace => (request.id, request.version + 1, None),
            // A discarded note is no other draft of the visit.
            SaveEffect::Sibling => (self.sibling, 1, beside),
        };
        let before = present.map(|present| present.head).filter(|before| before.id == id);
        let head = NoteHead {
            id,
            patient_id: request.patient_id,
            ticket_id,
            author_id: author,
            state: StoredState::Draft,
            version,
            sibling_of: sibling_of.or(before.and_then(|before| before.sibling_of)),
            created_at: before.map_or(at, |before| before.created_at),
            updated_at: at,
            signed_at: None,
        };
        let sealed = self
            .patient
            .key
            .seal(&text_place(clinic, head.patient_id, id, version), request.text.as_bytes())?;
        store::note_put(unit.writes().await?, &grant, &Sealed::new(head, sealed)).await?;
        unit.changed(NOTE, id, None, Some(request.patient_id));
        let moved = NoteMove::read(unit.writes().await?, clinic, &head).await?;
        unit.change::<NoteMoves>(moved);
        let entry = Entry::new("note.save", format!("note:{id}"))
            .by(&grant)
            .patient(Some(request.patient_id))
            .detail(json!({ "version": version }));
        Ok(unit.commit(entry, NoteRef { id, version, patient_id: request.patient_id }))
    }
}

/// Signs a note. From then on it is immutable.
#[derive(Debug, Clone)]
pub struct Sign {
    request: NoteSign,
    patient: Option<Patient>,
}

impl IntentOp for Sign {
    type Args = NoteSign;

    /// Fetches the key of the note's patient, so that the writer need not wait for it.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    async fn prepare(core: &Core, actor: &Actor, request: NoteSign) -> Result<Self, Fault> {
        Ok(Self { patient: patient_of(core, actor, request.id).await?, request })
    }
}

/// The patient of a note that the caller may write; `None` if there is no such note yet: it may be saved in the same
/// batch, and the operation checks again.
async fn patient_of(core: &Core, actor: &Actor, id: NoteId) -> Result<Option<Patient>, Fault> {
    role_may(actor, Action::NoteWrite)?;
    let mut conn = core.read().await?;
    let note = store::note_row(&mut conn, actor.clinic(), id).await;
    let note = note.map_err(|error| core.broken(&error))?;
    drop(conn);
    match note {
        Some(row) => Ok(Some(subject(core, actor.clinic(), row.head.patient_id).await?)),
        None => Ok(None),
    }
}

impl Op for Sign {
    type Out = NoteRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<NoteRef>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let present = store::note_by_id(unit.reads().await?, clinic, self.request.id).await?;
        let resource = present.as_ref().map_or_else(Resource::default, |row| row.head.resource());
        let grant = may(unit.actor(), Action::NoteWrite, &resource)?;
        let present = present.ok_or(Code::NotFound)?;
        let patient = self.patient.as_ref().ok_or(Code::NotFound)?;
        if present.head.state == StoredState::Signed {
            return Err(Code::NoteSigned.into());
        }
        if present.head.version != self.request.version {
            return Err(Code::VersionStale.into());
        }
        let head = NoteHead {
            version: present.head.version + 1,
            state: StoredState::Signed,
            updated_at: at,
            signed_at: Some(at),
            ..present.head
        };
        let note = present.open(&grant, &patient.key)?;
        let NoteHead { id, patient_id, version, .. } = head;
        let sealed = patient.key.seal(&text_place(clinic, patient_id, id, version), note.text.as_bytes())?;
        store::note_put(unit.writes().await?, &grant, &Sealed::new(head, sealed)).await?;
        unit.changed(NOTE, id, None, Some(patient_id));
        let moved = NoteMove::read(unit.writes().await?, clinic, &head).await?;
        unit.change::<NoteMoves>(moved);
        let entry = Entry::new("note.sign", format!("note:{id}"))
            .by(&grant)
            .patient(Some(patient_id))
            .detail(json!({ "version": version }));
        Ok(unit.commit(entry, NoteRef { id, version, patient_id }))
    }
}

/// Throws an own draft away. Its text is deleted; the row stays, so that text which another window saves later still
/// finds its visit.
#[derive(Debug, Clone)]
pub struct Discard {
    request: NoteDiscard,
    patient: Option<Patient>,
}

impl IntentOp for Discard {
    type Args = NoteDiscard;

    /// Fetches the key of the note's patient, so that the writer need not wait for it.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    async fn prepare(core: &Core, actor: &Actor, request: NoteDiscard) -> Result<Self, Fault> {
        Ok(Self { patient: patient_of(core, actor, request.id).await?, request })
    }
}

impl Op for Discard {
    type Out = NoteRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<NoteRef>, Failure> {
        let (at, clinic, id) = (unit.at(), unit.clinic(), self.request.id);
        let present = store::note_row(unit.reads().await?, clinic, id).await?;
        let resource = present.as_ref().map_or_else(Resource::default, |row| row.head.resource());
        let grant = may(unit.actor(), Action::NoteWrite, &resource)?;
        let head = present.ok_or(Code::NotFound)?.head;
        let patient = self.patient.as_ref().ok_or(Code::NotFound)?;
        let patient_id = head.patient_id;
        if !discard_effect((head.state, head.version), self.request.version)? {
            return Ok(Done::nothing().map(|()| NoteRef { id, version: head.version, patient_id }));
        }
        let version = head.version + 1;
        let head = NoteHead { version, state: StoredState::Discarded, updated_at: at, ..head };
        let text = patient.key.seal(&text_place(clinic, patient_id, id, version), b"")?;
        store::note_put(unit.writes().await?, &grant, &Sealed::new(head, text)).await?;
        unit.changed(NOTE, id, None, Some(patient_id));
        let moved = NoteMove::read(unit.writes().await?, clinic, &head).await?;
        unit.change::<NoteMoves>(moved);
        let entry = Entry::new("note.discard", format!("note:{id}"))
            .by(&grant)
            .patient(Some(patient_id))
            .detail(json!({ "version": version }));
        Ok(unit.commit(entry, NoteRef { id, version, patient_id }))
    }
}
