//! The queue on the wire: what is asked.

use serde::{Deserialize, Serialize};

use super::{Door, Label, Priority, StepKind};
use crate::ids::{BranchId, PersonId, ServiceId, TicketId};

/// The most characters of a reason for a visit.
pub const REASON_MAX_CHARS: usize = 500;

/// `PUT /branches/{id}/queue`: opens, pauses or closes a branch's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QueueControl {
    /// The new state of the door.
    pub door: Door,
}

/// `POST /queue/join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The branch.
    pub branch_id: BranchId,
    /// The service.
    pub service_id: ServiceId,
    /// A doctor by name; `None` for any doctor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// Why the patient comes. Only the doctor sees it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::VisitReason))]
    pub reason_for_visit: String,
    /// The priority that the patient suggests. It has no effect until staff set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_priority: Option<Priority>,
    /// The patient, if staff take the ticket; `None` for a walk-in without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// At a kiosk: the ticket counts once it is printed or shown (`PUT /queue/{id}/held`), and lapses otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// `PUT /queue/{id}/held`: settles a ticket that a kiosk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HeldRequest {
    /// Whether the patient has it, on paper or on their phone. If not, it is void.
    pub taken: bool,
}

/// `POST /branches/{id}/check-in`: a patient who joined from home has arrived. They show a code, or enter who they
/// are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckInRequest {
    /// The ticket's code, or the text of its QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::TicketCode>))]
    pub code: Option<String>,
    /// Their phone number, together with the date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneDigits>))]
    pub phone: Option<String>,
    /// `1990-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::BirthDate>))]
    pub birth_date: Option<String>,
    /// With the phone number, after the answer `check_in_which`: the labels of the people who are here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Labels))]
    pub labels: Vec<Label>,
}

/// `POST /queue/call-next`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallNextRequest {
    /// The room to call to. A doctor who leaves it out calls to the room last used; anybody else names it, unless the
    /// branch has no rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::RoomOrNone>))]
    pub room: Option<String>,
    /// The caller's other patients, called or being seen, about whom the caller was asked. If it is present, even empty,
    /// and there is another one, the call is refused (`already_called`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Tickets>))]
    pub beside: Option<Vec<TicketId>>,
}

/// `PATCH /queue/{id}/status`: one step of the ticket's state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The step.
    pub step: StepKind,
    /// The version that the caller saw (here or in `If-Match`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Version>))]
    pub version: Option<i64>,
    /// With `call`, `recall` and `move`: the room. A `recall` without one calls to the same room again. A `call` without
    /// one is for doctors alone, as in `POST /queue/call-next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::RoomOrNone>))]
    pub room: Option<String>,
    /// With `transfer`: the new service; if absent, the service does not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// With `transfer`: the new doctor; if absent, any doctor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<PersonId>,
    /// With `step_back`: the number of places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Places>))]
    pub places: Option<u32>,
    /// With `prioritise`: the new class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// With `prioritise`: the reason, which is required. With `transfer`: why, for whoever sees the patient next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::VisitReason>))]
    pub reason: Option<String>,
    /// With `call`: as in `POST /queue/call-next`, the caller's other patients about whom the caller was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Tickets>))]
    pub beside: Option<Vec<TicketId>>,
}

impl StepRequest {
    /// A step that needs only the version that the caller saw.
    #[must_use]
    pub const fn new(step: StepKind, version: i64) -> Self {
        Self {
            step,
            version: Some(version),
            room: None,
            service_id: None,
            doctor_id: None,
            places: None,
            priority: None,
            reason: None,
            beside: None,
        }
    }
}

/// The most places that a patient may step back at once.
pub const PLACES_MAX: u32 = 10;

/// `POST /queue/{id}/step-back`: lets other patients go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepBackRequest {
    /// How many places, 1 to 10.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Places))]
    pub places: u32,
    /// The version that the caller saw (here or in `If-Match`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Version>))]
    pub version: Option<i64>,
}

/// `GET /queue/my-history`, and other lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// The cursor of the page: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::IdCursor>))]
    pub cursor: Option<String>,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
}

/// `GET /queue/doctor-queue` and `GET /queue/stats`: the branch; if absent, the caller's first branch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct BranchQuery {
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_id: Option<BranchId>,
}
