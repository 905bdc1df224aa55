//! The tests are in `it/`: one binary.
