//! Tests of the sync protocol.

mod both_ends;
mod frames;
