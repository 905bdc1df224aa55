use medlane_shared::{
    clinic::ClassRate,
    ids::{BranchId, ServiceId},
    queue::{Door, Label, Priority, State, Ticket},
};

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

fn me() -> PersonId {
    PersonId::new(NOW, [7; 10])
}

fn branch() -> BranchId {
    BranchId::new(NOW, [1; 10])
}

fn row(n: u8, state: State, version: i64) -> QueueRow {
    let ticket = TicketId::new(NOW, [n; 10]);
    let label = Label::new("GP", n.into()).unwrap();
    let joined = Ticket::joined(ticket, (branch(), String::new()), label, ServiceId::new(NOW, [2; 10]), NOW);
    let called = matches!(state, State::Called | State::Serving).then(me);
    serde_json::from_value(serde_json::json!({
        "id": joined.id, "version": version, "label": joined.label, "state": state, "service_id": joined.service,
        "service_name": "GP", "doctor_id": me(), "priority": Priority::Normal, "waiting_since": NOW.plus_ms(n.into()),
        "calls": u8::from(called.is_some()), "called_by": called, "called_at": called.map(|_| NOW),
        "room": called.map(|_| "Room 1"),
    }))
    .unwrap()
}

fn view(rows: &[QueueRow]) -> QueueView {
    let of = |state: State| rows.iter().filter(|row| row.state == state).cloned().collect();
    QueueView {
        branch_id: branch(),
        at: NOW,
        waiting: of(State::Waiting),
        called: of(State::Called),
        serving: of(State::Serving),
        parked: Vec::new(),
        ended: rows.iter().filter(|row| !row.state.is_active()).cloned().collect(),
        help: Vec::new(),
        tasks: Vec::new(),
        sent: Vec::new(),
        door: Door::Open,
        door_set: None,
        urgent: ClassRate::urgent(),
    }
}

fn seen(view: QueueView) -> Vec<(Topic, QueueView)> {
    vec![(Topic::Queue(branch()), view)]
}

/// The doctor sees the first patient, and calls the second without the network.
fn next() -> Step {
    let before = view(&[row(1, State::Serving, 3), row(2, State::Waiting, 1)]);
    steps(&Asked::Next(None), &seen(before), Vec::new(), me(), NOW).unwrap()
}

fn undo_of(ticket: &QueueRow, view: QueueView, presses: Vec<Press>, at: Timestamp) -> Result<Step, Fault> {
    let asked = Asked::Step(ticket.id, Box::new(StepRequest::new(StepKind::Undo, ticket.version)));
    steps(&asked, &seen(view), presses, me(), at)
}

fn states(view: &QueueView) -> Vec<(u32, State)> {
    let mut states: Vec<_> = view.rows().map(|row| (row.label.number(), row.state)).collect();
    states.sort_by_key(|(number, _)| *number);
    states
}

#[test]
fn one_undo_takes_both_back_from_either_ticket() {
    for n in [1, 2] {
        let pressed = next();
        assert_eq!(states(&pressed.view), [(1, State::Done), (2, State::Called)]);
        assert!(
            pressed.made.iter().all(|step| step.with.len() == 2),
            "the server knows that they are one press"
        );
        let after = pressed.view.rows().find(|row| row.label.number() == n).unwrap().clone();
        assert_eq!(after.undo_until, Some(NOW.plus_ms(Rules::default().undo_ms)), "the screen offers it");
        let back = undo_of(&after, pressed.view, pressed.presses, NOW).unwrap();
        assert_eq!(states(&back.view), [(1, State::Serving), (2, State::Waiting)]);
        let made: Vec<_> = back.made.iter().map(|step| (step.request.version, step.from)).collect();
        assert_eq!(made, [(Some(2), Some(State::Called)), (Some(4), Some(State::Done))]);
        let versions: Vec<i64> = back.view.rows().map(|row| row.version).collect();
        assert_eq!(versions, [3, 5], "as the server will have them");
        let again = undo_of(&after, back.view, back.presses, NOW).map(|_| ());
        assert_eq!(again.unwrap_err().code, Code::OfflineNoUndo);
    }
}

/// The end of the visit has reached the server, the call has not: the server's queue is without the call.
#[test]
fn both_are_taken_back_where_the_server_has_the_first_alone() {
    let pressed = next();
    let second = row(2, State::Waiting, 1);
    let done = QueueRow { state: State::Done, ..row(1, State::Serving, 4) };
    let back = undo_of(&second, view(&[done, second.clone()]), pressed.presses, NOW).unwrap();
    assert_eq!(back.made.len(), 2, "in their turn, after the call");
    assert_eq!(states(&back.view), [(1, State::Serving), (2, State::Waiting)]);
}

#[test]
fn what_has_moved_on_stays_and_the_rest_is_taken_back() {
    let pressed = next();
    let gone = QueueRow { state: State::Cancelled, ..row(2, State::Waiting, 2) };
    let done = QueueRow { state: State::Done, ..row(1, State::Serving, 4) };
    let back = undo_of(&gone, view(&[done, gone.clone()]), pressed.presses, NOW).unwrap();
    assert_eq!(states(&back.view), [(1, State::Serving), (2, State::Cancelled)]);
    assert_eq!(back.made.len(), 1);
    let pressed = next();
    let late = NOW.plus_ms(Rules::default().undo_ms + 1);
    let refused = undo_of(&pressed.row, pressed.view, pressed.presses, late).map(|_| ());
    assert_eq!(refused.unwrap_err().code, Code::UndoTooLate);
}
