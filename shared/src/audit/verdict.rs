//! What a check of the log finds, on the wire.

use serde::{Deserialize, Serialize};

use crate::{ids::AuditId, time::Timestamp};

/// What is wrong with an entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tampering {
    /// The entry's contents do not match its hash.
    Changed,
    /// An entry is missing: there is a gap in the numbers.
    Removed,
    /// The entry does not follow the one before it.
    Reordered,
    /// The log ends before the stored head, or before the last signed checkpoint.
    Truncated,
    /// A checkpoint's signature or root does not match the log.
    Checkpoint,
    /// The entry's sealed details are gone, though nothing in the product erases them.
    Blanked,
    /// From this entry on, no signature of the server covers the log: somebody else wrote its end.
    Unsigned,
    /// A signed checkpoint is missing.
    CheckpointMissing,
    /// The server went on writing but signed no checkpoint when one was due.
    CheckpointOverdue,
    /// A checkpoint stored outside the database does not belong to this log.
    Anchor,
    /// A checkpoint that was stored outside the database is gone.
    AnchorMissing,
    /// The log is older than a signature over it: an old copy of the database was restored.
    RolledBack,
}

impl Tampering {
    /// Every kind, for tables and tests.
    pub const ALL: &[Self] = &[
        Self::Changed,
        Self::Removed,
        Self::Reordered,
        Self::Truncated,
        Self::Checkpoint,
        Self::Blanked,
        Self::Unsigned,
        Self::CheckpointMissing,
        Self::CheckpointOverdue,
        Self::Anchor,
        Self::AnchorMissing,
        Self::RolledBack,
    ];

    /// The text on the wire.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Reordered => "reordered",
            Self::Truncated => "truncated",
            Self::Checkpoint => "checkpoint",
            Self::Blanked => "blanked",
            Self::Unsigned => "unsigned",
            Self::CheckpointMissing => "checkpoint_missing",
            Self::CheckpointOverdue => "checkpoint_overdue",
            Self::Anchor => "anchor",
            Self::AnchorMissing => "anchor_missing",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The same, read back.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.text() == text)
    }

    /// Whether it leaves entries unproven. The others concern a checkpoint, or entries that were lost with another database.
    #[must_use]
    pub const fn is_of_entries(self) -> bool {
        matches!(
            self,
            Self::Changed
                | Self::Removed
                | Self::Reordered
                | Self::Truncated
                | Self::Checkpoint
                | Self::Blanked
                | Self::Unsigned
        )
    }
}

/// The first entry that fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FirstBad {
    /// Its number.
    pub seq: i64,
    /// Its id; `None` if the entry is missing.
    pub id: Option<AuditId>,
    /// What is wrong.
    pub tampering: Tampering,
}

/// `GET /audit/state`: what the last check of the whole log found, without checking it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditState {
    /// The first entry that does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<FirstBad>,
    /// Whether the log is still signed.
    pub is_signed: bool,
    /// When the server that answers last checked the whole log, since it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
}

/// What does not hold, and the entries that no signature proves because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BadRange {
    /// The first of the entries that are not proven; for a checkpoint, its size.
    pub from: i64,
    /// The last of them.
    pub upto: i64,
    /// The entry at which it was found.
    pub seq: i64,
    /// Its id, where it is still there.
    pub id: Option<AuditId>,
    /// What is wrong.
    pub tampering: Tampering,
    /// The entry of this log that records the finding, under a signature of the server.
    #[serde(default)]
    pub recorded: Option<i64>,
    /// When it was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
}

impl BadRange {
    /// As the first bad entry is told.
    #[must_use]
    pub const fn first(&self) -> FirstBad {
        FirstBad { seq: self.seq, id: self.id, tampering: self.tampering }
    }
}

/// `GET /audit/verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerdict {
    /// Whether the whole log passes the check.
    pub ok: bool,
    /// How many entries were checked.
    pub entries: i64,
    /// How many signed checkpoints were checked.
    pub checkpoints: i64,
    /// How many checkpoints stored outside the database (`audit.anchor`) were checked.
    #[serde(default)]
    pub anchored: i64,
    /// The first bad entry that is not recorded yet; without one, the first of all.
    pub first_bad: Option<FirstBad>,
    /// Everything that does not hold: what was recorded stays listed for ever.
    #[serde(default)]
    pub bad: Vec<BadRange>,
    /// When the check ran.
    pub checked_at: Timestamp,
}

impl AuditVerdict {
    /// The entries that are proven, as first and last of each run.
    #[must_use]
    pub fn holding(&self) -> Vec<(i64, i64)> {
        let mut bad: Vec<_> = self.bad.iter().filter(|bad| bad.tampering.is_of_entries()).collect();
        bad.sort_by_key(|bad| bad.from);
        let (mut next, mut runs) = (1, Vec::new());
        for one in bad {
            if one.from > next {
                runs.push((next, (one.from - 1).min(self.entries)));
            }
            next = next.max(one.upto + 1);
        }
        runs.push((next, self.entries));
        runs.retain(|(from, upto)| from <= upto);
        runs
    }

    /// Whether every finding is recorded in the log: the log is signed again since.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.bad.iter().all(|bad| bad.recorded.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_lies_before_between_and_after_what_does_not() {
        let bad = |from, upto, tampering| BadRange {
            from,
            upto,
            seq: from,
            id: None,
            tampering,
            recorded: None,
            recorded_at: None,
        };
        let verdict = |bad: Vec<BadRange>| AuditVerdict {
            ok: bad.is_empty(),
            entries: 20,
            checkpoints: 0,
            anchored: 0,
            first_bad: None,
            bad,
            checked_at: Timestamp::from_ms(1),
        };
        assert_eq!(verdict(Vec::new()).holding(), [(1, 20)]);
        let two = vec![bad(9, 12, Tampering::Changed), bad(3, 4, Tampering::Removed)];
        assert_eq!(verdict(two).holding(), [(1, 2), (5, 8), (13, 20)]);
        // Entries that another database lost, and a checkpoint, are none of these.
        let others = vec![bad(5, 9, Tampering::RolledBack), bad(7, 7, Tampering::CheckpointMissing)];
        assert_eq!(verdict(others).holding(), [(1, 20)]);
        assert_eq!(verdict(vec![bad(1, 30, Tampering::Unsigned)]).holding(), []);
    }
}
