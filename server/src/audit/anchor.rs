//! Checkpoints outside the database (`audit.anchor`): a file each, by their size, in a folder for each clinic. Whoever changes
//! the database does not reach them.

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

/// The sizes of the checkpoints that are there, and their files.
async fn files(folder: &Path, clinic: ClinicId) -> io::Result<BTreeMap<i64, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut entries = match fs::read_dir(folder_of(folder, clinic)).await {
        Ok(entries) => entries,
        // Nothing was written there yet.
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

/// The size of the last one; 0 without any.
///
/// # Errors
/// The file system's.
pub async fn anchor_last(folder: &Path, clinic: ClinicId) -> io::Result<i64> {
    Ok(files(folder, clinic).await?.keys().next_back().copied().unwrap_or(0))
}

/// Every checkpoint that is there. What is no text is none of ours, and no checkpoint.
///
/// # Errors
/// The file system's.
pub async fn anchor_list(folder: &Path, clinic: ClinicId) -> io::Result<BTreeMap<i64, String>> {
    let mut found = BTreeMap::new();
    for (size, path) in files(folder, clinic).await? {
        let bytes = fs::read(path).await?;
        found.insert(size, String::from_utf8(bytes).unwrap_or_default());
    }
    Ok(found)
}

/// Writes those that are not there yet, each whole or not at all.
///
/// # Errors
/// The file system's.
pub async fn anchor_fill(folder: &Path, clinic: ClinicId, notes: &[(i64, String)]) -> io::Result<()> {
    let folder = folder_of(folder, clinic);
    fs::create_dir_all(&folder).await?;
    for (size, note) in notes {
        let file = folder.join(format!("{size:012}{ENDING}"));
        if fs::try_exists(&file).await? {
            continue;
        }
        // Another node may be writing the same one.
        let draft = folder.join(format!("{size:012}.{:08x}", rand::random::<u32>()));
        let mut written = fs::File::create(&draft).await?;
        written.write_all(note.as_bytes()).await?;
        // After a power cut the file is whole, or not there.
        written.sync_all().await?;
        fs::rename(&draft, file).await?;
    }
    Ok(())
}
