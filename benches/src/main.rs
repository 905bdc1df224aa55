//! `cargo xtask bench`: what the server costs, each figure beside a floor measured in the same run.

mod boards;
mod growth;
mod line;
mod postgres;
mod queue;
mod serve;
mod signins;
mod under_test;
mod waits;

use std::{error::Error, path::Path, process::ExitCode};

use mimalloc::MiMalloc;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What went wrong, in words.
type Failed = Box<dyn Error + Send + Sync>;

/// A figure, its floor, and the goal for their ratio.
fn say(what: &str, ratio: f64, goal: &str, holds: bool) {
    println!("{} {what}: {ratio:.2} (goal {goal})", if holds { "ok  " } else { "FAIL" });
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["serve", folder, url] => serve::serve(Path::new(folder), url).await,
        ["queue"] => queue::run().await,
        ["postgres"] => postgres::run().await,
        ["boards"] => boards::run().await,
        ["growth"] => growth::run().await,
        ["signins"] => signins::run().await,
        ["waits"] => waits::run(),
        [] => all().await,
        _ => Err("usage: medlane-bench [queue | postgres | boards | growth | signins | waits]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{failed}");
            ExitCode::FAILURE
        }
    }
}

async fn all() -> Result<(), Failed> {
    queue::run().await?;
    postgres::run().await?;
    boards::run().await?;
    growth::run().await?;
    signins::run().await?;
    waits::run()
}
