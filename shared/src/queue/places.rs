//! The place that a priority class gives a ticket. Screens show it before and after the class is set.

use super::{Priority, QueueRow, QueueView, Rates, score};

/// A place in line, and the length of the line. 1 is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLinePlace {
    /// The place.
    pub place: usize,
    /// How many wait, including this ticket.
    pub of: usize,
}

/// The place of a row, with its own class or another one, among the tickets of the same service that can be taken
/// before it. For a ticket that is called or parked: the place that it would have in line.
#[must_use]
pub fn standing(view: &QueueView, row: &QueueRow, priority: Priority) -> InLinePlace {
    let rates = Rates::of(view.urgent);
    let score = |row: &QueueRow, priority| score(priority, row.waiting_since, view.at, &rates);
    let competes = |other: &&QueueRow| {
        other.id != row.id
            && other.service_id == row.service_id
            && (row.doctor_id.is_none() || other.doctor_id.is_none() || other.doctor_id == row.doctor_id)
    };
    let mine = score(row, priority);
    let is_before = |other: &&QueueRow| {
        let theirs = score(other, other.priority);
        theirs > mine || (theirs == mine && (other.waiting_since, other.id) < (row.waiting_since, row.id))
    };
    let others: Vec<&QueueRow> = view.waiting.iter().filter(competes).collect();
    InLinePlace { place: others.iter().filter(|other| is_before(other)).count() + 1, of: others.len() + 1 }
}
