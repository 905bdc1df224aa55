//! A ticket and its steps: a pure state machine.

use serde::{Deserialize, Serialize};

use super::{CancelledBy, Label, LineLeft, Priority, State, Taken, Transferred};
use crate::{
    fault::Code,
    ids::{BranchId, PersonId, ServiceId, TicketId},
    time::Timestamp,
};

/// A call to a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomCall {
    /// The person who called.
    pub by: PersonId,
    /// The room.
    pub room: Option<String>,
    /// The time of the last call.
    pub at: Timestamp,
    /// The time of the first call.
    pub first_at: Timestamp,
    /// How often the patient was called.
    pub times: u8,
    /// When the patient answered this call: they are on the way. A further call, and another room, ask anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_way_at: Option<Timestamp>,
}

/// A ticket: a place in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The branch.
    pub branch: BranchId,
    /// The branch's local day, `2026-11-21`.
    pub day: String,
    /// The label that is printed and called.
    pub label: Label,
    /// The service.
    pub service: ServiceId,
    /// The doctor asked for by name.
    pub doctor: Option<PersonId>,
    /// The patient; `None` for a walk-in without a name.
    pub patient: Option<PersonId>,
    /// The class that counts. Staff set it.
    pub priority: Priority,
    /// The class that the patient suggested.
    pub suggested: Option<Priority>,
    /// Its state.
    pub state: State,
    /// Grows by one with every step.
    pub version: i64,
    /// When it was taken.
    pub joined_at: Timestamp,
    /// From when its waiting counts.
    pub waiting_since: Timestamp,
    /// When the patient arrived; `None` if they joined from home and are still on the way.
    pub arrived_at: Option<Timestamp>,
    /// The last call, once called.
    pub call: Option<RoomCall>,
    /// When the visit began.
    pub serving_at: Option<Timestamp>,
    /// When the ticket ended.
    pub ended_at: Option<Timestamp>,
    /// How the visit was sent on, the first transfer first. An undone transfer leaves nothing.
    pub sent: Vec<LineLeft>,
    /// The state that undo returns to.
    pub undo: Option<Undo>,
}

/// How to undo the last step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Until when the step can be undone.
    pub until: Timestamp,
    /// The state before it.
    pub before: Before,
    /// The other tickets that the same press changed, in their versions right after it. They are undone together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Together>,
    /// Who gave the ticket to another line a moment ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Transferred>,
    /// Who cancelled the ticket, if the step did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<CancelledBy>,
    /// Who took the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
}

/// A ticket that the same press changed as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Together {
    /// The ticket.
    pub id: TicketId,
    /// Its version right after the press. If the version differs, the ticket has moved on, and undo leaves it alone.
    pub version: i64,
}

/// The fields that a step can change, with their values before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    state: State,
    priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<RoomCall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serving_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrived_at: Option<Timestamp>,
    /// Its line, if the step changes that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<InLine>,
}

/// The line of a ticket, and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct InLine {
    service: ServiceId,
    doctor: Option<PersonId>,
    waiting_since: Timestamp,
}

impl Before {
    /// The ticket's state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }
}

/// The names of the steps on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Call this patient to a room.
    Call,
    /// Call the patient again.
    Recall,
    /// The patient has come: the visit begins.
    Serve,
    /// The visit is over.
    Done,
    /// Set the ticket aside.
    Park,
    /// Put a parked ticket back in line.
    Resume,
    /// Put a called ticket back in line.
    PutBack,
    /// The patient did not come.
    NoShow,
    /// Put the ticket back in line after a no-show, within the grace period.
    Return,
    /// Give up the place.
    Cancel,
    /// Set the priority class.
    Prioritise,
    /// Move the ticket to the line of another service or doctor. It keeps its waiting time.
    Transfer,
    /// Call the patient to another room.
    Move,
    /// Let some of the tickets behind go first.
    StepBack,
    /// The patient has arrived at the branch.
    Arrive,
    /// Undo the last step.
    Undo,
}

impl StepKind {
    /// Every step.
    pub const ALL: &[Self] = &[
        Self::Call,
        Self::Recall,
        Self::Serve,
        Self::Done,
        Self::Park,
        Self::Resume,
        Self::PutBack,
        Self::NoShow,
        Self::Return,
        Self::Cancel,
        Self::Prioritise,
        Self::Transfer,
        Self::Move,
        Self::StepBack,
        Self::Arrive,
        Self::Undo,
    ];
}

/// A step with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Call the patient to a room.
    Call {
        /// The person who calls.
        by: PersonId,
        /// The room.
        room: Option<String>,
    },
    /// See [`StepKind::Recall`].
    Recall {
        /// The room to call to; `None` for the room of the last call.
        room: Option<String>,
    },
    /// See [`StepKind::Serve`].
    Serve,
    /// See [`StepKind::Done`].
    Done,
    /// See [`StepKind::Park`].
    Park,
    /// See [`StepKind::Resume`].
    Resume,
    /// See [`StepKind::PutBack`].
    PutBack,
    /// See [`StepKind::NoShow`].
    NoShow,
    /// See [`StepKind::Return`].
    Return,
    /// See [`StepKind::Cancel`].
    Cancel,
    /// Set the priority class.
    Prioritise(Priority),
    /// See [`StepKind::Transfer`].
    Transfer {
        /// The new service.
        service: ServiceId,
        /// The new doctor; `None` for any doctor.
        doctor: Option<PersonId>,
    },
    /// See [`StepKind::Move`].
    Move {
        /// The new room.
        room: String,
    },
    /// See [`StepKind::StepBack`].
    StepBack {
        /// From when the waiting counts afterwards; never earlier than before.
        since: Timestamp,
    },
    /// See [`StepKind::Arrive`].
    Arrive,
    /// A held ticket becomes valid: the patient has it in hand.
    Take,
    /// See [`StepKind::Undo`].
    Undo,
}

/// The clinic's limits on steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The most calls of a ticket.
    pub calls_max: u8,
    /// The shortest time between two calls, in milliseconds.
    pub recall_after_ms: i64,
    /// How long a step can be undone, in milliseconds.
    pub undo_ms: i64,
    /// How long after a no-show the patient may return, in milliseconds.
    pub return_ms: i64,
}

impl Default for Rules {
    fn default() -> Self {
        crate::clinic::BranchPolicy::default().rules()
    }
}

impl Ticket {
    /// A new ticket: in line, with normal priority and without a patient.
    #[must_use]
    pub fn joined(
        id: TicketId,
        (branch, day): (BranchId, String),
        label: Label,
        service: ServiceId,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            branch,
            day,
            label,
            service,
            doctor: None,
            patient: None,
            priority: Priority::Normal,
            suggested: None,
            state: State::Waiting,
            version: 1,
            joined_at: at,
            waiting_since: at,
            arrived_at: None,
            call: None,
            serving_at: None,
            ended_at: None,
            sent: Vec::new(),
            undo: None,
        }
    }

    /// Takes a step at `now`. Returns the ticket afterwards, with the next version.
    ///
    /// # Errors
    /// [`Code::TicketStepRefused`] if this state does not allow the step. [`Code::RecallTooSoon`],
    /// [`Code::RecallExhausted`], [`Code::UndoTooLate`] or [`Code::ReturnTooLate`] if a limit forbids it.
    pub fn step(&self, step: Step, now: Timestamp, rules: &Rules) -> Result<Self, Code> {
        use State::{Called, Cancelled, NoShow, Parked, Serving, Waiting};
        let mut next = self.clone();
        next.version += 1;
        let undoable = !matches!(step, Step::Recall { .. } | Step::Take | Step::Undo);
        match (step, self.state) {
            (Step::Call { by, room }, Waiting | Parked) => {
                next.state = Called;
                next.call = Some(RoomCall {
                    by,
                    room,
                    at: now,
                    first_at: self.first_called_at().unwrap_or(now),
                    times: 1,
                    on_way_at: None,
                });
            }
            (Step::Recall { room }, Called) => next.call = Some(self.recalled(room, now, rules)?),
            (Step::Serve, Called) => {
                next.state = Serving;
                next.serving_at = Some(now);
                // A patient who is seen has arrived, even without a check-in.
                next.arrived_at = self.arrived_at.or(Some(now));
            }
            (Step::Done, Serving) => next.end(State::Done, now),
            (Step::Park, Waiting | Called | Serving) => next.state = Parked,
            (Step::Resume, Parked) | (Step::PutBack, Called) | (Step::Take, State::Held) => {
                next.state = Waiting;
            }
            (Step::NoShow, Called) => next.end(NoShow, now),
            (Step::Return, NoShow) => {
                if self.ended_at.is_none_or(|ended| now.since_ms(ended) > rules.return_ms) {
                    return Err(Code::ReturnTooLate);
                }
                next.state = Waiting;
                next.ended_at = None;
            }
            (Step::Cancel, State::Held | Waiting | Called | Parked) => next.end(Cancelled, now),
            (Step::Prioritise(priority), Waiting | Called | Parked) => next.priority = priority,
            (Step::Transfer { service, doctor }, Waiting | Called | Serving | Parked) => {
                if (service, doctor) == (self.service, self.doctor) {
                    return Err(Code::TicketStepRefused);
                }
                next.sent.push(self.sent_on(now));
                (next.service, next.doctor) = (service, doctor);
                next.state = Waiting;
                next.serving_at = None;
            }
            (Step::Move { room }, Called) => {
                let is_same = self.call.as_ref().is_some_and(|call| call.room.as_ref() == Some(&room));
                let moved = |call: RoomCall| RoomCall {
                    room: Some(room),
                    on_way_at: call.on_way_at.filter(|_| is_same),
                    ..call
                };
                next.call = self.call.clone().map(moved);
            }
            (Step::StepBack { since }, Waiting) if since >= self.waiting_since => next.waiting_since = since,
            (Step::Arrive, Waiting | Called | Parked) if self.arrived_at.is_none() => {
                next.arrived_at = Some(now);
            }
            (Step::Undo, _) => return self.undone(now),
            _ => return Err(Code::TicketStepRefused),
        }
        if undoable {
            let line = (self.in_line() != next.in_line()).then(|| self.in_line());
            let before = Before { line, ..self.before() };
            let (until, given) = (now.plus_ms(rules.undo_ms), self.lately_given(now));
            next.undo =
                Some(Undo { until, before, with: Vec::new(), given, cancelled_by: None, taken: None });
        }
        Ok(next)
    }

    /// Records the other tickets that the same press changed.
    #[must_use]
    pub fn together(mut self, pressed: &[Together]) -> Self {
        if let Some(undo) = &mut self.undo {
            undo.with = pressed.iter().copied().filter(|other| other.id != self.id).collect();
        }
        self
    }

    /// Records who cancelled this ticket, after the step that did.
    #[must_use]
    pub fn cancelled(mut self, by: CancelledBy) -> Self {
        if let Some(undo) = &mut self.undo {
            undo.cancelled_by = Some(by);
        }
        self
    }

    /// Who cancelled this ticket; `None` if it is not cancelled, or ended by itself.
    #[must_use]
    pub fn cancelled_by(&self) -> Option<CancelledBy> {
        self.undo.as_ref().filter(|_| self.state == State::Cancelled)?.cancelled_by
    }

    /// When the patient was first called.
    #[must_use]
    pub fn first_called_at(&self) -> Option<Timestamp> {
        self.call.as_ref().map(|call| call.first_at)
    }

    /// While the patient is called: when they answered that they are on the way.
    #[must_use]
    pub fn on_way_at(&self) -> Option<Timestamp> {
        self.call.as_ref().filter(|_| self.state == State::Called)?.on_way_at
    }

    fn end(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
    }

    /// The next call. No limit keeps a patient on the way to a room that the doctor has left: if a further call is not
    /// possible, the present one changes its room.
    fn recalled(&self, room: Option<String>, now: Timestamp, rules: &Rules) -> Result<RoomCall, Code> {
        let call = self.call.clone().ok_or(Code::TicketStepRefused)?;
        let is_moved = room.is_some() && room != call.room;
        let room = room.or_else(|| call.room.clone());
        let limit = if call.times >= rules.calls_max {
            Some(Code::RecallExhausted)
        } else if now.since_ms(call.at) < rules.recall_after_ms {
            Some(Code::RecallTooSoon)
        } else {
            None
        };
        match limit {
            None => Ok(RoomCall { room, at: now, times: call.times + 1, on_way_at: None, ..call }),
            Some(_) if is_moved => Ok(RoomCall { room, on_way_at: None, ..call }),
            Some(code) => Err(code),
        }
    }

    fn before(&self) -> Before {
        Before {
            state: self.state,
            priority: self.priority,
            call: self.call.clone(),
            serving_at: self.serving_at,
            ended_at: self.ended_at,
            arrived_at: self.arrived_at,
            line: None,
        }
    }

    const fn in_line(&self) -> InLine {
        InLine { service: self.service, doctor: self.doctor, waiting_since: self.waiting_since }
    }

    fn undone(&self, now: Timestamp) -> Result<Self, Code> {
        let undo = self.undo.clone().filter(|undo| now <= undo.until).ok_or(Code::UndoTooLate)?;
        let Before { state, priority, call, serving_at, ended_at, arrived_at, line } = undo.before;
        let InLine { service, doctor, waiting_since } = line.unwrap_or_else(|| self.in_line());
        let mut back = self.clone();
        // Only a transfer changes the service or the doctor.
        if (service, doctor) != (self.service, self.doctor) {
            back.sent.pop();
        }
        // The patient's answer to this call was no step, so it outlives the undo of one. A call that was taken back asks
        // anew.
        let answered = self.call.as_ref().filter(|_| self.state == State::Called);
        let call = call.map(|call| {
            let now = answered.filter(|now| (now.at, &now.room) == (call.at, &call.room));
            RoomCall { on_way_at: now.and_then(|now| now.on_way_at), ..call }
        });
        (back.service, back.doctor, back.waiting_since) = (service, doctor, waiting_since);
        (back.state, back.priority, back.call) = (state, priority, call);
        (back.serving_at, back.ended_at, back.arrived_at) = (serving_at, ended_at, arrived_at);
        Ok(Self { version: self.version + 1, undo: None, ..back })
    }
}
