//! Files that are written as a whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Replaces a file. The new contents are on the disk when this returns, as a whole or not at all.
///
/// It is written by hand: crates add names that nobody guesses, for folders that several programs write to. This folder has one
/// writer, and its next write replaces what a power cut left.
///
/// # Errors
/// An error of the disk. Then the file is unchanged.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => keep_name(folder),
        None => Ok(()),
    }
}

/// Writes a folder's names to the disk. Otherwise a power cut may bring the old file back.
#[cfg(unix)]
fn keep_name(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows writes names with the files, and opens no folder for this.
#[cfg(not(unix))]
fn keep_name(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads a file; `None` if it does not exist.
///
/// # Errors
/// An error of the disk.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
