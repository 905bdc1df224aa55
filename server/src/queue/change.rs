//! What changes in the live queue, and its entries in the feed.

use std::sync::Arc;

use medlane_shared::{
    ids::{BranchId, PersonId, ServiceId},
    queue::{Door, DoorSet, Learned},
};

use super::live::entry::{AtDesk, Live};
use crate::{engine::Entity, identity::Demographics};

/// A ticket.
pub const TICKET: Entity = Entity::new("ticket");
/// A branch's door, its day, the open work of its desk, or learned times.
pub const QUEUE: Entity = Entity::new("queue");

/// A change of the live queue.
#[derive(Debug, Clone)]
pub enum Change {
    /// A ticket is new or has changed.
    Ticket(Arc<Live>, RowChange),
    /// A branch's queue was opened, paused or closed: by whom.
    Door(BranchId, Door, Option<Arc<DoorSet>>),
    /// At a branch nobody waits any more from this day or an earlier one.
    DayEnded(BranchId, Arc<str>),
    /// The open work of a branch's desk: all of it.
    Desk(BranchId, Arc<AtDesk>),
    /// A finished visit changed what is known of a service's durations.
    Learned(BranchId, ServiceId, Learned),
    /// A person's details have changed.
    Person(PersonId, Arc<Demographics>),
    /// A person's key was destroyed: data sealed with it is shown no more.
    Sealed(PersonId),
}

/// How a ticket's row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowChange {
    /// A new row.
    Insert,
    /// The row changes.
    Update,
    /// The row changes, with its service.
    Move,
}
