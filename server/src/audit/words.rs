//! What is wrong with a log, in words for the person who verifies it at the command line.

use medlane_shared::{
    audit::{FirstBad, Tampering},
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
        (Tampering::CheckpointOverdue, false) => "no checkpoint was signed from here on, and one was due",
        (Tampering::CheckpointOverdue, true) => "لم تُوقّع نقطة تحقق من هنا، وكانت مستحقة",
        (Tampering::Anchor, false) => "a checkpoint kept outside is not one of this log",
        (Tampering::Anchor, true) => "نقطة تحقق محفوظة خارج القاعدة لا تخص هذا السجل",
        (Tampering::AnchorMissing, false) => "a checkpoint that was kept outside is there no more",
        (Tampering::AnchorMissing, true) => "نقطة تحقق كانت محفوظة خارج القاعدة لم تعد موجودة",
        (Tampering::RolledBack, false) => "the database is older than what was signed of it: it was put back",
        (Tampering::RolledBack, true) => "قاعدة البيانات أقدم مما وُقّع منها: أُعيدت إلى حالة سابقة",
    }
}

/// A verdict as one line: the entry, a stable code, words, and how many entries are valid.
#[must_use]
pub fn told(bad: &FirstBad, entries: i64, language: Language) -> String {
    let id = bad.id.map(|id| format!(" ({id})")).unwrap_or_default();
    let (seq, code, what) = (bad.seq, bad.tampering.text(), words(bad.tampering, language));
    match language {
        Language::Ar => format!("القيد {seq}{id} [{code}]: {what}؛ القيود السليمة: {entries}"),
        _ => format!("entry {seq}{id} [{code}]: {what}; {entries} entries hold"),
    }
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
