//! How a branch runs its queue: the settings that `docs/product.md` §4 leaves to the clinic, with their defaults.

use serde::{Deserialize, Serialize};

use crate::{
    fault::{Code, Fault, FieldCode, FieldFault},
    queue::{Rates, Rules},
};

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;
/// The most opening periods of a week: four a day.
const OPENING_MAX: usize = 28;
/// The most messages of a board.
const MESSAGES_MAX: usize = 20;
const MESSAGE_MAX_CHARS: usize = 200;

/// A number of a policy: its path in the settings of the branch, and its bounds.
#[derive(Debug, Clone, Copy)]
pub struct PolicyNumber {
    /// Where it stands in the settings of the branch.
    pub path: &'static str,
    /// The least value.
    pub min: u16,
    /// The highest value.
    pub max: u16,
    /// Reads it.
    pub get: fn(&BranchPolicy) -> u16,
    /// Sets it.
    pub put: fn(&mut BranchPolicy, u16),
}

/// A value of at most 255; the bounds keep it so.
fn small(n: u16) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// The numbers of a policy, in the order of the form.
pub const POLICY_NUMBERS: [PolicyNumber; 7] = [
    PolicyNumber {
        path: "policy.near",
        min: 1,
        max: 20,
        get: |policy| policy.near.into(),
        put: |policy, n| policy.near = small(n),
    },
    PolicyNumber {
        path: "policy.calls_max",
        min: 1,
        max: 10,
        get: |policy| policy.calls_max.into(),
        put: |policy, n| policy.calls_max = small(n),
    },
    PolicyNumber {
        path: "policy.recall_after_s",
        min: 0,
        max: 600,
        get: |policy| policy.recall_after_s,
        put: |policy, n| policy.recall_after_s = n,
    },
    PolicyNumber {
        path: "policy.undo_s",
        min: 0,
        max: 600,
        get: |policy| policy.undo_s,
        put: |policy, n| policy.undo_s = n,
    },
    PolicyNumber {
        path: "policy.return_min",
        min: 0,
        max: 240,
        get: |policy| policy.return_min,
        put: |policy, n| policy.return_min = n,
    },
    PolicyNumber {
        path: "policy.urgent.head_start_min",
        min: 0,
        max: DAY_MIN,
        get: |policy| policy.urgent.head_start_min,
        put: |policy, n| policy.urgent.head_start_min = n,
    },
    PolicyNumber {
        path: "policy.urgent.gain",
        min: 1,
        max: 10,
        get: |policy| policy.urgent.gain.into(),
        put: |policy, n| policy.urgent.gain = small(n),
    },
];

/// One opening period of a branch, on one day of the week. A period past midnight continues on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 1 is Monday, 7 is Sunday (ISO 8601).
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 7))]
    pub weekday: u8,
    /// Minutes from midnight, in the branch's time zone.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1439))]
    pub from_min: u16,
    /// The first minute that is no longer open; 1440 is midnight.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440))]
    pub to_min: u16,
}

/// How a priority class counts, compared with normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassRate {
    /// Minutes credited as waited from the start, at most 1440.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1440))]
    pub head_start_min: u16,
    /// Minutes that each minute of waiting counts for, 1 to 10. A minute of a normal ticket counts for 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10))]
    pub gain: u8,
}

impl ClassRate {
    /// The default for urgent: as if the patient had waited for four hours already.
    #[must_use]
    pub const fn urgent() -> Self {
        Self { head_start_min: 240, gain: 1 }
    }
}

/// How a branch runs its queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BranchPolicy {
    /// Whether patients may join from home.
    pub remote_join: bool,
    /// The patient is told to come when fewer than this many are before them, 1 to 20.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 20))]
    pub near: u8,
    /// The most calls of a ticket, 1 to 10.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10))]
    pub calls_max: u8,
    /// The shortest time between two calls in seconds, at most 600.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 600))]
    pub recall_after_s: u16,
    /// How long a step can be undone, in seconds, at most 600.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 600))]
    pub undo_s: u16,
    /// How long a patient may return after a no-show, in minutes, at most 240.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 240))]
    pub return_min: u16,
    /// Has no effect: an emergency is always first. Still read, because earlier versions stored it.
    #[serde(skip_serializing)]
    pub emergency: Option<ClassRate>,
    /// How an urgent ticket counts.
    pub urgent: ClassRate,
    /// When patients may join, by themselves or at a kiosk; if empty, they may always join.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::OpeningHours))]
    pub opening: Vec<Opening>,
    /// Messages that the boards show in turn: health advice, news of the clinic.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::BoardMessages))]
    pub messages: Vec<String>,
}

impl Default for BranchPolicy {
    fn default() -> Self {
        Self {
            remote_join: true,
            near: 3,
            calls_max: 3,
            recall_after_s: 60,
            undo_s: 120,
            return_min: 15,
            emergency: None,
            urgent: ClassRate::urgent(),
            opening: Vec::new(),
            messages: Vec::new(),
        }
    }
}

impl BranchPolicy {
    /// The head start and gain of each priority class.
    #[must_use]
    pub fn rates(&self) -> Rates {
        Rates::of(self.urgent)
    }

    /// The limits on steps.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            calls_max: self.calls_max,
            recall_after_ms: i64::from(self.recall_after_s) * 1_000,
            undo_ms: i64::from(self.undo_s) * 1_000,
            return_ms: i64::from(self.return_min) * 60_000,
        }
    }

    /// Whether patients may join at a minute of a weekday.
    #[must_use]
    pub fn is_open(&self, weekday: u8, minute: u16) -> bool {
        let now = |opening: &Opening| {
            opening.weekday == weekday && (opening.from_min..opening.to_min).contains(&minute)
        };
        self.opening.is_empty() || self.opening.iter().any(now)
    }

    /// Checks every value against its limits.
    ///
    /// # Errors
    /// [`Code::Invalid`] with the name of the first wrong field.
    pub fn check(&self) -> Result<(), Fault> {
        fn wrong(field: &str, why: impl Into<FieldFault>) -> Result<(), Fault> {
            Err(Fault::new(Code::Invalid).field(field, why))
        }
        for number in POLICY_NUMBERS {
            if !(number.min..=number.max).contains(&(number.get)(self)) {
                return wrong(number.path, FieldFault::range(number.min, number.max));
            }
        }
        let fits = |opening: &Opening| {
            (1..=7).contains(&opening.weekday)
                && opening.from_min < opening.to_min
                && opening.to_min <= DAY_MIN
        };
        if self.opening.len() > OPENING_MAX || !self.opening.iter().all(fits) {
            return wrong("policy.opening", FieldCode::Hours);
        }
        let fits = |text: &String| (1..=MESSAGE_MAX_CHARS).contains(&text.trim().chars().count());
        if self.messages.len() > MESSAGES_MAX || !self.messages.iter().all(fits) {
            return wrong("policy.messages", FieldFault::length(1, MESSAGE_MAX_CHARS));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_open_from_its_first_minute_until_its_last() {
        let opening = vec![Opening { weekday: 1, from_min: 480, to_min: 1020 }];
        let policy = BranchPolicy { opening, ..BranchPolicy::default() };
        assert!(policy.is_open(1, 480) && policy.is_open(1, 1019));
        assert!(!policy.is_open(1, 479) && !policy.is_open(1, 1020) && !policy.is_open(2, 600));
        assert!(BranchPolicy::default().is_open(7, 0), "without hours always");
    }

    #[test]
    fn settings_of_an_earlier_version_are_read() {
        let old = r#"{"near":2,"emergency":{"head_start_min":240,"gain":4},"urgent":{"head_start_min":60,"gain":1}}"#;
        let policy: BranchPolicy = serde_json::from_str(old).unwrap();
        assert_eq!((policy.near, policy.urgent.head_start_min), (2, 60));
        assert!(!serde_json::to_string(&policy).unwrap().contains("emergency"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let policy = BranchPolicy::default();
        assert!(policy.check().is_ok());
        let backwards = vec![Opening { weekday: 1, from_min: 600, to_min: 600 }];
        for (field, policy) in [
            ("policy.near", BranchPolicy { near: 0, ..policy.clone() }),
            ("policy.calls_max", BranchPolicy { calls_max: 0, ..policy.clone() }),
            ("policy.undo_s", BranchPolicy { undo_s: 601, ..policy.clone() }),
            ("policy.return_min", BranchPolicy { return_min: 241, ..policy.clone() }),
            (
                "policy.urgent.gain",
                BranchPolicy { urgent: ClassRate { head_start_min: 0, gain: 0 }, ..policy.clone() },
            ),
            (
                "policy.urgent.head_start_min",
                BranchPolicy { urgent: ClassRate { head_start_min: 1_441, gain: 1 }, ..policy.clone() },
            ),
            ("policy.opening", BranchPolicy { opening: backwards, ..policy.clone() }),
            ("policy.messages", BranchPolicy { messages: vec![" ".to_owned()], ..policy }),
        ] {
            assert!(policy.check().unwrap_err().fields.contains_key(field), "{field}");
        }
    }
}
