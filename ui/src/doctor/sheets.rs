//! The note fields on the screen: the present visit's, and those of visits that were taken away while their note was
//! being written.

use std::collections::BTreeSet;

use medlane_shared::{
    ids::{PersonId, TicketId},
    queue::{Hand, QueueRow, QueueView, SentOn, State},
};
use yew::AttrValue;

use super::whose::Whose;
use crate::{i18n::Words, queue::Steps};

/// The note field of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The visit's ticket.
    pub ticket: TicketId,
    /// The patient.
    pub patient: PersonId,
    /// The patient's name.
    pub name: AttrValue,
    /// The facts that tell the patient and the visit from others.
    pub whose: Whose,
}

impl Sheet {
    /// The field of a row's visit; `None` for a patient without a chart.
    pub(super) fn of(row: &QueueRow) -> Option<Self> {
        let name = row.patient_name.clone().unwrap_or_default().into();
        Some(Self { ticket: row.id, patient: row.patient_id?, name, whose: Whose::of_row(row) })
    }

    /// The id of the element around the field.
    pub(super) fn element(&self) -> String {
        format!("sheet-{}", self.ticket)
    }
}

/// The fields to show: the present visit's first, then those that are held, in an order that moves none of them. A field
/// is held if somebody else took its visit away while its author was writing; it stays until the author closes it.
pub(super) fn next_sheets(
    before: &[Sheet],
    now: Option<Sheet>,
    held: &mut BTreeSet<TicketId>,
    is_written: impl Fn(&Sheet) -> bool,
) -> Vec<Sheet> {
    let present = now.as_ref().map(|sheet| sheet.ticket);
    if let Some(ticket) = present {
        held.remove(&ticket);
    }
    let mut sheets = Vec::new();
    for sheet in before {
        if Some(sheet.ticket) == present || held.contains(&sheet.ticket) {
            sheets.push(sheet.clone());
        } else if is_written(sheet) {
            held.insert(sheet.ticket);
            sheets.push(sheet.clone());
        }
    }
    held.retain(|ticket| sheets.iter().any(|sheet| sheet.ticket == *ticket));
    if let Some(now) = now {
        match sheets.iter_mut().find(|sheet| sheet.ticket == now.ticket) {
            Some(shown) => *shown = now,
            None => sheets.insert(0, now),
        }
    }
    sheets
}

/// The key of the sentence that says what has happened to a held field's visit.
pub(super) fn happened(view: Option<&QueueView>, ticket: TicketId, me: Option<PersonId>) -> &'static str {
    let Some(view) = view else { return "sheet-no-queue" };
    let Some(row) = view.rows().find(|row| row.id == ticket) else { return "sheet-sent" };
    match row.state {
        State::Done => "sheet-done",
        State::Parked => "sheet-parked",
        State::NoShow => "sheet-no-show",
        State::Cancelled => "sheet-cancelled",
        State::Waiting | State::Held => "sheet-back",
        State::Called | State::Serving if row.called_by == me => "sheet-another",
        State::Called | State::Serving => "sheet-sent",
    }
}

/// The key of the sentence that says who took a held field's visit away, with the name of a doctor.
pub(super) fn by_whom(
    view: Option<&QueueView>,
    ticket: TicketId,
    me: Option<PersonId>,
) -> (&'static str, String) {
    let row = view.and_then(|view| view.rows().find(|row| row.id == ticket));
    let Some(taken) = row.and_then(|row| row.taken_by.as_ref()) else {
        return ("sheet-elsewhere", String::new());
    };
    let key = match (taken.hand, &taken.name) {
        (Hand::Doctor, _) if taken.person_id == me => "sheet-by-me",
        (Hand::Doctor, Some(_)) => "sheet-by-doctor",
        (Hand::Doctor, None) => "sheet-by-a-doctor",
        (Hand::Desk, _) => "sheet-by-desk",
        (Hand::Patient, _) => "sheet-by-patient",
        (Hand::DayEnd, _) => "sheet-by-day",
    };
    (key, taken.name.clone().unwrap_or_default())
}

/// The transfer that took a held field's visit away; `None` if it was not sent on, or something has happened to it since.
pub(super) fn sent_away(view: Option<&QueueView>, ticket: TicketId, me: Option<PersonId>) -> Option<&SentOn> {
    let view = view?;
    let sent = view.sent.iter().find(|sent| sent.id == ticket)?;
    let row = view.rows().find(|row| row.id == ticket);
    let is_elsewhere = row.is_none_or(|row| match row.state {
        State::Waiting => true,
        State::Called | State::Serving => row.called_by != me,
        _ => false,
    });
    is_elsewhere.then_some(sent)
}

/// The sentence that says where a visit was sent on to, and by whom.
pub(super) fn sent_text(words: Words, sent: &SentOn, name: &str, me: Option<PersonId>) -> AttrValue {
    let (key, doctor) = sent_by(sent, me);
    let line = match &sent.doctor_name {
        Some(to) => format!("{} ({to})", sent.service_name),
        None => sent.service_name.clone(),
    };
    let said = [("name", name.into()), ("service", line.as_str().into()), ("doctor", doctor.into())];
    words.say_with(key, &said)
}

fn sent_by(sent: &SentOn, me: Option<PersonId>) -> (&'static str, &str) {
    match sent.taken_by.as_ref().map(|taken| (taken.hand, taken.person_id, taken.name.as_deref())) {
        Some((Hand::Doctor, by, _)) if by == me => ("sent-by-me", ""),
        Some((Hand::Doctor, _, Some(name))) => ("sent-by-doctor", name),
        Some((Hand::Desk, ..)) => ("sent-by-desk", ""),
        _ => ("sent-to", ""),
    }
}

/// Whether a ticket stands as the doctor's own last step left it; another step came from another screen.
pub(super) fn is_own(steps: &Steps, view: Option<&QueueView>, ticket: TicketId) -> bool {
    let went_on = |after: &QueueRow| {
        view.iter().flat_map(|view| view.rows()).any(|row| row.id == ticket && row.version > after.version)
    };
    steps.after.as_ref().is_some_and(|after| after.id == ticket && !went_on(after))
}

/// Whether the note of a visit that has just begun still waits for the focus. Until then a doctor who types would type
/// into nothing, so single letters do nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Begun {
    /// Whether the queue has been shown.
    has_seen: bool,
    /// The doctor's present ticket and its state, as last seen.
    seen: Option<(TicketId, State)>,
    waits: Option<TicketId>,
}

impl Begun {
    /// Takes the present ticket and its state. A visit that begins on this screen waits for its field; one that had
    /// begun before the page was opened does not. A patient without a chart has no field.
    pub(super) fn see(&mut self, now: Option<(TicketId, State)>, has_field: bool) {
        let begins = now.filter(|(_, state)| *state == State::Serving && has_field).map(|(ticket, _)| ticket);
        if self.has_seen && self.seen != now {
            self.waits = begins;
        }
        (self.has_seen, self.seen) = (true, now);
    }

    /// The ticket whose field is to get the focus.
    pub(super) const fn waits(&self) -> Option<TicketId> {
        self.waits
    }

    /// The field has the focus, or the doctor has left it with Escape.
    pub(super) const fn settle(&mut self) {
        self.waits = None;
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{lean, time::Timestamp};
    use serde_json::{Value, json};

    use super::*;

    fn sheet(n: u8) -> Sheet {
        let at = Timestamp::from_ms(1);
        let name = AttrValue::from(format!("Patient {n}"));
        let mut whose = Whose::default();
        whose.name.clone_from(&name);
        Sheet { ticket: TicketId::new(at, [n; 10]), patient: PersonId::new(at, [n; 10]), name, whose }
    }

    #[test]
    fn a_field_that_is_written_in_is_never_taken_away() {
        let (one, two, mut held) = (sheet(1), sheet(2), BTreeSet::new());
        let first = next_sheets(&[], Some(one.clone()), &mut held, |_| false);
        assert_eq!(first, std::slice::from_ref(&one));
        // Somebody else ends the visit while its author types.
        let ended = next_sheets(&first, None, &mut held, |sheet| *sheet == one);
        assert_eq!((&ended, held.len()), (&vec![one.clone()], 1));
        // It stays, also when its text is saved and the next patient is called, but below the note of the one who is here.
        let next = next_sheets(&ended, Some(two.clone()), &mut held, |_| false);
        assert_eq!(next, [two.clone(), one.clone()]);
        // The same visit goes on: the field is the present one again.
        let again = next_sheets(&next, Some(one.clone()), &mut held, |_| false);
        assert_eq!((&again, held.len()), (&vec![one.clone()], 0));
        // A field that nobody writes in goes with its visit.
        assert!(next_sheets(&again, None, &mut held, |_| false).is_empty());
    }

    #[test]
    fn a_held_field_says_who_took_its_visit_away() {
        let at = Timestamp::from_ms(1);
        let (me, other) = (PersonId::new(at, [7; 10]), PersonId::new(at, [8; 10]));
        let ticket = sheet(1).ticket;
        let said = |taken: Value| {
            let row = json!({
                "id": ticket, "label": "GP-001", "state": "done", "version": 4, "calls": 1, "service_id": ticket,
                "service_name": "GP", "priority": "normal", "waiting_since": at, "taken_by": taken,
            });
            let view: QueueView = lean::read(json!({
                "branch_id": ticket, "at": at, "waiting": [], "called": [], "serving": [], "parked": [],
                "ended": [row], "door": "open",
            }))
            .unwrap();
            by_whom(Some(&view), ticket, Some(me)).0
        };
        let doctor = |by: PersonId| json!({ "hand": "doctor", "person_id": by, "name": "Dr. Anna" });
        assert_eq!(said(doctor(other)), "sheet-by-doctor");
        assert_eq!(said(doctor(me)), "sheet-by-me");
        assert_eq!(said(json!({ "hand": "desk", "person_id": other })), "sheet-by-desk");
        assert_eq!(said(json!({ "hand": "day_end" })), "sheet-by-day");
        assert_eq!(said(Value::Null), "sheet-elsewhere", "the server does not know it");
        assert_eq!(by_whom(None, ticket, Some(me)).0, "sheet-elsewhere");
    }

    #[test]
    fn a_visit_that_was_sent_on_says_where_to_and_by_whom() {
        let at = Timestamp::from_ms(1);
        let (me, other, ticket) = (PersonId::new(at, [7; 10]), PersonId::new(at, [8; 10]), sheet(1).ticket);
        let view = |row: Option<Value>, taken: Value| -> QueueView {
            lean::read(json!({
                "branch_id": ticket, "at": at, "waiting": [], "called": row.into_iter().collect::<Vec<_>>(),
                "serving": [], "parked": [], "ended": [], "door": "open",
                "sent": [{ "id": ticket, "label": "GP-001", "service_name": "Blood test", "at": at, "taken_by": taken }],
            }))
            .unwrap()
        };
        let doctor = |by: PersonId| json!({ "hand": "doctor", "person_id": by, "name": "Dr. Huda" });
        let key = |taken: Value| {
            let view = view(None, taken);
            let sent = sent_away(Some(&view), ticket, Some(me)).unwrap();
            let (key, name) = sent_by(sent, Some(me));
            (key, name.to_owned())
        };
        assert_eq!(key(doctor(other)), ("sent-by-doctor", "Dr. Huda".to_owned()));
        assert_eq!(key(doctor(me)).0, "sent-by-me");
        assert_eq!(key(json!({ "hand": "desk", "person_id": other })).0, "sent-by-desk");
        assert_eq!(key(Value::Null).0, "sent-to");
        let row = |by: PersonId| {
            json!({
                "id": ticket, "label": "GP-001", "state": "called", "version": 4, "calls": 1, "service_id": ticket,
                "service_name": "GP", "priority": "normal", "waiting_since": at, "called_by": by,
            })
        };
        let away = |by| sent_away(Some(&view(Some(row(by)), Value::Null)), ticket, Some(me)).is_some();
        assert_eq!((away(other), away(me)), (true, false), "the doctor has called the patient again");
    }

    #[test]
    fn letters_do_nothing_until_the_note_of_a_begun_visit_has_the_focus() {
        let (id, other) = (sheet(1).ticket, sheet(2).ticket);
        let (called, serving) = (Some((id, State::Called)), Some((id, State::Serving)));
        let mut begun = Begun::default();
        begun.see(serving, true);
        assert_eq!(begun.waits(), None, "the page was opened during the visit");
        begun.see(called, true);
        begun.see(serving, true);
        begun.see(serving, true);
        assert_eq!(begun.waits(), Some(id), "whichever way it was begun");
        begun.settle();
        begun.see(serving, true);
        assert_eq!(begun.waits(), None);
        begun.see(Some((other, State::Serving)), true);
        assert_eq!(begun.waits(), Some(other));
        begun.see(None, false);
        assert_eq!(begun.waits(), None, "that visit is over");
        begun.see(serving, false);
        assert_eq!(begun.waits(), None, "without a chart there is no field");
    }
}
