//! The protocol's tests.

mod both_ends;
mod frames;
