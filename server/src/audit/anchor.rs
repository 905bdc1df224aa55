//! Checkpoints stored outside the database (`audit.anchor`). Each is a file in the clinic's folder, in a subfolder for each
//! thousand of its size. Changing the database does not change these files.
//!
//! The folder may be on a network. Every access runs on a thread of its own with a time limit, so a folder that does not
//! answer keeps nobody waiting. A few such threads exist at most.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use ed25519_dalek::VerifyingKey;
use medlane_shared::{ids::ClinicId, time::Timestamp};
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::note::Note;
use crate::engine::Core;

const ENDING: &str = ".checkpoint";
/// Sizes whose checkpoints share a subfolder.
const SIZES: i64 = 1_000;
/// Accesses under way at once, at most.
const TURNS: usize = 4;
/// How long a start waits for the folder.
const START: Duration = Duration::from_secs(10);
/// How long reading or writing all files may take.
const ALL: Duration = Duration::from_mins(10);

/// The folder outside the database.
#[derive(Debug, Clone)]
pub struct Anchor {
    folder: PathBuf,
    turns: Arc<Semaphore>,
}

/// The configured folder, a service of the server. `None` if `audit.anchor` is not set.
#[derive(Debug)]
pub struct Outside(pub Option<Anchor>);

/// The folder outside the database, if one is configured.
pub(super) fn anchor(core: &Core) -> Option<&Anchor> {
    core.rooms.get::<Outside>().0.as_ref()
}

impl Anchor {
    /// Of a folder, which has to be there.
    ///
    /// # Errors
    /// The folder is missing, is no folder, or does not answer.
    pub async fn open(folder: &Path) -> io::Result<Self> {
        let anchor = Self { folder: folder.to_owned(), turns: Arc::new(Semaphore::new(TURNS)) };
        let is_folder = anchor.run(START, |folder| Ok(fs::metadata(folder)?.is_dir())).await?;
        if is_folder { Ok(anchor) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    /// Runs file work beside everything else. A thread that hangs keeps its turn, so hanging threads do not pile up.
    async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = timeout(limit, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| io::Error::from(ErrorKind::TimedOut))?;
        let (tell, told) = oneshot::channel();
        let folder = self.folder.clone();
        thread::Builder::new().name("audit anchor".to_owned()).spawn(move || {
            let done = work(&folder);
            drop(turn);
            drop(tell.send(done));
        })?;
        match timeout(limit, told).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(io::Error::other("the thread ended early")),
            Err(_) => Err(ErrorKind::TimedOut.into()),
        }
    }

    /// The last checkpoint that is signed by this clinic's key. A file that only has the name of one does not count.
    ///
    /// # Errors
    /// The file system's.
    pub async fn last(&self, clinic: ClinicId, key: &VerifyingKey) -> io::Result<Option<Note>> {
        let key = *key;
        self.run(START, move |folder| {
            for (size, path) in files(&folder.join(clinic.to_string()))?.into_iter().rev() {
                let note = read(&path).and_then(|text| Note::parse(&text, clinic, &key));
                if let Some(note) = note.filter(|note| note.size == size) {
                    return Ok(Some(note));
                }
                tracing::error!(file = %path.display(),
                    "this is no checkpoint of the clinic: the one before it counts");
            }
            Ok(None)
        })
        .await
    }

    /// The checkpoints by their size. A file that is empty or cannot be read is missing; one with other contents is listed
    /// with them.
    ///
    /// # Errors
    /// The file system's.
    pub async fn list(&self, clinic: ClinicId) -> io::Result<BTreeMap<i64, String>> {
        self.run(ALL, move |folder| {
            let files = files(&folder.join(clinic.to_string()))?;
            Ok(files.into_iter().filter_map(|(size, path)| Some((size, read(&path)?))).collect())
        })
        .await
    }

    /// Writes those that are missing, each whole or not at all.
    ///
    /// # Errors
    /// The file system's. The configured folder itself is never made: it may be a medium that is not mounted.
    pub async fn fill(&self, clinic: ClinicId, notes: Vec<(i64, String)>) -> io::Result<()> {
        self.run(ALL, move |folder| {
            let folder = folder.join(clinic.to_string());
            folder_make(&folder)?;
            for (size, note) in notes {
                let (bucket, name) = (folder.join(bucket(size)), file_name(size));
                let is_there = |path: &Path| fs::File::open(path).is_ok_and(|file| is_filled(&file));
                // Earlier releases kept them without subfolders.
                if !is_there(&bucket.join(&name)) && !is_there(&folder.join(&name)) {
                    put(&bucket, &name, &note)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Moves the checkpoints after a size into a folder beside the others, where they no longer count.
    ///
    /// # Errors
    /// The file system's.
    pub async fn set_aside(&self, clinic: ClinicId, after: i64, at: Timestamp) -> io::Result<()> {
        self.run(ALL, move |folder| {
            let folder = folder.join(clinic.to_string());
            let aside = folder.join(format!("set-aside-{}", at.ms()));
            for (size, path) in files(&folder)?.split_off(&(after + 1)) {
                folder_make(&aside)?;
                fs::rename(path, aside.join(format!("{size:012}{ENDING}")))?;
            }
            synced(&folder)
        })
        .await
    }
}

fn bucket(size: i64) -> String {
    format!("{:09}", size / SIZES)
}

fn file_name(size: i64) -> String {
    format!("{size:012}{ENDING}")
}

fn size_of(name: &str) -> Option<i64> {
    name.strip_suffix(ENDING)?.parse().ok()
}

fn is_filled(file: &fs::File) -> bool {
    file.metadata().is_ok_and(|known| known.len() > 0)
}

/// A file's text; `None` where it is missing, empty or cannot be read. Bytes that are no text give a text that is no checkpoint.
fn read(path: &Path) -> Option<String> {
    match fs::read(path) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|text| !text.is_empty()),
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                tracing::error!(%error, file = %path.display(), "a checkpoint stored outside cannot be read");
            }
            None
        }
    }
}

/// The checkpoints' files by their size, in subfolders and without.
fn files(folder: &Path) -> io::Result<BTreeMap<i64, PathBuf>> {
    let mut found = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was written there yet.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if let Some(size) = size_of(&name) {
            found.insert(size, entry.path());
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) && entry.file_type()?.is_dir() {
            for inner in fs::read_dir(entry.path())? {
                let inner = inner?;
                if let Some(size) = inner.file_name().to_str().and_then(size_of) {
                    found.insert(size, inner.path());
                }
            }
        }
    }
    Ok(found)
}

/// Makes a folder in one that is there.
fn folder_make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Err(_) => Ok(()),
        Ok(()) => folder.parent().map_or(Ok(()), synced),
    }
}

/// Writes a file as a whole or not at all.
///
/// It is written by hand: crates for atomic replacement need what a mounted folder of another computer may not have. Here
/// several nodes may write the same file, with the same contents.
fn put(folder: &Path, name: &str, note: &str) -> io::Result<()> {
    folder_make(folder)?;
    // Another node may be writing the same one.
    let draft = folder.join(format!("{name}.{:08x}", rand::random::<u32>()));
    let mut written = fs::File::create(&draft)?;
    written.write_all(note.as_bytes())?;
    // After a power cut the file is whole, or not there.
    written.sync_all()?;
    fs::rename(&draft, folder.join(name))?;
    synced(folder)
}

/// Makes a folder's list of names survive a power cut. Windows has no call for it.
fn synced(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clinic() -> ClinicId {
        ClinicId::new(Timestamp::from_ms(1), [1; 10])
    }

    #[tokio::test]
    async fn a_folder_that_is_missing_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mount");
        assert_eq!(Anchor::open(&folder).await.unwrap_err().kind(), ErrorKind::NotFound);
        fs::create_dir(&folder).unwrap();
        let anchor = Anchor::open(&folder).await.unwrap();
        fs::remove_dir(&folder).unwrap();
        let notes = vec![(5, "a note".to_owned())];
        assert_eq!(anchor.fill(clinic(), notes).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn files_lie_by_the_thousand_and_those_without_subfolders_count() {
        let dir = tempfile::tempdir().unwrap();
        let anchor = Anchor::open(dir.path()).await.unwrap();
        let notes = [5, 999, 1_000, 2_500].map(|size| (size, format!("note {size}"))).to_vec();
        anchor.fill(clinic(), notes).await.unwrap();
        let own = dir.path().join(clinic().to_string());
        assert!(own.join("000000002/000000002500.checkpoint").exists());
        fs::write(own.join("000000000007.checkpoint"), "note 7").unwrap();
        let listed = |all: BTreeMap<i64, String>| all.into_keys().collect::<Vec<_>>();
        assert_eq!(listed(anchor.list(clinic()).await.unwrap()), [5, 7, 999, 1_000, 2_500]);
        fs::write(own.join("000000000/000000000999.checkpoint"), "").unwrap();
        assert_eq!(listed(anchor.list(clinic()).await.unwrap()), [5, 7, 1_000, 2_500]);
        anchor.set_aside(clinic(), 7, Timestamp::from_ms(3)).await.unwrap();
        assert_eq!(listed(anchor.list(clinic()).await.unwrap()), [5, 7]);
        assert!(own.join("set-aside-3/000000001000.checkpoint").exists());
    }

    #[tokio::test]
    async fn a_folder_that_does_not_answer_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let anchor = Anchor::open(dir.path()).await.unwrap();
        let short = Duration::from_millis(1);
        let (release, held) = std::sync::mpsc::channel::<()>();
        let hang = move |_: &Path| held.recv().map_err(io::Error::other);
        assert_eq!(anchor.run(short, hang).await.unwrap_err().kind(), ErrorKind::TimedOut);
        // The others go on meanwhile, and its turn comes back with it.
        assert_eq!(anchor.turns.available_permits(), TURNS - 1);
        anchor.list(clinic()).await.unwrap();
        release.send(()).unwrap();
        let all = u32::try_from(TURNS).unwrap();
        drop(timeout(ALL, anchor.turns.acquire_many(all)).await.unwrap().unwrap());
    }
}
