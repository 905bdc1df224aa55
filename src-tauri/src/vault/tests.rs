use std::time::Duration;

use medlane_shared::{
    fault::{Code, Fault},
    ids::{NoteId, PersonId},
    records::{NoteRef, NoteSave},
    sync::{Answer, Intent, IntentOutcome},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{clock::Clock, records::NoteDraft, rooms};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

/// The time of a computer whose clock stands still at `now`.
fn by(now: Timestamp) -> Time {
    Time::new(Clock::of(move || now, || Duration::ZERO))
}

fn patient() -> PersonId {
    PersonId::new(NOW, [7; 10])
}

fn note(text: &str) -> NoteSave {
    let id = NoteId::new(NOW, [3; 10]);
    NoteSave { id, patient_id: patient(), ticket_id: None, text: text.to_owned(), version: 0 }
}

fn change(bucket: Bucket, key: &str, version: i64, row: &Value) -> Change {
    Change { bucket, key: key.to_owned(), version, row: Some(row.clone()) }
}

fn checkpoint(seq: i64, changes: Vec<Change>) -> Checkpoint {
    let upto = Cursor { epoch: 1, seq };
    Checkpoint { since: None, upto, changes, last_intent_id: 0, buckets: None }
}

fn accepted(intent_id: u64, note: &NoteSave, version: i64) -> Answer {
    let answer = NoteRef { id: note.id, version, patient_id: note.patient_id };
    Answer { intent_id, outcome: IntentOutcome::Accepted { answer: serde_json::to_value(answer).unwrap() } }
}

/// Stores a typed text, as the page does.
fn write(vault: &mut Vault, typed: NoteSave) -> Option<Intent> {
    let known: Option<NoteDraft> = vault.draft(&typed.id.to_string()).unwrap();
    let draft = match known {
        Some(mut draft) => {
            draft.write(typed, NOW);
            draft
        }
        None => NoteDraft::new(typed, None, NOW),
    };
    vault.keep(draft, NOW).unwrap()
}

fn draft(vault: &Vault) -> NoteDraft {
    vault.draft(&note("").id.to_string()).unwrap().unwrap()
}

fn settle(vault: &mut Vault, answer: &Answer) -> Option<Intent> {
    rooms::settle(vault, answer, NOW).unwrap().next
}

struct Disk {
    dir: TempDir,
    key: Key,
}

impl Disk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), key: Key::fresh() }
    }

    fn open(&self, now: Timestamp) -> Vault {
        Vault::open(&self.dir.path().join("vault.db"), self.key.clone(), &by(now)).unwrap()
    }

    /// All bytes on the disk.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.dir.path()).unwrap();
        files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

#[test]
fn what_was_typed_is_there_after_a_crash_and_nothing_on_the_disk_can_be_read() {
    let disk = Disk::new();
    let mut vault = disk.open(NOW);
    let first = write(&mut vault, note("Lungs clear")).unwrap();
    assert_eq!((first.intent_id, first.name.as_str()), (1, "note.save"));
    assert_eq!(write(&mut vault, note("Lungs clear, sleeps badly")), None, "one at a time");
    vault.see("queue", b"Name of a patient", NOW).unwrap();
    let bucket = Bucket::Chart(patient());
    vault.replace(bucket, &[change(bucket, "note:1", 1, &json!("Asthma"))], NOW).unwrap();
    let client = vault.stored().unwrap().client_id;
    // The vault is not closed, as if the program was killed.
    std::mem::forget(vault);
    let bytes = disk.bytes();
    for secret in ["Lungs", "sleeps", "Asthma", "Name of"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let mut vault = disk.open(NOW);
    let stored = vault.stored().unwrap();
    assert_eq!((stored.client_id, stored.pending.as_slice()), (client, &[1][..]));
    assert_eq!(vault.intents(1).unwrap(), [first]);
    assert_eq!(draft(&vault).note.text, "Lungs clear, sleeps badly");
    // The first answer creates the second intent, from the version that it gives.
    let second = settle(&mut vault, &accepted(1, &note(""), 1)).unwrap();
    assert_eq!((second.intent_id, &second.args["version"]), (2, &json!(1)));
    assert_eq!(second.args["text"], "Lungs clear, sleeps badly");
    assert_eq!(settle(&mut vault, &accepted(2, &note(""), 2)), None);
    let mut draft = draft(&vault);
    assert!(draft.is_settled());
    draft.ask_sign();
    let sign = vault.keep(draft, NOW).unwrap().unwrap();
    assert_eq!((sign.name.as_str(), &sign.args["version"]), ("note.sign", &json!(2)));
    settle(&mut vault, &accepted(3, &note(""), 3));
    assert_eq!((vault.drafts::<NoteDraft>().unwrap().len(), vault.stored().unwrap().pending.len()), (0, 0));
}

/// The vault was put back from a copy: the server knows its next number as another note's.
#[test]
fn a_number_that_was_used_before_loses_no_text() {
    let disk = Disk::new();
    let mut vault = disk.open(NOW);
    write(&mut vault, note("Lungs clear")).unwrap();
    let fault = Fault::new(Code::IdempotencyMismatch);
    let conflict = Answer { intent_id: 1, outcome: IntentOutcome::Refused { fault: fault.clone() } };
    assert_eq!(settle(&mut vault, &conflict), None);
    let draft = draft(&vault);
    assert_eq!((draft.note.text.as_str(), draft.is_settled()), ("Lungs clear", false));
    assert_eq!(draft.refused.as_ref(), Some(&fault), "its author sees it");
    let again = vault.keep(NoteDraft { refused: None, ..draft }, NOW).unwrap().unwrap();
    assert_eq!((again.intent_id, &again.args["text"]), (2, &json!("Lungs clear")));
}

#[test]
fn a_row_opens_nowhere_but_in_its_place() {
    let disk = Disk::new();
    let mut vault = disk.open(NOW);
    let bucket = Bucket::Chart(patient());
    let rows = [change(bucket, "note:1", 1, &json!("one")), change(bucket, "note:2", 1, &json!("two"))];
    vault.replace(bucket, &rows, NOW).unwrap();
    assert_eq!(vault.rows::<String>(bucket).unwrap(), ["one", "two"]);
    let swap = "update row set sealed = (select sealed from row where key = 'note:2') where key = 'note:1'";
    vault.db.execute(swap, ()).unwrap();
    assert!(matches!(vault.rows::<String>(bucket), Err(VaultError::DoesNotOpen(_))));
    drop(vault);
    let path = disk.dir.path().join("vault.db");
    let other = Vault::open(&path, Key::fresh(), &by(NOW));
    assert!(matches!(other, Err(VaultError::DoesNotOpen(_))), "another key opens nothing");
}

#[test]
fn a_bucket_ends_with_its_right_or_its_lease_and_drafts_do_not() {
    let disk = Disk::new();
    let mut vault = disk.open(NOW);
    let (chart, other) = (Bucket::Chart(patient()), Bucket::Catalogue);
    for bucket in [chart, other] {
        vault.replace(bucket, &[change(bucket, "k", 4, &json!(1))], NOW).unwrap();
    }
    vault.see("queue", b"seen", NOW).unwrap();
    write(&mut vault, note("kept"));
    vault.apply(&checkpoint(9, vec![change(other, "k", 5, &json!(2))])).unwrap();
    assert_eq!(vault.rows::<i64>(other).unwrap(), [2]);
    assert_eq!(vault.stored().unwrap().cursor, Some(Cursor { epoch: 1, seq: 9 }));
    let sum = |version| BucketSum { bucket: other, sum: bucket_sum([("k", version)]) };
    assert_eq!(vault.diverged(&[sum(5)]).unwrap(), []);
    assert_eq!(vault.diverged(&[sum(4)]).unwrap(), [other]);
    vault.purge(chart).unwrap();
    assert_eq!(vault.rows::<i64>(chart).unwrap(), [0_i64; 0]);
    // The server is reached after an hour, and the lease lasts eight more.
    vault.lease(NOW.plus_ms(3_600_000)).unwrap();
    drop(vault);
    let vault = disk.open(NOW.plus_ms(LEASE_MS));
    assert_eq!(vault.rows::<i64>(other).unwrap(), [2]);
    assert_eq!(vault.seen("queue").unwrap().as_deref(), Some("seen"));
    drop(vault);
    let vault = disk.open(NOW.plus_ms(LEASE_MS + 3_600_000));
    assert_eq!((vault.rows::<i64>(other).unwrap().len(), vault.seen("queue").unwrap()), (0, None));
    assert_eq!(vault.stored().unwrap().cursor, None, "what was deleted comes again from the start");
    assert_eq!(vault.drafts::<NoteDraft>().unwrap()[0].note.text, "kept");
}

/// The file of an earlier release, whose drafts are all notes.
#[test]
fn a_draft_of_an_earlier_release_is_a_note() {
    let disk = Disk::new();
    let mut vault = disk.open(NOW);
    write(&mut vault, note("kept")).unwrap();
    let undo = "alter table draft drop column kind; alter table draft rename column key to began; pragma user_version = 1";
    vault.db.execute_batch(undo).unwrap();
    drop(vault);
    let vault = disk.open(NOW);
    assert_eq!(draft(&vault).note.text, "kept");
}
