//! Ids: one newtype for each kind of thing, so that code cannot pass a branch's id for a clinic's.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The error for a text that is not a UUID where an id was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id: a UUID is expected")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id (UUIDv7) from a time in milliseconds and 74 random bits, both given by the caller.
            #[must_use]
            pub fn new(at: crate::time::Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_v7(at.ms(), random))
            }

            /// The time that a version 7 UUID carries; `None` for a UUID of another version.
            #[must_use]
            pub fn made_at(&self) -> Option<crate::time::Timestamp> {
                let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
                let ms = seconds.checked_mul(1_000)?.checked_add(u64::from(nanos) / 1_000_000)?;
                Some(crate::time::Timestamp::from_ms(i64::try_from(ms).ok()?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )* };
}

ids! {
    /// A clinic: the organisation, which is the tenant.
    ClinicId;
    /// A branch: one site of a clinic.
    BranchId;
    /// What a branch offers (FHIR `HealthcareService`).
    ServiceId;
    /// A room or counter that patients are called to (FHIR `Location`).
    RoomId;
    /// A person: patient or staff (FHIR `Patient`, `Practitioner`).
    PersonId;
    /// A workstation, console, kiosk or board (FHIR `Device`).
    DeviceId;
    /// A sign-in of one person or device in one program.
    SessionId;
    /// A ticket: a place in a queue.
    TicketId;
    /// A task at the desk that only a person can settle (FHIR `Task`).
    TaskId;
    /// A consultation note (FHIR `Composition`).
    NoteId;
    /// A patient's consent that somebody sees their records (FHIR `Consent`).
    ConsentId;
    /// An access to a patient's records in an emergency.
    EmergencyId;
    /// An entry of the audit log (FHIR `AuditEvent`).
    AuditId;
    /// A message to a person.
    MessageId;
    /// A notice in a person's inbox.
    NoticeId;
    /// A verification: a code was sent to a contact, and the recipient proves the contact by it.
    VerificationId;
    /// A check of a person's identity at the desk.
    IdentityCheckId;
    /// One installation's outbox, which numbers its intents from 1.
    ClientId;
}

/// RFC 9562 §5.7: 48 bits of Unix milliseconds, then version, variant and random bits.
fn uuid_v7(ms: i64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(ms.max(0).unsigned_abs(), &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let early = TicketId::new(Timestamp::from_ms(1_000), [255; 10]);
        let late = TicketId::new(Timestamp::from_ms(2_000), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!("nonsense".parse::<TicketId>(), Err(NotAnId));
    }
}
