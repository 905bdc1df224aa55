//! What the live queue holds: tickets, and the open work of each desk.

use std::{collections::BTreeMap, sync::Arc};

use medlane_shared::{
    ids::DeviceId,
    queue::{DeskTask, HelpCall, Priority, Ticket},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::identity::Demographics;

/// Why staff set a ticket's class, and why they sent it on: the last reason of each, so that an undo shows the one that
/// holds again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whys {
    emergency: Option<String>,
    urgent: Option<String>,
    /// By the number of the ticket's transfers before this one.
    #[serde(default)]
    sent: BTreeMap<usize, String>,
}

impl Whys {
    /// The reason for which the ticket is in this class.
    #[must_use]
    pub fn of(&self, class: Priority) -> Option<&str> {
        match class {
            Priority::Emergency => self.emergency.as_deref(),
            Priority::Urgent => self.urgent.as_deref(),
            Priority::Normal => None,
        }
    }

    /// The reason of the last of this many transfers.
    #[must_use]
    pub fn of_transfer(&self, transfers: usize) -> Option<&str> {
        self.sent.get(&transfers.checked_sub(1)?).map(String::as_str)
    }

    /// The reasons after the class was set for this reason.
    #[must_use]
    pub fn set(mut self, class: Priority, why: &str) -> Self {
        match class {
            Priority::Emergency => self.emergency = Some(why.to_owned()),
            Priority::Urgent => self.urgent = Some(why.to_owned()),
            Priority::Normal => {}
        }
        self
    }

    /// The reasons after a transfer that follows on this many. One that was undone leaves nothing.
    #[must_use]
    pub fn sent(mut self, transfers: usize, why: Option<&str>) -> Self {
        self.sent.retain(|n, _| *n < transfers);
        self.sent.extend(why.map(|why| (transfers, why.to_owned())));
        self
    }
}

/// The [`Whys`] of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The reasons, decrypted.
    pub text: Arc<Whys>,
    /// The sealed reasons, as in the row.
    pub sealed: Arc<[u8]>,
}

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
    /// Why staff set its class, and why they sent it on.
    pub why: Option<Why>,
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
