//! Copies of checkpoints outside the database (`audit.anchor`): one file for each, named by its size, in a folder for
//! each clinic. An attacker who can change the database cannot reach them.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use medlane_shared::ids::ClinicId;
use tokio::{fs, io::AsyncWriteExt as _};

const ENDING: &str = ".checkpoint";

fn folder_of(folder: &Path, clinic: ClinicId) -> PathBuf {
    folder.join(clinic.to_string())
}

fn size_of(name: &str) -> Option<i64> {
    name.strip_suffix(ENDING)?.parse().ok()
}

/// The existing files, by the sizes of their checkpoints.
async fn files(folder: &Path, clinic: ClinicId) -> io::Result<BTreeMap<i64, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut entries = match fs::read_dir(folder_of(folder, clinic)).await {
        Ok(entries) => entries,
        // No checkpoint was written yet.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        if let Some(size) = entry.file_name().to_str().and_then(size_of) {
            found.insert(size, entry.path());
        }
    }
    Ok(found)
}

/// The size of the last checkpoint; 0 if there is none.
///
/// # Errors
/// An error of the file system.
pub async fn anchor_last(folder: &Path, clinic: ClinicId) -> io::Result<i64> {
    Ok(files(folder, clinic).await?.keys().next_back().copied().unwrap_or(0))
}

/// All checkpoints in the folder. A file that is not text counts as an empty one, which is not a valid checkpoint.
///
/// # Errors
/// An error of the file system.
pub async fn anchor_list(folder: &Path, clinic: ClinicId) -> io::Result<BTreeMap<i64, String>> {
    let mut found = BTreeMap::new();
    for (size, path) in files(folder, clinic).await? {
        let bytes = fs::read(path).await?;
        found.insert(size, String::from_utf8(bytes).unwrap_or_default());
    }
    Ok(found)
}

/// Writes the missing checkpoints, each as a whole or not at all.
///
/// It is written by hand: crates for atomic replacement are blocking, and need what a mounted folder of another computer may
/// not have. Here several nodes may write the same file, with the same contents.
///
/// # Errors
/// An error of the file system.
pub async fn anchor_fill(folder: &Path, clinic: ClinicId, notes: &[(i64, String)]) -> io::Result<()> {
    let folder = folder_of(folder, clinic);
    fs::create_dir_all(&folder).await?;
    for (size, note) in notes {
        let file = folder.join(format!("{size:012}{ENDING}"));
        if fs::try_exists(&file).await? {
            continue;
        }
        // Another node may be writing the same checkpoint.
        let draft = folder.join(format!("{size:012}.{:08x}", rand::random::<u32>()));
        let mut written = fs::File::create(&draft).await?;
        written.write_all(note.as_bytes()).await?;
        // After a power cut the file is complete, or does not exist.
        written.sync_all().await?;
        fs::rename(&draft, file).await?;
    }
    Ok(())
}
