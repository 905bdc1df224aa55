use super::*;
use crate::time::Timestamp;

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

#[test]
fn no_role_reads_a_chart_by_being_powerful() {
    for role in [Role::Admin, Role::Manager, Role::Reception, Role::Kiosk, Role::Board] {
        let all = Resource::clinic().theirs(true).right(true);
        assert_eq!(may(&Actor::Known(actor(role)), Action::ChartRead, &all), Err(Refused::Role), "{role:?}");
    }
    let doctor = Actor::Known(actor(Role::Doctor));
    assert!(may(&doctor, Action::ChartRead, &Resource::clinic().right(true)).is_ok());
    assert_eq!(may(&doctor, Action::ChartRead, &Resource::clinic().theirs(true)), Err(Refused::NotYours));
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

/// The actions whose cells docs/product.md writes as "self": they concern only the caller.
const SELF: &[Action] = &[Action::SelfRead, Action::SelfChange];

fn written(role: Role, action: Action) -> &'static str {
    match table::reach(role, action) {
        None => "–",
        Some(Reach::Clinic) if SELF.contains(&action) => "self",
        Some(Reach::Public) => "all",
        Some(Reach::Own) => "own",
        Some(Reach::Theirs) => "theirs",
        Some(Reach::Right) => "right",
        Some(Reach::TheirsOrRight) => "theirs, right",
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
