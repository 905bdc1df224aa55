//! `cargo xtask bench`: figures beside their floors.

use crate::{
    install,
    run::{Failed, cargo, run, step},
};

/// Runs all benchmarks, or the one named.
pub fn bench(names: &[String]) -> Result<(), Failed> {
    install::install(&[install::BUILD])?;
    step("the benchmarks");
    run(cargo().args(["run", "--release", "-p", "medlane-bench", "--"]).args(names))
}
