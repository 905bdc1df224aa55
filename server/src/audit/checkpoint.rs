//! Signed checkpoints of the log, in C2SP tlog-checkpoint form: <https://c2sp.org/tlog-checkpoint>.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use medlane_shared::{
    audit::{Hash, Tree},
    ids::ClinicId,
};
use sha2::{Digest, Sha256};

use super::store;
use crate::app::App;

/// A checkpoint after this many entries at the latest.
const ENTRIES_MAX: i64 = 1_000;
/// Entries read at once.
const PAGE: i64 = 2_000;
/// How often the log's growth is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Leaves kept for the next look at the most; beyond it the log is read instead.
const LEAVES_MAX: usize = 65_536;

/// The leaf hashes of what this node has committed, by their number. A checkpoint grows by what was decided, not by
/// what the database says afterwards; and a busy log is not read back.
#[derive(Debug, Default)]
pub struct Leaves(Mutex<Vec<(i64, Hash)>>);

impl Leaves {
    /// Adds committed ones.
    pub fn add(&self, mut leaves: Vec<(i64, Hash)>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + leaves.len() > LEAVES_MAX {
            kept.clear();
        }
        kept.append(&mut leaves);
    }

    fn take(&self) -> Vec<(i64, Hash)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn origin(clinic: ClinicId) -> String {
    format!("medlane.audit/{clinic}")
}

/// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`: <https://c2sp.org/signed-note>.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash =
        Sha256::new().chain_update(name).chain_update([0x0A, 0x01]).chain_update(key.as_bytes()).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The signed note of a tree.
#[must_use]
pub fn note(clinic: ClinicId, tree: &Tree, key: &SigningKey) -> String {
    let name = origin(clinic);
    let text = format!("{name}\n{}\n{}\n", tree.size(), BASE64_STANDARD.encode(tree.root()));
    let signature = key.sign(text.as_bytes()).to_bytes();
    let signed = [&key_id(&name, &key.verifying_key())[..], &signature].concat();
    format!("{text}\n— {name} {}\n", BASE64_STANDARD.encode(signed))
}

/// Whether a note is ours and of this tree.
#[must_use]
pub fn holds(note: &str, clinic: ClinicId, tree: &Tree, key: &VerifyingKey) -> bool {
    let name = origin(clinic);
    let text = format!("{name}\n{}\n{}\n", tree.size(), BASE64_STANDARD.encode(tree.root()));
    let signed = || {
        let line = note.strip_prefix(&text)?.strip_prefix("\n— ")?.strip_suffix('\n')?;
        let bytes = BASE64_STANDARD.decode(line.strip_prefix(&name)?.strip_prefix(' ')?).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        let signature = Signature::from_slice(signature).ok()?;
        (*id == key_id(&name, key)).then(|| key.verify(text.as_bytes(), &signature).ok())?
    };
    signed().is_some()
}

/// Signs a checkpoint whenever enough time has passed or enough was written, until the server ends.
pub async fn keep(app: Arc<App>, clinic: ClinicId) {
    let mut tree = Tree::default();
    let mut signed = 0_i64;
    let mut due = tokio::time::Instant::now();
    let mut closing = app.closing.clone();
    loop {
        let ends = tokio::select! {
            () = tokio::time::sleep(LOOK) => false,
            _ = closing.wait_for(|closing| *closing) => true,
        };
        let is_late = ends || tokio::time::Instant::now() >= due;
        if let Err(error) = grow(&app, clinic, &mut tree, is_late).await {
            tracing::error!(%error, "the audit log could not be read for a checkpoint");
        }
        let size = size_of(&tree);
        let is_due = is_late || size - signed >= ENTRIES_MAX;
        if size > signed && is_due {
            match sign(&app, clinic, &tree, size).await {
                Ok(()) => signed = size,
                Err(error) => tracing::error!(%error, "a checkpoint of the audit log could not be kept"),
            }
            due = tokio::time::Instant::now() + Duration::from_secs(app.config.audit.checkpoint_s);
        }
        if ends {
            return;
        }
    }
}

fn size_of(tree: &Tree) -> i64 {
    i64::try_from(tree.size()).unwrap_or(i64::MAX)
}

/// Takes in what this node has added; reads the log where another has, and where a checkpoint is due.
async fn grow(app: &App, clinic: ClinicId, tree: &mut Tree, is_due: bool) -> sqlx::Result<()> {
    let mut is_behind = is_due;
    let Ok(found) = app.core.clinics.get(clinic) else { return Ok(()) };
    for (seq, leaf) in found.leaves.take() {
        if seq == size_of(tree) + 1 {
            tree.push(leaf);
        }
        is_behind |= seq > size_of(tree);
    }
    while is_behind {
        let mut conn = app.core.db.read().await?;
        let since = size_of(tree);
        let rows = store::audit_since(&mut conn, found.number, since, PAGE).await?;
        for row in &rows {
            let next = size_of(tree) + 1;
            let Some(leaf) = row.leaf(clinic).filter(|_| row.seq == next) else {
                return Err(sqlx::Error::Decode(
                    format!("entry {next} of the audit log does not hold").into(),
                ));
            };
            tree.push(leaf);
        }
        is_behind = !rows.is_empty();
    }
    Ok(())
}

async fn sign(
    app: &App,
    clinic: ClinicId,
    tree: &Tree,
    size: i64,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let note = note(clinic, tree, &app.core.keys.signing(clinic));
    let op = Keep { size, note: note.clone() };
    app.writer.run(crate::writer::By::system(clinic), op).await?;
    if let Some(folder) = &app.config.audit.anchor {
        anchor(folder, clinic, size, &note).await?;
    }
    Ok(())
}

async fn anchor(folder: &Path, clinic: ClinicId, size: i64, note: &str) -> std::io::Result<()> {
    let folder = folder.join(clinic.to_string());
    tokio::fs::create_dir_all(&folder).await?;
    tokio::fs::write(folder.join(format!("{size:012}.checkpoint")), note).await
}

/// Keeps a checkpoint. It is no entry of the log itself, which it would make grow for ever.
struct Keep {
    size: i64,
    note: String,
}

impl crate::writer::Op for Keep {
    type Out = ();
    async fn run(
        &self,
        unit: &mut crate::writer::Unit<'_>,
    ) -> Result<crate::writer::Done<()>, crate::writer::Failure> {
        let (clinic, at) = (unit.clinic(), unit.at());
        store::checkpoint_insert(unit.writes().await?, clinic, self.size, &self.note, at).await?;
        Ok(unit.commit_unaudited())
    }
}
