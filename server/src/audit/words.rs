//! What a check of a log found, in words for the command line.

use medlane_shared::{
    audit::{AuditVerdict, BadRange, Tampering},
    fault::Language,
};

const fn words(tampering: Tampering, language: Language) -> &'static str {
    let is_arabic = matches!(language, Language::Ar);
    match (tampering, is_arabic) {
        (Tampering::Changed, false) => "it was changed after it was written",
        (Tampering::Changed, true) => "عُدّل بعد كتابته",
        (Tampering::Removed, false) => "it is missing",
        (Tampering::Removed, true) => "مفقود",
        (Tampering::Reordered, false) => "it does not follow the one before it",
        (Tampering::Reordered, true) => "لا يتبع القيد الذي قبله",
        (Tampering::Truncated, false) => "the log was cut off here",
        (Tampering::Truncated, true) => "قُطع السجل هنا",
        (Tampering::Checkpoint, false) => "it does not fit a signed checkpoint",
        (Tampering::Checkpoint, true) => "لا يطابق نقطة تحقق موقّعة",
        (Tampering::Blanked, false) => "its details were taken away",
        (Tampering::Blanked, true) => "أُزيلت تفاصيله",
        (Tampering::Unsigned, false) => "from here on the log does not carry this server's signature",
        (Tampering::Unsigned, true) => "السجل من هنا لا يحمل توقيع هذا الخادم",
        (Tampering::CheckpointMissing, false) => "a checkpoint that was signed here is missing",
        (Tampering::CheckpointMissing, true) => "نقطة تحقق وُقّعت هنا مفقودة",
        (Tampering::CheckpointOverdue, false) => "no checkpoint covers the entries from here on; one was due",
        (Tampering::CheckpointOverdue, true) => "لا تشمل القيود من هنا أي نقطة تحقق موقّعة، وكان موعدها قد حان",
        (Tampering::Anchor, false) => "a checkpoint stored outside the database is not one of this log",
        (Tampering::Anchor, true) => "نقطة تحقق مخزّنة خارج قاعدة البيانات لا تخص هذا السجل",
        (Tampering::AnchorMissing, false) => {
            "a checkpoint that was stored outside the database is no longer there"
        }
        (Tampering::AnchorMissing, true) => "نقطة تحقق كانت مخزّنة خارج قاعدة البيانات لم تعد موجودة",
        (Tampering::RolledBack, false) => {
            "entries from here on were signed and are missing: an older copy of the database was put back"
        }
        (Tampering::RolledBack, true) => "القيود من هنا وُقّعت ثم فُقدت: أُعيدت نسخة أقدم من قاعدة البيانات",
    }
}

/// A verdict in lines: each entry that is bad, its stable code, what it leaves unproven, since when that is recorded; then what
/// holds.
#[must_use]
pub fn told(verdict: &AuditVerdict, language: Language) -> Vec<String> {
    let is_arabic = language == Language::Ar;
    let mut lines: Vec<String> = verdict.bad.iter().map(|bad| one(bad, language)).collect();
    let runs = verdict.holding();
    let count: i64 = runs.iter().map(|(from, upto)| upto - from + 1).sum();
    let runs: Vec<String> = runs.iter().map(|(from, upto)| format!("{from}–{upto}")).collect();
    let runs = if runs.is_empty() { "–".to_owned() } else { runs.join(", ") };
    let AuditVerdict { entries, checkpoints, anchored, .. } = verdict;
    lines.push(match (verdict.bad.is_empty(), is_arabic) {
        (true, false) => format!(
            "{entries} entries and {checkpoints} checkpoints hold, {anchored} of them also stored outside the database"
        ),
        (true, true) => format!(
            "القيود السليمة: {entries}؛ نقاط التحقق السليمة: {checkpoints}، منها {anchored} مخزّنة أيضًا خارج قاعدة البيانات"
        ),
        (false, false) => format!("{count} of {entries} entries hold: {runs}; {checkpoints} checkpoints hold"),
        (false, true) => {
            format!("القيود السليمة {count} من {entries}: {runs}؛ نقاط التحقق السليمة: {checkpoints}")
        }
    });
    lines
}

fn one(bad: &BadRange, language: Language) -> String {
    let is_arabic = language == Language::Ar;
    let id = bad.id.map(|id| format!(" ({id})")).unwrap_or_default();
    let BadRange { seq, from, upto, tampering, .. } = bad;
    let (code, what) = (tampering.text(), words(*tampering, language));
    let mut parts = vec![if is_arabic {
        format!("القيد {seq}{id} [{code}]: {what}")
    } else {
        format!("entry {seq}{id} [{code}]: {what}")
    }];
    match (tampering, is_arabic) {
        (Tampering::RolledBack, false) => parts.push(format!("lost: {from}–{upto}")),
        (Tampering::RolledBack, true) => parts.push(format!("المفقود: {from}–{upto}")),
        (one, false) if one.is_of_entries() => parts.push(format!("not proven: {from}–{upto}")),
        (one, true) if one.is_of_entries() => parts.push(format!("غير مثبت: {from}–{upto}")),
        _ => {}
    }
    if let (Some(entry), Some(at)) = (bad.recorded, bad.recorded_at) {
        parts.push(if is_arabic {
            format!("مسجّل في القيد {entry} منذ {at}")
        } else {
            format!("recorded by entry {entry} since {at}")
        });
    }
    parts.join(if is_arabic { "؛ " } else { "; " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_apart_in_both_languages() {
        let said: std::collections::BTreeSet<&str> = Tampering::ALL
            .iter()
            .flat_map(|one| [Language::En, Language::Ar].map(|of| words(*one, of)))
            .collect();
        assert_eq!(said.len(), 2 * Tampering::ALL.len());
        for one in Tampering::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.text());
        }
    }
}
