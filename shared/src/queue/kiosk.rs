//! Tickets that a kiosk gives without the network. They have a letter series of their own and stay sealed until the
//! server has them.

use serde::{Deserialize, Serialize};

use super::{CheckInRequest, Label};
use crate::{
    ids::{BranchId, DeviceId, ServiceId, TicketId},
    time::Timestamp,
};

/// The first letter of every label that a kiosk gives without the network.
const SERIES: char = 'K';
/// The highest number of a kiosk's series: four digits are what a ticket and a board have room for.
pub const SERIES_MAX: u32 = 9_999;
/// How far a number may be ahead of the last one that the server knows. A kiosk that was without the network for a day gives
/// fewer tickets.
pub const SERIES_STEP_MAX: u32 = 1_000;
/// The most tickets in one hand-over.
pub const HANDED_MAX: usize = 50;
/// The furthest that a kiosk's claim may go back, in milliseconds. An older claim counts as this old.
pub const DRIFT_MAX_MS: i64 = 4 * 3_600_000;

/// Whether the letters belong to a kiosk's series. No service may have such letters.
#[must_use]
pub fn is_series(prefix: &str) -> bool {
    prefix.len() == 2 && prefix.starts_with(SERIES)
}

/// The label with this number in a kiosk's series: `KA-004`; `None` for a number that no series reaches in a day.
#[must_use]
pub fn series_label(letter: char, number: u32) -> Option<Label> {
    let number = Some(number).filter(|number| *number <= SERIES_MAX)?;
    Label::new(&format!("{SERIES}{letter}"), number).ok()
}

/// `GET /kiosk`: the data that a kiosk keeps to go on without the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KioskSetup {
    /// The kiosk.
    pub device_id: DeviceId,
    /// The branch that it stands in.
    pub branch_id: BranchId,
    /// The letter of its series.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub letter: char,
    /// The highest number of its series today that the server knows.
    pub last_number: u32,
    /// The public key that its tickets are sealed to, base64url (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM).
    pub seal_key: String,
}

/// A ticket that a kiosk gave without the network: the contents that are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KioskTicket {
    /// Its number in the kiosk's series.
    pub number: u32,
    /// The service.
    pub service_id: ServiceId,
    /// When it was given, by the kiosk's clock.
    pub at: Timestamp,
    /// The check-in data of a patient who says that they have a ticket already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_in: Option<CheckInRequest>,
}

/// A sealed ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SealedTicket {
    /// The ticket's id, made by the kiosk. A repeated hand-over of the same id has no effect.
    pub id: TicketId,
    /// The sealed text, base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Sealed))]
    pub sealed: String,
}

/// `POST /kiosk/tickets`: the tickets given without the network, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The present time by the kiosk's clock. The server uses it to correct the time of every claim.
    pub now: Timestamp,
    /// At most 50.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::SealedTickets))]
    pub tickets: Vec<SealedTicket>,
}

/// The result for one ticket of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandedOver {
    /// The ticket.
    pub id: TicketId,
    /// The label that the ticket has now; `None` if it did not join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Why it did not join: it is for another day, or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<crate::fault::Code>,
}

/// The place that a ticket is sealed to: it opens only for this device and this ticket.
#[must_use]
pub fn kiosk_place(device: DeviceId, ticket: TicketId) -> Vec<u8> {
    [device.0.as_bytes().as_slice(), ticket.0.as_bytes()].concat()
}

/// From when a claimed ticket waits: the claimed time, corrected by the clocks' difference. It is never in the
/// future, and not further back than [`DRIFT_MAX_MS`].
#[must_use]
pub fn claimed_at(claimed: Timestamp, sent: Timestamp, now: Timestamp) -> Timestamp {
    let corrected = claimed.plus_ms(now.since_ms(sent));
    corrected.min(now).max(now.plus_ms(-DRIFT_MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_changes_nothing() {
        let now = Timestamp::from_ms(100_000_000);
        for off_ms in [0, 3_600_000, -3_600_000] {
            let sent = now.plus_ms(off_ms);
            assert_eq!(claimed_at(sent.plus_ms(-60_000), sent, now), now.plus_ms(-60_000));
        }
        assert_eq!(claimed_at(now.plus_ms(5), now, now), now, "never in the future");
        assert_eq!(claimed_at(Timestamp::from_ms(0), now, now), now.plus_ms(-DRIFT_MAX_MS));
    }

    #[test]
    fn a_series_is_a_kiosks_own() {
        assert_eq!(series_label('A', 4).unwrap().to_string(), "KA-004");
        assert!(series_label('é', 4).is_none());
        assert!(is_series("KA") && !is_series("K") && !is_series("GP") && !is_series("KAB"));
    }
}
