//! A signed checkpoint of the log, in C2SP tlog-checkpoint form (<https://c2sp.org/tlog-checkpoint>).
//!
//! A checkpoint carries two extension lines of ours. The first says when it was signed, when the next one is due, which one
//! came before, and whether it is stored outside the database too. A verifier therefore misses a checkpoint that was deleted,
//! whatever the server is set to later. The second holds the roots of the tree's full subtrees. They give the checkpoint's own
//! root, and from them the tree grows on. A verifier therefore checks the entries of one checkpoint to the next alone, and an
//! entry that was damaged before takes nothing from those after it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use medlane_shared::{
    audit::{Hash, Tree, hex},
    ids::ClinicId,
    time::Timestamp,
};
use sha2::{Digest, Sha256};

/// What an Ed25519 signature is in a C2SP signed note.
const ED25519: u8 = 0x01;
/// The beginning of our extension line.
const EXTENSION: &str = "medlane.due/1";
/// What the line of the tree's subtrees begins with.
const PEAKS: &str = "medlane.tree/1";

/// The extension line of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When it was signed.
    pub at: Timestamp,
    /// The next checkpoint is due after this many entries,
    pub entries: i64,
    /// or this many seconds after the first entry that this one does not cover.
    pub seconds: i64,
    /// The size of the checkpoint before; 0 for the first.
    pub previous: i64,
    /// Whether a copy is kept outside the database.
    pub anchored: bool,
}

/// A checkpoint with a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How many entries it covers.
    pub size: i64,
    /// The root of their tree.
    pub root: Hash,
    /// What it says beside; `None` in checkpoints of earlier releases.
    pub due: Option<Due>,
    /// The tree to grow on from; `None` in checkpoints of earlier releases.
    pub tree: Option<Tree>,
}

fn origin(clinic: ClinicId) -> String {
    format!("medlane.audit/{clinic}")
}

/// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`: <https://c2sp.org/signed-note>.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([0x0A, ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The key that verifies a clinic's checkpoints, in the form for tools that read signed notes.
#[must_use]
pub fn verifier(clinic: ClinicId, key: &VerifyingKey) -> String {
    let name = origin(clinic);
    let typed = BASE64_STANDARD.encode([&[ED25519][..], key.as_bytes()].concat());
    format!("{name}+{}+{typed}", hex(&key_id(&name, key)))
}

impl Due {
    fn line(&self) -> String {
        let Self { at, entries, seconds, previous, anchored } = self;
        let (at, anchored) = (at.ms(), i32::from(*anchored));
        format!(
            "{EXTENSION} at={at} entries={entries} seconds={seconds} previous={previous} anchored={anchored}"
        )
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(EXTENSION)?.strip_prefix(' ')?.split(' ');
        let mut next = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=')?.parse::<i64>().ok();
        let (at, entries) = (next("at")?, next("entries")?);
        let (seconds, previous, anchored) = (next("seconds")?, next("previous")?, next("anchored")? == 1);
        Some(Self { at: Timestamp::from_ms(at), entries, seconds, previous, anchored })
    }
}

impl Note {
    /// The checkpoint of a tree.
    #[must_use]
    pub fn of(tree: &Tree, due: Due) -> Self {
        let size = i64::try_from(tree.size()).unwrap_or(i64::MAX);
        Self { size, root: tree.root(), due: Some(due), tree: Some(tree.clone()) }
    }

    /// The signed text.
    #[must_use]
    pub fn signed(&self, clinic: ClinicId, key: &SigningKey) -> String {
        let name = origin(clinic);
        let mut text = format!("{name}\n{}\n{}\n", self.size, BASE64_STANDARD.encode(self.root));
        if let Some(due) = &self.due {
            text.push_str(&due.line());
            text.push('\n');
        }
        if let Some(tree) = self.tree.as_ref().filter(|tree| tree.size() > 0) {
            let peaks: Vec<String> = tree.peaks().iter().map(|peak| BASE64_STANDARD.encode(peak)).collect();
            text.push_str(&[PEAKS, " ", &peaks.join(" "), "\n"].concat());
        }
        let signature = key.sign(text.as_bytes()).to_bytes();
        let signed = [&key_id(&name, &key.verifying_key())[..], &signature].concat();
        format!("{text}\n— {name} {}\n", BASE64_STANDARD.encode(signed))
    }

    /// The checkpoint in a text, if this server's key has signed it for this clinic.
    #[must_use]
    pub fn parse(text: &str, clinic: ClinicId, key: &VerifyingKey) -> Option<Self> {
        let name = origin(clinic);
        let (body, line) = text.split_once("\n\n— ")?;
        let bytes = BASE64_STANDARD.decode(line.strip_suffix('\n')?.strip_prefix(&name)?.strip_prefix(' ')?);
        let bytes = bytes.ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        let signature = Signature::from_slice(signature).ok().filter(|_| *id == key_id(&name, key))?;
        key.verify(format!("{body}\n").as_bytes(), &signature).ok()?;
        let mut lines = body.lines();
        lines.next().filter(|line| *line == name)?;
        let size = lines.next()?.parse().ok()?;
        let root = BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let extensions: Vec<&str> = lines.collect();
        let due = extensions.iter().find_map(|line| Due::parse(line));
        let tree = extensions.iter().find_map(|line| peaks(line, size)).filter(|tree| tree.root() == root);
        Some(Self { size, root, due, tree })
    }
}

/// The tree of a line of subtrees.
fn peaks(line: &str, size: i64) -> Option<Tree> {
    let words = line.strip_prefix(PEAKS)?.strip_prefix(' ')?.split(' ');
    let peaks = words.map(|word| BASE64_STANDARD.decode(word).ok()?.try_into().ok());
    Tree::from_peaks(u64::try_from(size).ok()?, peaks.collect::<Option<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_nothing_in_it_can_be_changed() {
        let (clinic, key) = (ClinicId::new(Timestamp::from_ms(1), [1; 10]), SigningKey::from_bytes(&[7; 32]));
        let mut tree = Tree::default();
        tree.push([5; 32]);
        let due = Due { at: Timestamp::from_ms(9), entries: 10, seconds: 60, previous: 0, anchored: true };
        let note = Note::of(&tree, due);
        let text = note.signed(clinic, &key);
        let read = |text: &str| Note::parse(text, clinic, &key.verifying_key());
        assert_eq!(read(&text), Some(note.clone()));
        assert_eq!((note.size, note.root), (1, tree.root()));
        for (from, to) in [
            ("seconds=60", "seconds=61"),
            ("previous=0", "previous=1"),
            ("\n1\n", "\n2\n"),
            ("anchored=1", "anchored=0"),
        ] {
            assert!(text.contains(from), "{text}");
            assert_eq!(read(&text.replace(from, to)), None, "{from}");
        }
        let plain = Note { due: None, tree: None, ..note.clone() };
        assert_eq!(read(&plain.signed(clinic, &key)), Some(plain), "as earlier releases signed them");
        // Subtrees that do not give the root are nothing to grow on from.
        let mut other = Tree::default();
        other.push([9; 32]);
        let wrong = Note { tree: Some(other), ..note };
        assert_eq!(read(&wrong.signed(clinic, &key)), Some(Note { tree: None, ..wrong }));
        // What is signed later extends it from what it says alone.
        let mut grown = read(&text).unwrap().tree.unwrap();
        tree.push([6; 32]);
        grown.push([6; 32]);
        assert_eq!(grown, tree);
        let other = ClinicId::new(Timestamp::from_ms(1), [2; 10]);
        assert_eq!(Note::parse(&text, other, &key.verifying_key()), None);
    }
}
