use super::*;
use crate::{
    ids::{ConsentId, EmergencyId, TicketId},
    time::Timestamp,
};

fn id(n: u8) -> [u8; 10] {
    [n; 10]
}

fn actor(role: Role) -> Known {
    let at = Timestamp::from_ms(1);
    Known {
        clinic: ClinicId::new(at, id(1)),
        session: SessionId::new(at, id(2)),
        who: Who::Person(PersonId::new(at, id(3))),
        device: None,
        dependants: [].into(),
        role,
        branches: vec![BranchId::new(at, id(4))],
    }
}

#[test]
fn nobody_signed_in_sees_only_what_is_public() {
    let nobody = Actor::Anonymous { clinic: actor(Role::Patient).clinic };
    for &action in Action::ALL {
        let answer = may(&nobody, action, &Resource::clinic());
        assert_eq!(answer.is_ok(), action.is_public(), "{action:?}");
    }
}

#[test]
fn a_patient_reaches_their_own_and_never_anothers() {
    let me = actor(Role::Patient);
    let Who::Person(mine) = me.who else { unreachable!() };
    let other = PersonId::new(Timestamp::from_ms(9), id(9));
    let me = Actor::Known(me);
    assert!(may(&me, Action::TicketCancel, &Resource::clinic().of(Some(mine))).is_ok());
    assert_eq!(may(&me, Action::TicketCancel, &Resource::clinic().of(Some(other))), Err(Refused::NotYours));
    assert_eq!(may(&me, Action::TicketCancel, &Resource::clinic()), Err(Refused::NotYours));
    assert_eq!(may(&me, Action::QueueRead, &Resource::clinic()), Err(Refused::Role));
}

/// A patient, and everything that could be found for a caller about them.
fn found_about(patient: PersonId) -> [Found; 3] {
    let at = Timestamp::from_ms(1);
    [
        Found::today(TicketId::new(at, id(20)), Some(patient)),
        Found::consent(ConsentId::new(at, id(21)), patient),
        Found::emergency(EmergencyId::new(at, id(22)), patient),
    ]
}

#[test]
fn no_role_reads_a_chart_by_being_powerful() {
    let patient = PersonId::new(Timestamp::from_ms(8), id(8));
    for role in [Role::Admin, Role::Manager, Role::Reception, Role::Kiosk, Role::Board] {
        let me = actor(role);
        let Who::Person(caller) = me.who else { unreachable!() };
        let here = Resource::branch(me.branches[0]);
        let me = Actor::Known(me);
        for found in found_about(patient) {
            for owner in [patient, caller] {
                let all = here.of(Some(owner)).written_by(Some(caller)).found(Some(found));
                assert_eq!(may(&me, Action::ChartRead, &all), Err(Refused::Role), "{role:?} {found:?}");
            }
        }
    }
    let doctor = Actor::Known(actor(Role::Doctor));
    let of = Resource::default().of(Some(patient));
    let [today, consent, emergency] = found_about(patient);
    assert!(may(&doctor, Action::ChartRead, &of.written_by(doctor.person())).is_ok());
    assert!(may(&doctor, Action::ChartRead, &of.found(Some(consent))).is_ok());
    assert!(may(&doctor, Action::ChartRead, &of.found(Some(emergency))).is_ok());
    assert!(may(&doctor, Action::ChartRead, &of.found(Some(today))).is_ok());
    assert_eq!(may(&doctor, Action::ChartRead, &of), Err(Refused::NotYours));
    assert_eq!(may(&doctor, Action::ChartRead, &of.written_by(Some(patient))), Err(Refused::NotYours));
}

#[test]
fn what_was_found_about_one_patient_counts_for_no_other() {
    let at = Timestamp::from_ms(1);
    let (patient, other) = (PersonId::new(at, id(7)), PersonId::new(at, id(8)));
    let doctor = Actor::Known(actor(Role::Doctor));
    for action in [Action::TicketCall, Action::NoteWrite, Action::ChartRead, Action::QueueReasonsRead] {
        for found in found_about(other) {
            for owner in [Some(patient), None] {
                let resource = Resource::default().of(owner).found(Some(found));
                assert_eq!(may(&doctor, action, &resource), Err(Refused::NotYours), "{action:?} {found:?}");
            }
        }
    }
    // A ticket of a branch where the doctor does not work is not theirs.
    let today = Some(Found::today(TicketId::new(at, id(20)), Some(patient)));
    for (branch, expected) in [(4, true), (5, false)] {
        let there = Resource::branch(BranchId::new(at, id(branch))).of(Some(patient)).found(today);
        assert_eq!(may(&doctor, Action::TicketCall, &there).is_ok(), expected, "branch {branch}");
    }
    // The ticket of a walk-in has no patient.
    let walk_in = Found::today(TicketId::new(at, id(9)), None);
    assert!(may(&doctor, Action::TicketCall, &Resource::default().found(Some(walk_in))).is_ok());
    let of = Resource::default().of(Some(patient)).found(Some(walk_in));
    assert_eq!(may(&doctor, Action::TicketCall, &of), Err(Refused::NotYours));
}

#[test]
fn a_grant_says_what_it_rests_on() {
    let at = Timestamp::from_ms(1);
    let patient = PersonId::new(at, id(7));
    let ticket = TicketId::new(at, id(20));
    let known = actor(Role::Doctor);
    let here = Resource::branch(known.branches[0]);
    let doctor = Actor::Known(known);
    let by = |actor: &Actor, action, resource: &Resource| {
        let grant = may(actor, action, resource).expect("allowed");
        (grant.evidence(), grant.author())
    };
    let of = Resource::default().of(Some(patient));
    let today = of.found(Some(Found::today(ticket, Some(patient))));
    assert_eq!(by(&doctor, Action::NoteWrite, &today), (Evidence::Today(ticket), None));
    let own = of.written_by(doctor.person());
    assert_eq!(by(&doctor, Action::NoteWrite, &own), (Evidence::Author, doctor.person()));
    assert_eq!(by(&doctor, Action::QueueRead, &here), (Evidence::Role, None));
    assert_eq!(by(&doctor, Action::SelfRead, &Resource::clinic()), (Evidence::Own, None));
    assert_eq!(may(&doctor, Action::SelfRead, &of), Err(Refused::NotYours));
    let patient = Actor::Known(actor(Role::Patient));
    let own = Resource::default().of(patient.person());
    assert_eq!(by(&patient, Action::ChartRead, &own), (Evidence::Own, None));
    assert_eq!(by(&patient, Action::BoardRead, &own), (Evidence::Public, None));
    let system = Actor::System { clinic: patient.clinic() };
    assert_eq!(by(&system, Action::TicketCancel, &own), (Evidence::Server, None));
}

#[test]
fn a_grant_of_ones_own_is_about_nobody_else() {
    let at = Timestamp::from_ms(1);
    let (child, other) = (PersonId::new(at, id(7)), PersonId::new(at, id(8)));
    let known = Known { dependants: [child].into(), ..actor(Role::Patient) };
    let patient = Actor::Known(known);
    let me = patient.person().unwrap();
    let own = may(&patient, Action::SelfChange, &Resource::default().of(Some(me))).unwrap();
    assert_eq!((own.is_about(me), own.is_about(other), own.whose()), (true, false, Some(me)));
    let theirs = may(&patient, Action::ChartRead, &Resource::default().of(Some(child))).unwrap();
    assert_eq!((theirs.is_about(child), theirs.is_about(me), theirs.whose()), (true, false, Some(child)));
    // A role reaches everybody, and its holder's own things are theirs; nobody else's are.
    let admin = Actor::Known(actor(Role::Admin));
    let all = may(&admin, Action::PeopleManage, &Resource::default().of(Some(other))).unwrap();
    assert_eq!((all.is_about(other), all.is_about(me), all.whose()), (true, true, None));
    let own = may(&admin, Action::TicketRead, &Resource::default().of(admin.person())).unwrap();
    assert_eq!(own.whose(), admin.person());
    // What is public is about nobody; what rests on a ticket, about its patient.
    let public = may(&patient, Action::BoardRead, &Resource::default().of(Some(other))).unwrap();
    assert_eq!((public.is_about(other), public.whose()), (false, None));
    let doctor = Actor::Known(actor(Role::Doctor));
    let today = Found::today(TicketId::new(at, id(20)), Some(other));
    let today =
        may(&doctor, Action::NoteWrite, &Resource::default().of(Some(other)).found(Some(today))).unwrap();
    assert_eq!((today.is_about(other), today.is_about(child), today.whose()), (true, false, None));
}

#[test]
fn the_role_alone_decides_before_anything_is_looked_up() {
    let nobody = Actor::Anonymous { clinic: actor(Role::Patient).clinic };
    for &action in Action::ALL {
        assert_eq!(role_may(&nobody, action).is_ok(), action.is_public(), "{action:?}");
        for &role in Role::ALL {
            let known = Actor::Known(actor(role));
            let is_never = may(&known, action, &Resource::clinic()) == Err(Refused::Role);
            assert_eq!(role_may(&known, action).is_err(), is_never, "{role:?} {action:?}");
        }
    }
}

#[test]
fn a_desk_reaches_its_branch_and_a_kiosk_takes_tickets_and_asks_for_help() {
    let desk = actor(Role::Reception);
    let here = Resource::branch(desk.branches[0]);
    let there = Resource::branch(BranchId::new(Timestamp::from_ms(7), id(7)));
    let desk = Actor::Known(desk);
    assert!(may(&desk, Action::TicketCall, &here).is_ok());
    assert_eq!(may(&desk, Action::TicketCall, &there), Err(Refused::NotYours));
    assert_eq!(may(&desk, Action::QueueReasonsRead, &here), Err(Refused::Role));
    let kiosk = Actor::Known(actor(Role::Kiosk));
    let allowed: Vec<_> = Action::ALL.iter().filter(|a| may(&kiosk, **a, &here).is_ok()).collect();
    assert_eq!(
        allowed,
        [
            &Action::CatalogueRead,
            &Action::BoardRead,
            &Action::TicketLinkRead,
            &Action::TicketJoin,
            &Action::TicketCheckIn,
            &Action::TicketHold,
            &Action::HelpAsk,
            &Action::SelfRead
        ]
    );
}

#[test]
fn a_guardian_reaches_a_dependants_and_no_others() {
    let at = Timestamp::from_ms(1);
    let (child, other) = (PersonId::new(at, id(7)), PersonId::new(at, id(8)));
    let guardian = Actor::Known(Known { dependants: [child].into(), ..actor(Role::Patient) });
    for action in [Action::TicketJoin, Action::TicketCancel, Action::ChartRead] {
        assert!(may(&guardian, action, &Resource::default().of(Some(child))).is_ok());
        assert_eq!(may(&guardian, action, &Resource::default().of(Some(other))), Err(Refused::NotYours));
    }
}

fn written(role: Role, action: Action) -> &'static str {
    match table::reach(role, action) {
        None => "–",
        Some(Reach::Public) => "all",
        Some(Reach::Oneself) => "self",
        Some(Reach::Own) => "own",
        Some(Reach::Theirs) => "theirs",
        Some(Reach::Right) => "right",
        Some(Reach::TheirsOrRight) => "theirs, right",
        Some(Reach::Workplace) => "workplace",
        Some(Reach::Branch) => "branch",
        Some(Reach::Clinic) => "clinic",
    }
}

#[test]
fn the_page_and_the_table_agree() {
    let page = include_str!("../../../docs/product.md");
    for &action in Action::ALL {
        let named = format!("| `{action:?}`:");
        let mut rows = page.lines().filter(|line| line.starts_with(&named));
        let row = rows.next().unwrap_or_else(|| panic!("docs/product.md has no row for {action:?}"));
        assert_eq!(rows.next(), None, "{action:?} has two rows");
        let cells: Vec<&str> = row.trim_matches('|').split('|').skip(1).map(str::trim).collect();
        let expected: Vec<&str> = Role::ALL.iter().map(|role| written(*role, action)).collect();
        assert_eq!(cells, expected, "docs/product.md, row {action:?}, columns {:?}", Role::ALL);
    }
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("`: ")).count();
    assert_eq!(rows, Action::ALL.len(), "a row of docs/product.md names no action");
}
