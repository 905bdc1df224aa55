//! What other windows and computers do to a doctor's unsigned notes: the server tells the versions of all of them.

use medlane_shared::{
    ids::NoteId,
    records::{DraftVersion, Note, NoteState},
};

/// Whether a chart has to be read again after the versions were `before` and are `now`. `pen` is the note that is written
/// here, with the version that the server last gave.
pub(super) fn is_behind(
    before: Option<&[DraftVersion]>,
    now: &[DraftVersion],
    chart: &[Note],
    pen: (NoteId, i64),
) -> bool {
    let known = |id: NoteId| {
        let in_chart = || chart.iter().find(|note| note.id == id && note.state == NoteState::Draft);
        if id == pen.0 { Some(pen.1) } else { in_chart().map(|note| note.version) }
    };
    let has = |all: &[DraftVersion], id: NoteId| all.iter().any(|mark| mark.id == id);
    let written = now.iter().any(|mark| match known(mark.id) {
        Some(version) => version < mark.version,
        // It may be of this patient.
        None => before.is_some_and(|before| !has(before, mark.id)),
    });
    let gone = before.is_some_and(|before| {
        before.iter().any(|mark| !has(now, mark.id) && known(mark.id).is_some_and(|version| version > 0))
    });
    written || gone
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::{super::sample, *};

    fn id(n: u8) -> NoteId {
        NoteId::new(Timestamp::from_ms(1), [n; 10])
    }

    fn mark(n: u8, version: i64) -> DraftVersion {
        DraftVersion { id: id(n), version }
    }

    fn note(n: u8, version: i64, state: NoteState) -> Note {
        Note { version, state, ..sample::note(n) }
    }

    #[test]
    fn only_what_others_did_to_this_chart_reads_it_again() {
        use NoteState::{Draft, Signed};
        let chart = [note(1, 2, Draft), note(2, 1, Draft), note(3, 4, Signed)];
        let before = [mark(1, 2), mark(2, 1), mark(7, 5)];
        let behind = |now: &[DraftVersion], pen| is_behind(Some(&before), now, &chart, pen);
        let pen = (id(1), 2);
        assert!(!behind(&before, pen));
        assert!(!behind(&[mark(1, 3), mark(2, 1), mark(7, 5)], (id(1), 3)), "this window saved it");
        assert!(!behind(&[mark(1, 2), mark(2, 1), mark(7, 9)], pen), "another patient's");
        assert!(behind(&[mark(1, 3), mark(2, 1), mark(7, 5)], pen), "another window wrote on it");
        assert!(behind(&[mark(1, 2), mark(2, 2), mark(7, 5)], pen), "or on the other draft");
        assert!(behind(&[mark(2, 1), mark(7, 5)], pen), "or signed it, or threw it away");
        assert!(behind(&[mark(1, 2), mark(2, 1), mark(7, 5), mark(8, 1)], pen), "or began another one");
        assert!(!behind(&[mark(1, 2), mark(2, 1)], pen), "another patient's was signed");
        assert!(!is_behind(None, &before, &chart, pen), "what the chart has already");
        assert!(is_behind(None, &[mark(1, 5)], &chart, pen));
    }
}
