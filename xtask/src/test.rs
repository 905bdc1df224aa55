//! `cargo xtask test`: everything that has to hold, in one command.

use crate::{
    install,
    postgres::Server,
    run::{Failed, cargo, run, step},
    web,
};

/// Runs all tests, or those that fit a filter.
pub fn test(filter: &[String]) -> Result<(), Failed> {
    install::install(install::TEST)?;
    install::wasm_target()?;
    install::nextest()?;
    if filter.is_empty() {
        step("format and lints");
        run(cargo().args(["fmt", "--all", "--check"]))?;
        run(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
        let browser = ["-p", "medlane-shared", "-p", "medlane-ui", "--target", "wasm32-unknown-unknown"];
        run(cargo().args(["clippy", "--quiet"]).args(browser).args(["--", "-D", "warnings"]))?;
    }
    step("the faces");
    let faces = web::build()?;
    step("PostgreSQL");
    let postgres = Server::start()?;
    step("tests");
    let mut nextest = cargo();
    nextest.args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(filter);
    nextest.env("MEDLANE_TEST_POSTGRES", &postgres.url).env("MEDLANE_TEST_FACES", &faces);
    run(&mut nextest)
}
