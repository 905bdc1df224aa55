//! What the live queue holds: tickets, and the open work of each desk.

use std::sync::Arc;

use medlane_shared::{
    ids::DeviceId,
    queue::{DeskTask, HelpCall, Ticket},
    time::Timestamp,
};

use crate::identity::Demographics;

/// A ticket, with what views show of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The ticket.
    pub ticket: Ticket,
    /// The patient's details; `None` for a walk-in without a name.
    pub patient: Option<Arc<Demographics>>,
    /// The reason for the visit, decrypted.
    pub reason: Option<Arc<str>>,
    /// The sealed reason, as in the row.
    pub reason_sealed: Option<Arc<[u8]>>,
}

/// The open work of a branch's desk, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AtDesk {
    /// Kiosks where somebody needs help, and nobody has answered yet.
    pub help: Vec<HelpCall>,
    /// Kiosks to which somebody is going, and since when.
    pub coming: Vec<(DeviceId, Timestamp)>,
    /// Kiosks whose request for help was taken back, and when.
    pub withdrawn: Vec<HelpCall>,
    /// Tasks that only a person can settle.
    pub tasks: Vec<DeskTask>,
}
