//! A form whose record another person has changed meanwhile.

/// What was typed where it differs from the value that the form began with, otherwise the present value.
pub fn retyped<T: PartialEq>(typed: T, before: &T, now: T) -> T {
    if typed == *before { now } else { typed }
}
