//! `cargo xtask bench`: the cost of the server. Each figure stands beside a floor that is measured in the same run.

mod boards;
mod growth;
mod line;
mod picture;
mod postgres;
mod queue;
mod search;
mod serve;
mod signins;
mod under_test;
mod waits;

use std::{
    error::Error,
    path::Path,
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use mimalloc::MiMalloc;

/// The server uses the same allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A failure, as text.
type Failed = Box<dyn Error + Send + Sync>;

/// The missed goals.
static MISSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints a ratio and its goal.
fn say(what: &str, ratio: f64, goal: &str, holds: bool) {
    println!("{} {what}: {ratio:.2} (goal {goal})", if holds { "ok  " } else { "FAIL" });
    if !holds {
        MISSED.lock().unwrap_or_else(PoisonError::into_inner).push(what.to_owned());
    }
}

/// The overall result. A missed goal is a failure too, but is reported only after all measurements.
fn ended(done: Result<(), Failed>) -> Result<(), Failed> {
    let missed = MISSED.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
    match done {
        Ok(()) if missed.is_empty() => Ok(()),
        Ok(()) => Err(format!("missed: {missed}").into()),
        Err(failed) if missed.is_empty() => Err(failed),
        Err(failed) => Err(format!("{failed}\nmissed: {missed}").into()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["serve", folder, url] => serve::serve(Path::new(folder), url).await,
        ["queue"] => queue::run().await,
        ["mixed"] => queue::run_mixed().await,
        ["postgres"] => postgres::run().await,
        ["boards"] => boards::run().await,
        ["growth"] => growth::run().await,
        ["search"] => search::run().await,
        ["signins"] => signins::run().await,
        ["waits"] => waits::run(),
        ["picture"] => picture::run(),
        [] => all().await,
        _ => Err(
            "usage: medlane-bench [queue | mixed | postgres | boards | growth | search | signins | waits | picture]"
                .into(),
        ),
    };
    match ended(done) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{failed}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all benchmarks, also after one that failed to measure.
async fn all() -> Result<(), Failed> {
    let done = [
        queue::run().await,
        queue::run_mixed().await,
        postgres::run().await,
        boards::run().await,
        growth::run().await,
        search::run().await,
        signins::run().await,
        waits::run(),
        picture::run(),
    ];
    let failed: Vec<String> = done.into_iter().filter_map(|one| Some(one.err()?.to_string())).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_is_missed_is_a_failure() {
        say("join+call over the floor", 0.6, "≥ 0.50", true);
        assert!(ended(Ok(())).is_ok());
        say("KiB a connection", 9.0, "≤ 8", false);
        say("burst", 0.05, "≤ 0.10", true);
        assert_eq!(ended(Ok(())).unwrap_err().to_string(), "missed: KiB a connection");
        assert_eq!(
            ended(Err("no pgbench".into())).unwrap_err().to_string(),
            "no pgbench\nmissed: KiB a connection"
        );
    }
}
