use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    clinic::ClassRate,
    fault::Code,
    ids::{BranchId, PersonId, ServiceId, TicketId},
    time::Timestamp,
};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn bytes(n: u16) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes
}

fn person(n: u16) -> PersonId {
    PersonId::new(at(0), bytes(n))
}

fn service(n: u16) -> ServiceId {
    ServiceId::new(at(0), bytes(n))
}

fn ticket() -> Ticket {
    Ticket {
        id: TicketId::new(at(1), bytes(1)),
        branch: BranchId::new(at(0), bytes(2)),
        day: "2026-11-21".into(),
        label: Label::new("GP", 17).unwrap(),
        service: service(1),
        doctor: None,
        patient: Some(person(9)),
        priority: Priority::Normal,
        suggested: None,
        state: State::Waiting,
        version: 1,
        joined_at: at(1_000),
        waiting_since: at(1_000),
        arrived_at: None,
        call: None,
        serving_at: None,
        ended_at: None,
        sent: Vec::new(),
        undo: None,
    }
}

fn call() -> Step {
    Step::Call { by: person(1), room: Some("Room 3".into()) }
}

fn step_of(kind: StepKind) -> Step {
    match kind {
        StepKind::Call => call(),
        StepKind::Recall => recall(None),
        StepKind::Serve => Step::Serve,
        StepKind::Done => Step::Done,
        StepKind::Park => Step::Park,
        StepKind::Resume => Step::Resume,
        StepKind::PutBack => Step::PutBack,
        StepKind::NoShow => Step::NoShow,
        StepKind::Return => Step::Return,
        StepKind::Cancel => Step::Cancel,
        StepKind::Prioritise => Step::Prioritise(Priority::Urgent),
        StepKind::Transfer => Step::Transfer { service: service(2), doctor: Some(person(3)) },
        StepKind::Move => Step::Move { room: "Room 4".into() },
        StepKind::StepBack => Step::StepBack { since: at(30_000) },
        StepKind::Arrive => Step::Arrive,
        StepKind::Undo => Step::Undo,
    }
}

#[test]
fn labels_read_back_and_refuse_what_is_none() {
    for text in ["GP-017", "A-001", "LAB-1024"] {
        assert_eq!(text.parse::<Label>().unwrap().to_string(), text);
    }
    for text in ["gp-017", "GP017", "GP-17", "GPXX-017", "GP-0017", "GP-000", "-001", "GP-01a"] {
        assert!(text.parse::<Label>().is_err(), "{text}");
    }
}

#[test]
fn a_visit_from_waiting_to_done() {
    let rules = Rules::default();
    let called = ticket().step(call(), at(5_000), &rules).unwrap();
    assert_eq!((called.state, called.version), (State::Called, 2));
    let serving = called.step(Step::Serve, at(6_000), &rules).unwrap();
    let done = serving.step(Step::Done, at(9_000), &rules).unwrap();
    assert_eq!((done.state, done.ended_at, done.version), (State::Done, Some(at(9_000)), 4));
    assert_eq!(done.step(call(), at(9_001), &rules), Err(Code::TicketStepRefused));
}

#[test]
fn three_calls_a_minute_apart() {
    let rules = Rules::default();
    let first = ticket().step(call(), at(0), &rules).unwrap();
    assert_eq!(first.step(recall(None), at(59_999), &rules), Err(Code::RecallTooSoon));
    let second = first.step(recall(None), at(60_000), &rules).unwrap();
    let third = second.step(recall(None), at(120_000), &rules).unwrap();
    assert_eq!(third.step(recall(None), at(600_000), &rules), Err(Code::RecallExhausted));
    assert_eq!(third.first_called_at(), Some(at(0)));
}

fn recall(room: Option<&str>) -> Step {
    Step::Recall { room: room.map(str::to_owned) }
}

#[test]
fn a_call_again_goes_to_the_room_that_is_chosen_now() {
    let rules = Rules::default();
    let first = ticket().step(call(), at(0), &rules).unwrap();
    let room = first.call.clone().unwrap().room;
    let told = |ticket: &Ticket| ticket.call.clone().map(|call| (call.room, call.at, call.times)).unwrap();
    let other = Some("Room 4".to_owned());
    let again = first.step(recall(Some("Room 4")), at(60_000), &rules).unwrap();
    assert_eq!(told(&again), (other.clone(), at(60_000), 2));
    let same = first.step(recall(None), at(60_000), &rules).unwrap();
    assert_eq!(told(&same), (room.clone(), at(60_000), 2), "the room of the last call");
    // The limits of calls do not keep a patient on the way to the wrong room.
    let soon = first.step(recall(Some("Room 4")), at(1_000), &rules).unwrap();
    assert_eq!(told(&soon), (other, at(0), 1));
    assert_eq!(first.step(recall(room.as_deref()), at(1_000), &rules), Err(Code::RecallTooSoon));
}

#[test]
fn a_ticket_says_who_cancelled_it() {
    let rules = Rules::default();
    let gone = ticket().step(Step::Cancel, at(0), &rules).unwrap();
    assert_eq!(gone.cancelled_by(), None, "it ended by itself");
    let gone = gone.cancelled(CancelledBy::Clinic);
    assert_eq!(gone.cancelled_by(), Some(CancelledBy::Clinic));
    let back = gone.step(Step::Undo, at(1), &rules).unwrap();
    assert_eq!(back.cancelled_by(), None, "it is in line again");
}

#[test]
fn a_ticket_says_who_took_its_last_step() {
    let (rules, desk) = (Rules::default(), Taken { hand: Hand::Desk, by: Some(person(5)) });
    let seen =
        ticket().step(call(), at(0), &rules).and_then(|called| called.step(Step::Serve, at(1), &rules));
    let seen = seen.unwrap();
    assert_eq!(seen.taken_by(), None, "it is not known");
    let done = seen.step(Step::Done, at(2), &rules).unwrap();
    assert_eq!(done.clone().taken(desk).taken_by(), Some(desk));
    let parked = seen.taken(desk).step(Step::Park, at(2), &rules).unwrap();
    assert_eq!(parked.taken_by(), None, "the step before is no answer");
    // Nobody can undo the day's end.
    let lapsed = Ticket { undo: None, ..done.clone() };
    assert_eq!(lapsed.taken_by(), Some(Taken { hand: Hand::DayEnd, by: None }));
    assert_eq!(done.step(Step::Undo, at(3), &rules).unwrap().taken_by(), None);
}

#[test]
fn a_visit_keeps_the_lines_that_it_went_through() {
    let rules = Rules::default();
    let to = |n| Step::Transfer { service: service(n), doctor: None };
    let seen =
        ticket().step(call(), at(0), &rules).and_then(|called| called.step(Step::Serve, at(1), &rules));
    let sent = seen.unwrap().step(to(2), at(2), &rules).unwrap();
    let through = |ticket: &Ticket| ticket.sent.iter().map(|sent| sent.service).collect::<Vec<_>>();
    assert_eq!(through(&sent), [service(1)]);
    let last = sent.lately_sent().unwrap();
    assert_eq!((last.at, last.called_by), (at(2), Some(person(1))), "whose visit it was");
    let twice = sent.step(to(3), at(3), &rules).unwrap();
    assert_eq!(through(&twice), [service(1), service(2)]);
    let back = twice.step(Step::Undo, at(4), &rules).unwrap();
    assert_eq!((through(&back), back.service), (vec![service(1)], service(2)));
    let called = sent.step(call(), at(5), &rules).unwrap();
    assert_eq!((called.lately_sent(), through(&called)), (None, vec![service(1)]), "until the next call");
}

#[test]
fn an_answer_to_a_call_is_for_this_call_and_this_room() {
    let rules = Rules::default();
    let mut called = ticket().step(call(), at(0), &rules).unwrap();
    let answered = |ticket: &Ticket| ticket.call.as_ref().and_then(|call| call.on_way_at);
    called.call.as_mut().unwrap().on_way_at = Some(at(7));
    let room = called.call.as_ref().unwrap().room.clone().unwrap();
    let to = |room: &str| called.step(Step::Move { room: room.to_owned() }, at(9), &rules).unwrap();
    assert_eq!((answered(&to(&room)), answered(&to("Room 4"))), (Some(at(7)), None));
    assert_eq!(answered(&called.step(recall(None), at(60_000), &rules).unwrap()), None, "called again");
    assert_eq!(answered(&called.step(recall(Some("Room 4")), at(9), &rules).unwrap()), None);
    let back = called.step(Step::PutBack, at(9), &rules).unwrap();
    assert_eq!(answered(&back.step(call(), at(10), &rules).unwrap()), None);
    // An undo of another step during the call leaves the answer, which came after that step.
    let fresh = ticket().step(call(), at(0), &rules).unwrap();
    let mut urgent = fresh.step(Step::Prioritise(Priority::Urgent), at(5), &rules).unwrap();
    urgent.call.as_mut().unwrap().on_way_at = Some(at(7));
    assert_eq!(answered(&urgent.step(Step::Undo, at(9), &rules).unwrap()), Some(at(7)));
}

#[test]
fn a_no_show_returns_within_the_grace_period_only() {
    let rules = Rules::default();
    let gone = ticket().step(call(), at(0), &rules).unwrap().step(Step::NoShow, at(1), &rules).unwrap();
    assert_eq!(gone.step(Step::Return, at(1 + rules.return_ms), &rules).unwrap().state, State::Waiting);
    assert_eq!(gone.step(Step::Return, at(2 + rules.return_ms), &rules), Err(Code::ReturnTooLate));
}

#[test]
fn the_table_of_states_and_steps() {
    let rules = Rules::default();
    let mut table = String::new();
    for &state in State::ALL {
        let mut ticket = ticket();
        ticket.state = state;
        ticket.ended_at = Some(at(0));
        ticket.call = Some(RoomCall {
            by: person(1),
            room: None,
            at: at(0),
            first_at: at(0),
            times: 1,
            on_way_at: None,
        });
        for &kind in StepKind::ALL {
            if let Ok(next) = ticket.step(step_of(kind), at(60_000), &rules) {
                writeln!(table, "{} --{kind:?}--> {}", state.text(), next.state.text()).unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}

fn any_step() -> impl Strategy<Value = StepKind> {
    proptest::sample::select(StepKind::ALL)
}

fn any_priority() -> impl Strategy<Value = Priority> {
    proptest::sample::select(Priority::ALL)
}

proptest! {
    #[test]
    fn versions_grow_by_one_and_undo_is_the_inverse(steps in proptest::collection::vec((any_step(), 0_i64..90_000), 0..30)) {
        let rules = Rules::default();
        let mut now = at(2_000);
        let mut ticket = ticket();
        for (kind, later) in steps {
            now = now.plus_ms(later);
            let Ok(next) = ticket.step(step_of(kind), now, &rules) else { continue };
            prop_assert_eq!(next.version, ticket.version + 1);
            prop_assert_eq!(next.ended_at.is_some(), !next.state.is_active());
            prop_assert_eq!(&next.id, &ticket.id);
            match kind {
                StepKind::StepBack | StepKind::Undo => {}
                _ => prop_assert_eq!(next.waiting_since, ticket.waiting_since),
            }
            if !matches!(kind, StepKind::Undo | StepKind::Recall) {
                let back = next.step(Step::Undo, now.plus_ms(rules.undo_ms), &rules).unwrap();
                let same = Ticket { version: ticket.version, undo: ticket.undo.clone(), ..back.clone() };
                prop_assert_eq!(&same, &ticket);
                prop_assert_eq!(back.step(Step::Undo, now, &rules), Err(Code::UndoTooLate));
                prop_assert_eq!(next.step(Step::Undo, now.plus_ms(rules.undo_ms + 1), &rules), Err(Code::UndoTooLate));
            }
            ticket = next;
        }
    }

    #[test]
    fn the_line_agrees_with_sorting_everything(
        joins in proptest::collection::vec((0_u16..3, 0_u16..3, any_priority(), 0_i64..7_200_000), 1..60),
        gone in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (rates, now) = (Rates::default(), at(7_200_000));
        let mut line = Line::default();
        let mut naive: Vec<(Lane, Place)> = Vec::new();
        for (n, (of, doctor, priority, since)) in joins.into_iter().enumerate() {
            let lane = Lane { service: service(of), doctor: (doctor > 0).then(|| person(doctor)), priority };
            let place = Place { since: at(since), id: TicketId::new(at(since), bytes(u16::try_from(n).unwrap())) };
            line.insert(lane, place);
            line.insert(lane, place);
            naive.push((lane, place));
        }
        for index in gone {
            if naive.is_empty() { break }
            let (lane, place) = naive.swap_remove(index.index(naive.len()));
            prop_assert!(line.remove(&lane, &place));
            prop_assert!(!line.remove(&lane, &place));
        }
        prop_assert_eq!(line.len(), naive.len());
        naive.sort_by(|a, b| {
            let of = |x: &(Lane, Place)| score(x.0.priority, x.1.since, now, &rates);
            of(b).cmp(&of(a)).then_with(|| a.1.cmp(&b.1))
        });
        for doctor in 0..3 {
            let services = [service(0), service(1)];
            let caller = Caller { doctor: (doctor > 0).then(|| person(doctor)), services: &services };
            let expected = naive.iter().find(|(lane, _)| match lane.doctor {
                Some(named) => caller.doctor == Some(named),
                None => services.contains(&lane.service),
            });
            prop_assert_eq!(line.next(&caller, now, &rates), expected.map(|(_, place)| place.id));
        }
        for (lane, place) in &naive {
            let ahead = naive.iter().take_while(|(_, p)| p != place).filter(|(other, _)| {
                other.service == lane.service
                    && (lane.doctor.is_none() || other.doctor.is_none() || other.doctor == lane.doctor)
            });
            prop_assert_eq!(line.ahead(lane, place, now, &rates), ahead.count());
        }
        let head: Vec<TicketId> = naive.iter().filter(|(l, _)| l.service == service(1)).take(5).map(|(_, p)| p.id).collect();
        prop_assert_eq!(line.head(service(1), 5, now, &rates), head);
    }

    #[test]
    fn stepping_back_lets_just_so_many_go_before(
        joins in proptest::collection::vec((0_u16..2, any_priority(), 0_i64..7_000_000), 2..40),
        who in any::<prop::sample::Index>(),
        count in 1_usize..6,
    ) {
        let (rates, now) = (Rates::default(), at(7_200_000));
        let mut line = Line::default();
        let mut all = Vec::new();
        for (n, (doctor, priority, since)) in joins.into_iter().enumerate() {
            let lane = Lane { service: service(1), doctor: (doctor > 0).then(|| person(doctor)), priority };
            let place = Place { since: at(since), id: TicketId::new(at(since), bytes(u16::try_from(n).unwrap())) };
            line.insert(lane, place);
            all.push((lane, place));
        }
        let (lane, place) = all[who.index(all.len())];
        let before = line.ahead(&lane, &place, now, &rates);
        let Some(since) = line.since_behind(&lane, &place, count, now, &rates) else { return Ok(()) };
        prop_assert!(since >= place.since && since <= now);
        line.remove(&lane, &place);
        let moved = Place { since, ..place };
        line.insert(lane, moved);
        let after = line.ahead(&lane, &moved, now, &rates);
        let behind = all.iter().filter(|(other, _)| {
            lane.doctor.is_none() || other.doctor.is_none() || other.doctor == lane.doctor
        }).count() - 1 - before;
        // Tickets with equal scores move together.
        prop_assert!(after >= before + count.min(behind));
    }

    /// A ticket's class keeps it before the others, however short its wait. The line then answers that nobody goes
    /// first, and nothing changes.
    #[test]
    fn nobody_goes_before_one_whose_class_is_enough(waited in 0_i64..14_000_000, urgent in any::<bool>()) {
        let (rates, now) = (Rates::default(), at(14_400_000));
        let priority = if urgent { Priority::Urgent } else { Priority::Emergency };
        let mut line = Line::default();
        let lane = |priority| Lane { service: service(1), doctor: None, priority };
        let place = |since, n| Place { since, id: TicketId::new(since, bytes(n)) };
        let (mine, other) = (place(now.plus_ms(-waited), 1), place(now.plus_ms(-14_000_000), 2));
        line.insert(lane(priority), mine);
        line.insert(lane(Priority::Normal), other);
        prop_assert_eq!(line.since_behind(&lane(priority), &mine, 1, now, &rates), None);
        // A ticket of the same class may go first.
        let like = place(now.plus_ms(-waited + 1), 3);
        line.insert(lane(priority), like);
        let since = line.since_behind(&lane(priority), &mine, 1, now, &rates);
        prop_assert_eq!(since.is_some(), waited > 1, "{:?}", since);
    }

    /// An urgent ticket that joins later than the head start never overtakes a normal one, so nobody starves.
    #[test]
    fn no_one_starves(head_start in 0_u16..1_440, later in 1_i64..100_000_000, then in 0_i64..1_000_000_000) {
        let rates = Rates::of(ClassRate { head_start_min: head_start, gain: 1 });
        let came = at(rates.credit_ms[1] + later);
        let now = came.plus_ms(then);
        prop_assert!(score(Priority::Normal, at(0), now, &rates) > score(Priority::Urgent, came, now, &rates));
    }

    /// An emergency is first, however long the others have waited.
    #[test]
    fn an_emergency_is_always_first(head_start in 0_u16..1_440, gain in 1_u8..=10, waited in 0_i64..400_000_000, other in any_priority()) {
        let rates = Rates::of(ClassRate { head_start_min: head_start, gain });
        prop_assume!(other != Priority::Emergency);
        let now = at(waited);
        prop_assert!(score(Priority::Emergency, now, now, &rates) > score(other, at(0), now, &rates));
    }

    #[test]
    fn a_wait_is_a_range_that_grows_with_who_is_ahead(
        ahead in 0_u32..100,
        desks in 1_u8..10,
        minutes in 1_u32..60,
        gone in 0_u32..3_600,
    ) {
        let learned = Learned::prior(minutes);
        let outlook = |ahead: u32, desks: u8| Outlook {
            ahead: f64::from(ahead),
            beside: Vec::new(),
            desks: f64::from(desks),
            going_on: Vec::new(),
            overtaking: 0.0,
        };
        let foretold = |ahead: u32, desks: u8| {
            let going_on = vec![(f64::from(gone), learned.visit_s(at(0))); usize::from(desks)];
            let outlook = Outlook { going_on, ..outlook(ahead, desks) };
            forecast(&outlook, &learned, at(0))
        };
        let one = foretold(ahead, desks);
        prop_assert!(one.range(&learned).low_min < one.range(&learned).high_min);
        prop_assert!(foretold(ahead + 1, desks).mean_s > one.mean_s);
        prop_assert!(foretold(ahead, desks + 1).mean_s <= one.mean_s);
        let pressed = Outlook { overtaking: 0.001, ..outlook(ahead, 1) };
        let calm = Outlook { overtaking: 0.0, ..pressed.clone() };
        prop_assert!(forecast(&pressed, &learned, at(0)).mean_s >= forecast(&calm, &learned, at(0)).mean_s);
    }

    /// Whatever the distribution of waits: as long as it stays the same, a tenth of them lie below the range and a
    /// tenth above.
    #[test]
    fn the_range_learns_to_hold_four_of_five(skew in 0.5_f64..2.5, seed in 0_u32..1_000) {
        let told = Forecast { mean_s: 600.0, sd_s: 200.0 };
        let mut learned = Learned::prior(10);
        let (mut held, mut state) = (0_u32, seed);
        for n in 0..3_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let drawn = f64::from(state >> 8) / f64::from(1_u32 << 24);
            let wait = 1_500.0 * drawn.powf(skew);
            let error = (wait - told.mean_s) / told.sd_s;
            held += u32::from(n >= 1_000 && (learned.low..=learned.high).contains(&error));
            learned = learned.learn_wait(&told, wait);
        }
        prop_assert!((1_480..=1_720).contains(&held), "{held} of 2000");
    }
}

#[test]
fn who_waits_for_something_else_at_the_same_desk_is_before_as_well() {
    let (mut line, learned) = (Line::default(), Learned::prior(10));
    let of_service =
        |of: u16, doctor: Option<PersonId>| Lane { service: service(of), doctor, priority: Priority::Normal };
    let place = |ms: i64, n: u16| Place { since: at(ms), id: TicketId::new(at(ms), bytes(n)) };
    for n in 0..3 {
        line.insert(of_service(2, None), place(1_000, n));
    }
    // Not before this ticket: a patient who asked for a doctor by name, one who came later, and one for a service
    // that these desks do not give.
    line.insert(of_service(2, Some(person(1))), place(1_000, 7));
    line.insert(of_service(2, None), place(9_000, 8));
    line.insert(of_service(3, None), place(1_000, 9));
    let own = (&of_service(1, None), &place(5_000, 10));
    let rates = Rates::default();
    let foretold = |beside: Vec<(ServiceId, f64)>| {
        let outlook = Outlook { ahead: 0.0, beside, desks: 1.0, going_on: Vec::new(), overtaking: 0.0 };
        forecast_in(&line, own, &outlook, &learned, at(10_000), &rates).mean_s
    };
    assert_eq!(line.before(service(2), own, at(10_000), &rates), 3);
    assert!(foretold(Vec::new()).abs() < 1.0);
    // Each visit takes half as long again as a visit of this service.
    assert!((foretold(vec![(service(2), 1.5)]) - 3.0 * 1.5 * 600.0).abs() < 1.0);
}

#[test]
fn visits_are_learned_and_a_forgotten_one_does_not_spoil_them() {
    let prior = Learned::prior(10);
    let learned = (0..200).fold(prior, |l, _| l.learn(300.0, at(0)));
    assert!((learned.shrunk(prior).mean_s - 300.0).abs() < 20.0);
    let spoiled = learned.learn(86_400.0, at(0));
    assert!(spoiled.mean_s < 400.0);
}

/// A row in line that joined this many minutes before the view was made.
fn row(n: u16, ago_min: i64, doctor: Option<PersonId>) -> QueueRow {
    let now = at(100 * 3_600_000);
    let ticket = Ticket { id: TicketId::new(now, bytes(n)), doctor, ..ticket() };
    let json = serde_json::json!({
        "id": ticket.id, "label": Label::new("GP", n.into()).unwrap(), "state": "waiting", "version": 1,
        "service_id": ticket.service, "service_name": "General practice", "doctor_id": doctor,
        "priority": "normal", "waiting_since": now.plus_ms(-ago_min * 60_000), "calls": 0,
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_priority_says_where_it_puts_somebody() {
    let now = at(100 * 3_600_000);
    // A full waiting room: a patient came every ten minutes.
    let rows: Vec<QueueRow> = (0..28).map(|n| row(n + 1, 270 - i64::from(n) * 10, None)).collect();
    let view = |urgent| arrange(BranchId::new(at(0), bytes(2)), rows.clone(), Door::Open, now, urgent);
    let (usual, last) = (view(ClassRate::urgent()), &rows[26]);
    let places = |view: &QueueView| {
        Priority::ALL.iter().map(|class| standing(view, last, *class).place).collect::<Vec<_>>()
    };
    assert_eq!(standing(&usual, last, Priority::Normal), InLinePlace { place: 27, of: 28 });
    assert_eq!(places(&usual), [1, 4, 27]);
    assert_eq!(places(&view(ClassRate { head_start_min: 20, gain: 2 })), [1, 25, 27]);
    // The foretold place is the place after the class is set.
    let mut set = rows.clone();
    set[26].priority = Priority::Urgent;
    let after = arrange(usual.branch_id, set, Door::Open, now, ClassRate::urgent());
    assert_eq!(after.waiting[3].id, last.id);
    // Patients who asked for another doctor by name do not delay this one.
    let named = [
        row(1, 50, Some(person(1))),
        row(2, 40, Some(person(2))),
        row(3, 30, None),
        row(4, 20, Some(person(2))),
    ];
    let view = arrange(usual.branch_id, named.to_vec(), Door::Open, now, ClassRate::urgent());
    assert_eq!(standing(&view, &named[3], Priority::Normal), InLinePlace { place: 3, of: 3 });
    assert_eq!(standing(&view, &named[2], Priority::Normal), InLinePlace { place: 3, of: 4 });
}

#[test]
fn the_wait_of_a_service_is_its_own_also_if_another_has_its_name() {
    let [first, second, other] = [1, 2, 3].map(service);
    let at = at(1);
    let next = |service: ServiceId, waiting: u32| serde_json::json!({ "service_id": service, "service_name": "Dentist", "labels": [], "waiting": waiting, "wait": null });
    let board: Board = serde_json::from_value(serde_json::json!({
        "branch_id": BranchId::new(at, [4; 10]), "branch_name": "North", "at": at, "calling": [], "serving": [],
        "next": [next(first, 3), next(second, 8)], "door": "open",
    }))
    .unwrap();
    let waiting = |service| board.next_of(service).map(|next| next.waiting);
    assert_eq!([first, second, other].map(waiting), [Some(3), Some(8), None]);
}
