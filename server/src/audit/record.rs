//! Findings recorded in the log itself. An entry names the range of entries that no signature proves, and what is wrong. The
//! log is signed on from there, and every later check lists the range again.

use medlane_shared::audit::{BadRange, Tampering};
use serde_json::json;

use super::store::EntryRow;
use crate::writer::{Done, Entry, Failure, Op, Unit};

/// The server found damage in a log whose head it had signed, and goes on by itself.
const DAMAGE: &str = "audit.damage";
/// Somebody with the key goes on at the command line.
const RESUME: &str = "audit.resume";

/// The range as the entry's target has it. The target is text under the entry's hash, so nobody needs a key to read it.
fn target(range: &BadRange) -> String {
    let BadRange { from, upto, seq, tampering, .. } = range;
    format!("audit:{from}-{upto}:{seq}:{}", tampering.text())
}

fn range_of(target: &str) -> Option<BadRange> {
    let mut parts = target.strip_prefix("audit:")?.split(':');
    let (from, upto) = parts.next()?.split_once('-')?;
    let (from, upto, seq) = (from.parse().ok()?, upto.parse().ok()?, parts.next()?.parse().ok()?);
    let tampering = Tampering::from_text(parts.next()?)?;
    Some(BadRange { from, upto, seq, id: None, tampering, recorded: None, recorded_at: None })
}

/// What an entry records. Entries of earlier releases name no range; they stand for themselves.
pub(super) fn recorded(row: &EntryRow) -> Option<BadRange> {
    let range = match row.action.as_str() {
        DAMAGE => range_of(&row.target)?,
        RESUME => range_of(&row.target).unwrap_or(BadRange {
            from: row.seq,
            upto: row.seq,
            seq: row.seq,
            id: None,
            tampering: Tampering::Unsigned,
            recorded: None,
            recorded_at: None,
        }),
        _ => return None,
    };
    Some(BadRange { recorded: Some(row.seq), recorded_at: Some(row.at()), ..range })
}

/// Whether a record covers a finding. It covers entries before itself alone: after a cut their numbers are given again.
/// Entries cut off the end are found as removed once others follow.
pub(super) fn covers(record: &BadRange, found: &BadRange) -> bool {
    let is_same = record.tampering == found.tampering
        || (record.tampering == Tampering::Truncated && found.tampering == Tampering::Removed);
    let is_before = record.recorded.is_none_or(|seq| found.upto < seq);
    is_same && is_before && record.from <= found.from && found.upto <= record.upto
}

/// Why somebody goes on, and who.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    pub why: String,
    pub who: String,
}

/// Records findings, an entry each.
pub(super) struct Record {
    pub ranges: Vec<BadRange>,
    /// `None` where the server goes on by itself.
    pub reason: Option<Reason>,
    /// The checkpoint that the next one names as the one before it, where the head's is not to be trusted.
    pub checkpoint: Option<i64>,
}

impl Record {
    fn entry(&self, range: &BadRange) -> Entry {
        let mut detail = json!({
            "seq": range.seq, "from": range.from, "upto": range.upto, "tampering": range.tampering,
        });
        if let (Some(reason), Some(fields)) = (&self.reason, detail.as_object_mut()) {
            fields.insert("why".to_owned(), reason.why.clone().into());
            fields.insert("who".to_owned(), reason.who.clone().into());
        }
        let action = if self.reason.is_some() { RESUME } else { DAMAGE };
        Entry::new(action, target(range)).detail(detail)
    }
}

impl Op for Record {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let Some((last, others)) = self.ranges.split_last() else { return Ok(Done::nothing()) };
        if unit.trust().broken().is_some() {
            return Ok(Done::nothing());
        }
        if let Some(size) = self.checkpoint {
            unit.checkpoint(size);
        }
        for range in others {
            unit.audit(self.entry(range));
        }
        Ok(unit.commit(self.entry(last), ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_back_from_its_target() {
        let range = BadRange {
            from: 3,
            upto: 9,
            seq: 9,
            id: None,
            tampering: Tampering::Changed,
            recorded: None,
            recorded_at: None,
        };
        assert_eq!(range_of(&target(&range)), Some(range));
        for none in ["clinic:1", "audit:3", "audit:3-x:9:changed", "audit:3-9:9:mended"] {
            assert_eq!(range_of(none), None, "{none}");
        }
        let wider = BadRange { from: 2, ..range };
        assert!(covers(&wider, &range) && !covers(&range, &wider));
        assert!(!covers(&range, &BadRange { tampering: Tampering::Blanked, ..range }));
        let later = |recorded| covers(&BadRange { recorded: Some(recorded), ..wider }, &range);
        assert!(later(10) && !later(9), "numbers that were given again");
        let cut = BadRange { tampering: Tampering::Truncated, ..range };
        assert!(covers(&cut, &BadRange { tampering: Tampering::Removed, ..range }));
    }
}
