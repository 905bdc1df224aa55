//! `cargo xtask bench`: measures the server, each figure beside a floor.

use crate::{
    install,
    postgres::{self, Server},
    run::{Failed, cargo, run, step},
};

/// Runs all benchmarks, or the named ones.
pub fn bench(names: &[String]) -> Result<(), Failed> {
    install::install(&[install::BUILD, install::POSTGRES])?;
    step("PostgreSQL");
    let postgres = Server::start()?;
    let pgbench = postgres::folder().ok_or("PostgreSQL is not installed")?.join("pgbench");
    step("the benchmarks");
    let mut bench = cargo();
    bench.args(["run", "--release", "-p", "medlane-bench", "--"]).args(names);
    bench.env("MEDLANE_BENCH_POSTGRES", &postgres.url).env("MEDLANE_BENCH_PGBENCH", pgbench);
    run(&mut bench)
}
