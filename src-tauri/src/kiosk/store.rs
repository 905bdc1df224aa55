//! What a kiosk keeps on its disk: its series, tickets that are sealed until the server has them, and what the clinic tells
//! everybody. Nothing of anybody's can be read there.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use medlane_shared::{
    ids::TicketId,
    queue::{KioskSetup, SealedTicket},
};
use serde::{Deserialize, Serialize};

use crate::disk;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What the server said last.
    pub setup: Option<KioskSetup>,
    /// The last number of its series that was given.
    pub number: u32,
    /// Tickets of which it is not known yet whether they are printed: the server must not count them.
    #[serde(default)]
    pub undecided: Vec<SealedTicket>,
    /// Tickets that the server does not have yet, the oldest first.
    pub pending: Vec<SealedTicket>,
    /// What became of tickets that the server still holds: whether they are in the patient's hands.
    pub settled: Vec<(TicketId, bool)>,
    /// The last answers of public calls, by their names and parameters.
    pub answers: BTreeMap<String, String>,
}

/// The file.
pub struct Store {
    path: PathBuf,
    kept: Kept,
}

impl Store {
    /// Opens the file of a folder. One that cannot be read is put aside: the kiosk goes on.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("kiosk.json");
        let kept = match disk::read(&path)? {
            Some(bytes) => serde_json::from_slice(&bytes).or_else(|error| {
                tracing::error!(%error, "what the kiosk kept cannot be read, and is put aside");
                fs::rename(&path, path.with_extension("broken")).map(|()| Kept::default())
            })?,
            None => Kept::default(),
        };
        let mut store = Self { path, kept };
        // Killed over them, they may be in somebody's hands: a paper without a place would be worse than a place too many.
        store.change(|kept| kept.pending.append(&mut kept.undecided))?;
        Ok(store)
    }

    /// What is kept.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Changes it: on the disk when this answers, whole or not at all.
    ///
    /// # Errors
    /// The disk's; then nothing has changed.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Kept) -> T) -> io::Result<T> {
        let mut next = self.kept.clone();
        let out = change(&mut next);
        if next != self.kept {
            disk::replace(&self.path, &serde_json::to_vec(&next)?)?;
            self.kept = next;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let id = TicketId::new(medlane_shared::time::Timestamp::from_ms(1), [1; 10]);
        let ticket = SealedTicket { id, sealed: "AA".to_owned() };
        store.change(|kept| kept.undecided.push(ticket.clone())).unwrap();
        let again = Store::open(folder.path()).unwrap();
        assert_eq!((again.kept().pending.as_slice(), again.kept().undecided.len()), ([ticket].as_slice(), 0));
        fs::write(folder.path().join("kiosk.json"), "{").unwrap();
        assert_eq!(Store::open(folder.path()).unwrap().kept(), &Kept::default());
        assert!(folder.path().join("kiosk.broken").exists());
    }
}
