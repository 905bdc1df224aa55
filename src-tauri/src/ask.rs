//! The requests to the core's task, and their answers.

use medlane_shared::{fault::Fault, sync::Topic};
use tokio::sync::oneshot;

use crate::{rooms::Desk, vault::Vault};

/// What is done after the intents and views of some work are on their way: it answers whoever asked for the work.
pub(crate) type Then = Box<dyn FnOnce() + Send>;

/// A room's work at the open vault; `None` if no vault is open.
pub(crate) type Work = Box<dyn FnOnce(Option<&mut Desk<'_>>) -> Then + Send>;

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
    /// Do a room's work.
    Work(Work),
    /// Answer once the server has accepted or refused a draft; with the fault if nothing of a refused one is left here.
    Settled(String, Waiter),
}

pub(crate) type Waiter = oneshot::Sender<Option<Fault>>;
