//! Late answers. A screen may begin for the next patient, or ask about another branch, while an answer is on its way.

use std::{cell::Cell, rc::Rc};

use yew::prelude::*;

/// Counts the rounds of a screen. An answer counts only in the round that it was asked in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rounds(Rc<Cell<u32>>);

impl Rounds {
    /// Begins a round. Answers that were asked for before are late from now on.
    #[expect(clippy::must_use_candidate, reason = "also called to make answers late")]
    pub fn begin(&self) -> Round {
        self.0.set(self.0.get().wrapping_add(1));
        self.present()
    }

    /// The present round.
    #[must_use]
    pub fn present(&self) -> Round {
        Round { all: self.clone(), number: self.0.get() }
    }
}

/// The round that something was asked in.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    all: Rounds,
    number: u32,
}

impl Round {
    /// Whether a later round has begun, so that an answer is late.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.all.0.get() != self.number
    }
}

/// The rounds of a component.
#[hook]
pub fn use_rounds() -> Rounds {
    (*use_memo((), |()| Rounds::default())).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_late_once_a_new_round_has_begun() {
        let rounds = Rounds::default();
        let (first, same) = (rounds.present(), rounds.present());
        assert!(!first.is_over() && !same.is_over());
        let second = rounds.begin();
        assert!(first.is_over() && same.is_over() && !second.is_over());
        let third = rounds.clone().begin();
        assert!(second.is_over(), "copies count together");
        assert!(first.is_over() && !third.is_over());
    }
}
