//! The data on a kiosk's disk: its series, sealed tickets that the server does not have yet, and public answers of
//! the clinic. It holds nothing readable about a patient.

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

/// The stored data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The server's last answer to `GET /kiosk`.
    pub setup: Option<KioskSetup>,
    /// The last number of its series.
    pub number: u32,
    /// Tickets that may not have been printed. The server must not count them yet.
    #[serde(default)]
    pub undecided: Vec<SealedTicket>,
    /// Tickets that the server does not have yet, oldest first.
    pub pending: Vec<SealedTicket>,
    /// Tickets that the server holds, and whether each is in the patient's hands.
    pub settled: Vec<(TicketId, bool)>,
    /// The last answers of public calls, by name and parameters.
    pub answers: BTreeMap<String, String>,
}

/// The file with the stored data.
pub struct Store {
    path: PathBuf,
    kept: Kept,
    /// Whether the file lacks changes, because the disk failed.
    is_behind: bool,
}

impl Store {
    /// Opens the file of a folder. A file that cannot be read is renamed, so that the kiosk can go on.
    ///
    /// # Errors
    /// An error of the disk.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("kiosk.json");
        let kept = match disk::read(&path)? {
            Some(bytes) => serde_json::from_slice(&bytes).or_else(|error| {
                tracing::error!(%error, "the kiosk's file cannot be read and is renamed to *.broken");
                fs::rename(&path, path.with_extension("broken")).map(|()| Kept::default())
            })?,
            None => Kept::default(),
        };
        let mut store = Self { path, kept, is_behind: false };
        // If the program was killed before it settled them, the tickets may be printed. A patient with a paper and no
        // place would be worse than a place without a patient.
        store.change(|kept| kept.pending.append(&mut kept.undecided))?;
        Ok(store)
    }

    /// The stored data.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Changes the data. The change is on the disk when this returns, as a whole or not at all.
    ///
    /// # Errors
    /// An error of the disk. Then nothing has changed.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Kept) -> T) -> io::Result<T> {
        let mut next = self.kept.clone();
        let out = change(&mut next);
        if self.is_behind || next != self.kept {
            disk::replace(&self.path, &serde_json::to_vec(&next)?)?;
            (self.kept, self.is_behind) = (next, false);
        }
        Ok(out)
    }

    /// Changes the data also if the disk fails: for what the server has to learn or knows already. The file follows
    /// with the next change.
    ///
    /// # Errors
    /// An error of the disk. Then the change lasts until the program ends.
    pub fn note(&mut self, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        let before = self.kept.clone();
        change(&mut self.kept);
        self.is_behind |= before != self.kept;
        self.change(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn what_the_server_must_learn_is_known_although_the_disk_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let (told, given) = ([1, 2].map(|n| TicketId::new(Timestamp::from_ms(1), [n; 10])), 7);
        // No file can be made where a folder is.
        let full = folder.path().join("kiosk.new");
        fs::create_dir(&full).unwrap();
        assert!(store.note(|kept| kept.settled.push((told[0], true))).is_err());
        assert!(store.change(|kept| kept.number = given).is_err());
        assert_eq!((store.kept().settled.as_slice(), store.kept().number), ([(told[0], true)].as_slice(), 0));
        fs::remove_dir(full).unwrap();
        store.note(|kept| kept.settled.push((told[1], false))).unwrap();
        let again = Store::open(folder.path()).unwrap();
        assert_eq!(again.kept().settled, [(told[0], true), (told[1], false)]);
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let id = TicketId::new(Timestamp::from_ms(1), [1; 10]);
        let ticket = SealedTicket { id, sealed: "AA".to_owned() };
        store.change(|kept| kept.undecided.push(ticket.clone())).unwrap();
        let again = Store::open(folder.path()).unwrap();
        assert_eq!((again.kept().pending.as_slice(), again.kept().undecided.len()), ([ticket].as_slice(), 0));
        fs::write(folder.path().join("kiosk.json"), "{").unwrap();
        assert_eq!(Store::open(folder.path()).unwrap().kept(), &Kept::default());
        assert!(folder.path().join("kiosk.broken").exists());
    }
}
