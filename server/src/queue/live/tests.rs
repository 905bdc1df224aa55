use medlane_shared::queue::{Label, RoomCall, Rules, Step};

use super::{super::change::RowChange, branch::DESK_SHUT_MS, *};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn person(n: u8) -> PersonId {
    PersonId::new(at(0), [n; 10])
}

fn branch() -> BranchId {
    BranchId::new(at(0), [1; 10])
}

/// Puts a ticket into the queue in a state.
fn put(live: &mut LiveQueue, n: u8, state: State, call: Option<(u8, &str, i64)>, version: i64) {
    let id = TicketId::new(at(1), [n; 10]);
    let service = ServiceId::new(at(0), [2; 10]);
    let label = Label::new("GP", n.into()).unwrap();
    let joined = Ticket::joined(id, (branch(), "2026-11-22".to_owned()), label, service, at(1));
    let call = call.map(|(by, room, ms)| RoomCall {
        by: person(by),
        room: Some(room.to_owned()),
        at: at(ms),
        first_at: at(ms),
        times: 1,
        on_way_at: None,
    });
    let ended_at = (!state.is_active()).then(|| at(90_000));
    // A visit that a desk ended can be undone.
    let undo = joined.step(Step::Park, at(1), &Rules::default()).unwrap().undo.filter(|_| ended_at.is_some());
    let ticket = Ticket { state, call, ended_at, version, undo, ..joined };
    put_as(live, ticket);
}

fn put_as(live: &mut LiveQueue, ticket: Ticket) {
    let live_ticket = Live { ticket, patient: None, reason: None, reason_sealed: None, why: None };
    live.apply(&Change::Ticket(Arc::new(live_ticket), RowChange::Update));
}

fn desk(live: &LiveQueue, of: u8, now: i64) -> Option<(u32, u32, Option<Timestamp>)> {
    let mut desks = live.branch(branch()).unwrap().desks(at(now));
    let found = desks.find(|(caller, _)| *caller == person(of));
    found.map(|(_, desk)| (desk.called, desk.serving, desk.busy_since()))
}

#[test]
fn a_desk_is_counted_by_what_is_called_to_it() {
    let mut live = LiveQueue::default();
    put(&mut live, 1, State::Waiting, None, 1);
    assert_eq!(desk(&live, 7, 1_000), None);
    put(&mut live, 1, State::Called, Some((7, "Room 1", 1_000)), 2);
    assert_eq!(desk(&live, 7, 1_000), Some((1, 0, Some(at(1_000)))));
    put(&mut live, 1, State::Serving, Some((7, "Room 1", 1_000)), 3);
    put(&mut live, 2, State::Called, Some((7, "Room 1", 5_000)), 2);
    assert_eq!(desk(&live, 7, 5_000), Some((1, 1, Some(at(5_000)))));
    // An older version of a ticket changes nothing.
    put(&mut live, 1, State::Called, Some((7, "Room 1", 1_000)), 2);
    assert_eq!(desk(&live, 7, 5_000), Some((1, 1, Some(at(5_000)))));
    put(&mut live, 1, State::Done, Some((7, "Room 1", 1_000)), 4);
    put(&mut live, 2, State::Waiting, None, 3);
    // The desk stays open for a while after its last activity, without a patient.
    assert_eq!(desk(&live, 7, 90_000), Some((0, 0, None)));
    assert_eq!(desk(&live, 7, 90_000 + DESK_SHUT_MS), None);
}

#[test]
fn what_a_desk_did_not_end_keeps_no_desk_working() {
    let works =
        |live: &LiveQueue, now: i64| live.branch(branch()).unwrap().works(person(7), at(now), 1_000, 0);
    for (state, is_by_hand, works_on) in [
        (State::Done, true, true),
        (State::NoShow, true, true),
        // The end of the day, and a patient who left on the way to the room.
        (State::Done, false, false),
        (State::NoShow, false, false),
        (State::Cancelled, true, false),
    ] {
        let mut live = LiveQueue::default();
        put(&mut live, 1, State::Called, Some((7, "Room 1", 1_000)), 2);
        assert!(works(&live, 1_500) && !works(&live, 90_500));
        put(&mut live, 1, state, Some((7, "Room 1", 1_000)), 3);
        let ended = live.tickets.values().next().unwrap().ticket.clone();
        let undo = ended.undo.clone().filter(|_| is_by_hand);
        let mut live = LiveQueue::default();
        put_as(&mut live, Ticket { undo, ..ended });
        assert_eq!(works(&live, 90_500), works_on, "{state:?}, by hand: {is_by_hand}");
    }
}

#[test]
fn a_room_is_taken_while_somebody_else_has_called_to_it() {
    let mut live = LiveQueue::default();
    let taken = |live: &LiveQueue, by: u8| live.branch(branch()).unwrap().is_taken("Room 1", person(by));
    put(&mut live, 1, State::Called, Some((7, "Room 1", 1_000)), 2);
    assert!(taken(&live, 8) && !taken(&live, 7));
    put(&mut live, 1, State::Parked, Some((7, "Room 1", 1_000)), 3);
    assert!(!taken(&live, 8));
    put(&mut live, 1, State::Serving, Some((8, "Room 1", 2_000)), 4);
    assert!(taken(&live, 7) && !taken(&live, 8));
    put(&mut live, 1, State::Done, Some((8, "Room 1", 2_000)), 5);
    assert!(!taken(&live, 7));
}

fn named(name: &str) -> Arc<Demographics> {
    let name = name.to_owned();
    Arc::new(Demographics { name, birth_date: None, gender: None, record_number: None })
}

#[test]
fn a_correction_reaches_the_tickets_that_are_there_and_those_on_their_way() {
    let mut live = LiveQueue::default();
    let joined = |n: u8, name: &str| {
        let id = TicketId::new(at(1), [n; 10]);
        let label = Label::new("GP", n.into()).unwrap();
        let ticket = Ticket {
            patient: Some(person(9)),
            ..Ticket::joined(
                id,
                (branch(), "2026-11-22".to_owned()),
                label,
                ServiceId::new(at(0), [n; 10]),
                at(1),
            )
        };
        Change::Ticket(
            Arc::new(Live {
                ticket,
                patient: Some(named(name)),
                reason: None,
                reason_sealed: None,
                why: None,
            }),
            RowChange::Update,
        )
    };
    live.apply(&joined(1, "Noor"));
    live.apply(&Change::Person(person(9), named("Noor Al Balushi")));
    // This ticket was prepared before the correction, and is applied after it.
    live.apply(&joined(2, "Noor"));
    live.apply(&Change::Person(person(8), named("Somebody else")));
    let names: Vec<_> =
        live.of_branch(branch()).map(|live| live.patient.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(names, ["Noor Al Balushi"; 2]);
    assert!(live.of_branch(branch()).all(|live| live.ticket.version == 1), "no step was taken");
    for n in 0..=u16::try_from(CORRECTED_MAX).unwrap() {
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        live.apply(&Change::Person(PersonId::new(at(5), bytes), named("x")));
    }
    assert_eq!(live.corrected.people.len(), CORRECTED_MAX, "what is remembered is bounded");
}

#[test]
fn nobody_has_the_label_of_one_who_is_still_there() {
    let mut live = LiveQueue::default();
    for n in [1, 2, 57] {
        put(&mut live, n, State::Waiting, None, 1);
    }
    put(&mut live, 2, State::Cancelled, None, 2);
    let next = |live: &LiveQueue, day: &str| live.next_label(branch(), day, "GP").unwrap().to_string();
    assert_eq!(next(&live, "2026-11-22"), "GP-058");
    assert_eq!(next(&live, "2026-11-23"), "GP-002", "1 is still there, 2 is not");
    put(&mut live, 1, State::Cancelled, None, 2);
    assert_eq!(next(&live, "2026-11-23"), "GP-001");
}
