//! `cargo xtask test`: every check, in one command.

use crate::{
    install, package,
    postgres::Server,
    run::{Failed, cargo, run, step, target},
    web,
};

/// Runs all tests, or those that match a filter.
pub fn test(filter: &[String]) -> Result<(), Failed> {
    install::install(&[
        install::BUILD,
        install::DESKTOP,
        install::POSTGRES,
        install::TEST,
        install::PACKAGE,
        install::NSIS,
    ])?;
    install::rust_target("wasm32-unknown-unknown")?;
    install::nextest()?;
    // The desktop apps embed the faces, so they do not compile without them.
    step("the faces");
    let faces = web::build()?;
    if filter.is_empty() {
        step("format and lints");
        run(cargo().args(["fmt", "--all", "--check"]))?;
        run(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
        let browser = ["-p", "medlane-shared", "-p", "medlane-ui", "--target", "wasm32-unknown-unknown"];
        run(cargo().args(["clippy", "--quiet"]).args(browser).args(["--", "-D", "warnings"]))?;
    }
    // Builds everything that the tests link and start in one go with the same features, so that each dependency is
    // built once.
    step("the programs and their tests");
    run(cargo().args(["build", "--workspace", "--all-targets"]))?;
    if filter.is_empty() {
        // nextest leaves out the examples in the documentation. Some of them must not compile.
        step("the examples in the documentation");
        run(cargo().args(["test", "--doc", "--workspace", "--quiet"]))?;
    }
    step("the packages");
    let packages = target().join("debug/packages");
    let apps = package::unpack(&package::pack(&target().join("debug"), &packages, "none")?, &packages)?;
    step("PostgreSQL");
    let postgres = Server::start()?;
    step("tests");
    let mut nextest = cargo();
    nextest.args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(filter);
    nextest.env("MEDLANE_TEST_POSTGRES", &postgres.url);
    nextest.env("MEDLANE_TEST_FACES", &faces).env("MEDLANE_TEST_APPS", apps);
    nextest.env("MEDLANE_TEST_PACKAGES", packages);
    run(&mut nextest)
}
