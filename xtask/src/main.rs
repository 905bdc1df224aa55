//! `cargo xtask demo | test | contract | web | bench | package`. Each command installs what it needs and prints its steps.

mod bench;
mod contract;
mod demo;
mod install;
mod package;
mod postgres;
mod run;
mod test;
mod web;
mod windows;
mod words;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo  [--no-desktop] [--port N] [--data-dir DIR] [--database-url URL] [--reset] [--release]
                  builds and starts the whole system with a lifelike demo clinic
cargo xtask test  [FILTER]   installs and starts what the tests need, and runs them all
cargo xtask contract [ROLE]  tests the interface against its description as each role, by a public tester
cargo xtask bench [NAME]     measures what the server costs, each figure beside a floor of the same run
cargo xtask web              builds the front end into dist/web
cargo xtask package          builds Debian packages of the server, the apps and the kiosk into dist/packages
cargo xtask package windows  builds installers of the apps and the kiosk for Windows there";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) =
        arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let done = match command {
        "bench" => bench::bench(rest),
        "contract" => contract::contract(rest),
        "demo" => demo::demo(rest),
        "package" if rest == ["windows"] => windows::package(),
        "package" => package::package(),
        "test" => test::test(rest),
        "web" => web::build().map(drop),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("xtask: {failed}");
            ExitCode::FAILURE
        }
    }
}
