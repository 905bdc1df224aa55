//! The requests to the core's task, and their answers.

use medlane_shared::{
    fault::Fault,
    ids::{NoteId, PersonId, TicketId},
    queue::QueueRow,
    records::{Note, NoteDiscard, NoteSave, NoteSign},
    sync::Topic,
};
use tokio::sync::oneshot;

use crate::{
    steps::Asked,
    vault::{Draft, Vault},
};

/// A request to the task.
pub(crate) enum Ask {
    /// A person is signed in: go on with their vault, if there is one.
    Begin {
        /// The vault of the signed-in person.
        vault: Option<Box<Vault>>,
        /// The clock may have been set back: only the person's own notes may be shown.
        in_doubt: bool,
    },
    /// The screen is locked: end the line, and close the vault without deleting anything.
    Close,
    /// Nobody may work at this device: end the line, and close the vault without deleting anything.
    Shut,
    /// Nobody is signed in any more: end the line, and delete what may not stay.
    End(oneshot::Sender<()>),
    Follow(Topic),
    Unfollow(Topic),
    /// Keeps an answer, to show it when the server is away.
    See(String, String),
    /// Reads a kept answer.
    Seen(String, oneshot::Sender<Result<Option<String>, Fault>>),
    /// Stores a note that was typed.
    Write(NoteSave, oneshot::Sender<Result<Draft, Fault>>),
    /// Signs a draft with its present text; answers whether this computer has the draft, with the text of that
    /// version.
    Sign(NoteSign, oneshot::Sender<Result<bool, Fault>>),
    /// Sends a refused draft again, unchanged.
    Retry(NoteId, oneshot::Sender<Result<(), Fault>>),
    /// Deletes a refused draft: its writer does not want it any more.
    Discard(NoteId, oneshot::Sender<Result<(), Fault>>),
    /// Throws a draft away; answers whether this computer has the note.
    ThrowAway(NoteDiscard, oneshot::Sender<Result<bool, Fault>>),
    /// The draft with the id that its writer knows.
    Draft(NoteId, Waiter),
    /// The same draft, once the server has accepted or refused it.
    Settled(NoteId, Waiter),
    /// A step of the doctor's own queue, while the network is away.
    Step(Asked, oneshot::Sender<Result<QueueRow, Fault>>),
    /// Whether a step of this ticket, or without one any step, waits for the server's answer. Later steps must then go
    /// through the outbox too, in order.
    Waits(Option<TicketId>, oneshot::Sender<bool>),
    /// The drafts of one patient or of all, and on request the kept notes of the charts.
    Chart {
        /// The patient; `None` for all.
        of: Option<PersonId>,
        /// Also returns the kept notes.
        kept: bool,
        /// Gets the drafts and the notes.
        answer: oneshot::Sender<Kept>,
    },
}

/// The parts of a chart that the vault has.
#[derive(Default)]
pub(crate) struct Kept {
    /// The drafts that were written here.
    pub drafts: Vec<Draft>,
    /// The rows of the chart.
    pub rows: Vec<Note>,
    /// The clock may have been set back: there are no rows, and only the drafts may be shown.
    pub in_doubt: bool,
}

pub(crate) type Waiter = oneshot::Sender<Option<Draft>>;
