//! The calls of a family that its phone has shown, and what became of them. None replaces another one.

use medlane_shared::{
    ids::TicketId,
    queue::{CancelledBy, State, TicketView},
};

use crate::kit::now_key;

/// A call that was shown, until the visit begins or the reader has read how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// The ticket, with the room and time of the call.
    pub ticket: TicketView,
    /// Whether the room changed since the call before.
    pub is_moved: bool,
    /// The words for how the call ended, if it has.
    pub over: Option<String>,
    /// Whether the reader has answered.
    pub is_answered: bool,
}

impl Ring {
    /// Without what may change while the call stands: it must not sound as a new one.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.ticket.version = 0;
        self.ticket.arrived_at = None;
        self.ticket.on_way_at = None;
        self.ticket.wait = None;
        self.ticket.position = None;
        self.ticket.leave_now = false;
        self
    }
}

/// What a ticket says about a call that does not stand any more; `None` if the patient needs no word of it.
fn over(ring: &Ring, ticket: &TicketView) -> Option<String> {
    // A patient who was told that they missed the call, and is in line again, has said so.
    let said = ring.over.as_deref();
    let is_back = said.is_some_and(|said| said.starts_with("now-"));
    match ticket.state {
        State::Waiting if is_back => None,
        State::Waiting if ticket.sent_at.is_some() => Some("call-sent".to_owned()),
        State::Waiting => Some("call-back".to_owned()),
        State::Parked => Some("call-hold".to_owned()),
        // A patient who leaves the queue knows it.
        State::Cancelled if ticket.cancelled_by == Some(CancelledBy::Patient) => None,
        State::Cancelled | State::NoShow => Some(now_key(ticket)),
        State::Held | State::Called | State::Serving | State::Done => None,
    }
}

/// Whether two views of a ticket show the same call to the same room.
fn is_same(one: &TicketView, other: &TicketView) -> bool {
    (one.called_at, &one.room) == (other.called_at, &other.room)
}

/// The calls on the page, in the order in which they came: a press must not meet another call than the one that was
/// under the finger.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rings(Vec<Ring>);

impl Rings {
    /// Follows the tickets of the page.
    pub fn follow(&mut self, tickets: &[TicketView]) {
        self.0.retain_mut(|ring| {
            let Some(now) = tickets.iter().find(|ticket| ticket.id == ring.ticket.id) else { return false };
            if now.state == State::Called {
                let is_same = is_same(&ring.ticket, now);
                if !is_same || ring.over.is_some() {
                    ring.is_moved = (ring.is_moved && is_same) || ring.ticket.room != now.room;
                    ring.is_answered = false;
                } else if now.on_way_at.is_some() {
                    // Answered on another phone of the family.
                    ring.is_answered = true;
                }
                (ring.ticket, ring.over) = (now.clone(), None);
                return true;
            }
            let Some(said) = over(ring, now) else { return false };
            if ring.over.as_ref() != Some(&said) {
                ring.is_answered = false;
            }
            // The card keeps the room that the patient was sent to.
            let room = ring.ticket.room.clone();
            ring.ticket = TicketView { room, called_at: ring.ticket.called_at, ..now.clone() };
            ring.over = Some(said);
            true
        });
        // The earliest call comes first.
        loop {
            let known = |ticket: &TicketView| self.0.iter().any(|ring| ring.ticket.id == ticket.id);
            let new = tickets.iter().filter(|ticket| ticket.state == State::Called && !known(ticket));
            let Some(ticket) = new.min_by_key(|ticket| ticket.called_at) else { return };
            let (ticket, is_answered) = (ticket.clone(), ticket.on_way_at.is_some());
            self.0.push(Ring { ticket, is_moved: false, over: None, is_answered });
        }
    }

    /// The reader has read one of them.
    pub fn answer(&mut self, ticket: TicketId) {
        for ring in self.0.iter_mut().filter(|ring| ring.ticket.id == ticket) {
            ring.is_answered = true;
        }
        if !self.is_open() {
            self.0.retain(|ring| ring.over.is_none());
        }
    }

    /// Whether something waits for the reader's answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.iter().any(|ring| !ring.is_answered)
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn all(&self) -> &[Ring] {
        &self.0
    }

    /// What waits for an answer. When it grows or changes, the phone sounds.
    #[must_use]
    pub fn open(&self) -> Vec<Ring> {
        self.0.iter().filter(|ring| !ring.is_answered).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{lean, time::Timestamp};
    use serde_json::json;

    use super::*;

    fn ticket(n: u8, state: State, called_ms: i64, room: &str) -> TicketView {
        let id = TicketId::new(Timestamp::from_ms(1), [n; 10]);
        let view = json!({
            "id": id, "label": format!("GP-{n:03}"), "state": state, "version": 1, "branch_id": id,
            "branch_name": "Harbour Clinic", "service_id": id, "service_name": "GP", "calls": 1, "room": room,
            "joined_at": Timestamp::from_ms(0), "called_at": Timestamp::from_ms(called_ms),
        });
        lean::read(view).unwrap()
    }

    fn labels(rings: &[Ring]) -> Vec<String> {
        rings.iter().map(|ring| ring.ticket.label.to_string()).collect()
    }

    #[test]
    fn a_family_called_together_sees_every_call() {
        let mut rings = Rings::default();
        let sara = ticket(1, State::Called, 30, "Room 1");
        let [salem, waits] = [ticket(2, State::Called, 20, "Room 2"), ticket(3, State::Waiting, 0, "")];
        rings.follow(std::slice::from_ref(&sara));
        rings.follow(&[waits.clone(), salem.clone(), sara.clone()]);
        assert_eq!(labels(rings.all()), ["GP-001", "GP-002"], "the first call stays where it was");
        rings.answer(salem.id);
        assert_eq!(labels(&rings.open()), ["GP-001"], "one answer is for one call");
        assert_eq!(labels(rings.all()), ["GP-001", "GP-002"]);
        rings.answer(sara.id);
        assert!(!rings.is_open());
        // Called in the same moment.
        let mut rings = Rings::default();
        rings.follow(&[ticket(1, State::Called, 9, "Room 1"), ticket(2, State::Called, 9, "Room 2"), waits]);
        assert_eq!(labels(&rings.open()), ["GP-001", "GP-002"]);
    }

    #[test]
    fn a_call_again_and_another_room_fill_the_screen_again() {
        let mut rings = Rings::default();
        let first = ticket(1, State::Called, 30, "Room 1");
        let follow = |rings: &mut Rings, ticket: &TicketView| {
            rings.follow(std::slice::from_ref(ticket));
            let is_moved = rings.all()[0].is_moved;
            let is_open = rings.is_open();
            rings.answer(ticket.id);
            (is_open, is_moved)
        };
        assert_eq!(follow(&mut rings, &first), (true, false));
        assert_eq!(follow(&mut rings, &first), (false, false), "it was answered");
        assert_eq!(
            follow(&mut rings, &ticket(1, State::Called, 90, "Room 1")),
            (true, false),
            "called again"
        );
        assert_eq!(follow(&mut rings, &ticket(1, State::Called, 90, "Room 4")), (true, true), "moved");
        assert_eq!(
            follow(&mut rings, &ticket(1, State::Called, 150, "Room 5")),
            (true, true),
            "again, elsewhere"
        );
    }

    #[test]
    fn a_call_that_was_answered_elsewhere_rings_no_more() {
        let called = ticket(1, State::Called, 30, "Room 1");
        let answered = TicketView { on_way_at: Some(Timestamp::from_ms(40)), ..called.clone() };
        let mut rings = Rings::default();
        rings.follow(std::slice::from_ref(&called));
        rings.follow(std::slice::from_ref(&answered));
        assert_eq!((rings.is_open(), rings.all().len()), (false, 1));
        // So it is after a reload; a call again rings.
        let mut rings = Rings::default();
        rings.follow(std::slice::from_ref(&answered));
        assert!(!rings.is_open());
        rings.follow(&[ticket(1, State::Called, 90, "Room 1")]);
        assert!(rings.is_open());
    }

    #[test]
    fn every_end_of_a_call_is_said_until_it_is_read() {
        let called = ticket(1, State::Called, 30, "Room 1");
        let gone = |by| TicketView { cancelled_by: Some(by), ..ticket(1, State::Cancelled, 30, "") };
        let ends = [
            (ticket(1, State::Waiting, 0, ""), Some("call-back")),
            (
                TicketView { sent_at: Some(Timestamp::from_ms(50)), ..ticket(1, State::Waiting, 30, "") },
                Some("call-sent"),
            ),
            (ticket(1, State::Parked, 30, ""), Some("call-hold")),
            (ticket(1, State::NoShow, 30, ""), Some("now-no_show-late")),
            (gone(CancelledBy::Clinic), Some("now-cancelled-clinic")),
            (gone(CancelledBy::Patient), None),
            (ticket(1, State::Serving, 30, "Room 1"), None),
            (ticket(1, State::Done, 30, "Room 1"), None),
        ];
        for (now, said) in ends {
            for is_answered in [false, true] {
                let mut rings = Rings::default();
                rings.follow(std::slice::from_ref(&called));
                if is_answered {
                    rings.answer(called.id);
                }
                rings.follow(std::slice::from_ref(&now));
                let over = rings.open().first().and_then(|ring| ring.over.clone());
                assert_eq!(over.as_deref(), said, "{:?}, answered before: {is_answered}", now.state);
                assert_eq!(rings.is_open(), said.is_some());
                rings.answer(now.id);
                rings.follow(std::slice::from_ref(&now));
                assert!(rings.all().is_empty(), "it is said once");
            }
        }
        // A patient who missed the call and returns has no need to hear that they are in line.
        let mut rings = Rings::default();
        rings.follow(std::slice::from_ref(&called));
        rings.follow(&[ticket(1, State::NoShow, 30, "")]);
        rings.follow(&[ticket(1, State::Waiting, 0, "")]);
        assert!(!rings.is_open());
        // The undo of the end is the call again.
        rings.follow(std::slice::from_ref(&called));
        rings.answer(called.id);
        rings.follow(&[ticket(1, State::Parked, 30, "")]);
        rings.follow(std::slice::from_ref(&called));
        assert!(rings.is_open() && rings.all()[0].over.is_none());
    }
}
