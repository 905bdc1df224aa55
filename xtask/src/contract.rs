//! `cargo xtask contract`: checks that the server does what its OpenAPI description says. Schemathesis, a public
//! tester, makes every call as each role, with input that the description allows and input that it forbids.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use serde_json::Value;

use crate::{
    install,
    run::{Failed, cargo, output, program, root, run, shown, step, target},
};

/// The tester, a Python package.
const TESTER: &str = "schemathesis";
const VERSION: &str = "4.32.0";
/// The roles to test: the groups of the demo's sign-ins, and a caller without a session.
const ROLES: [&str; 5] = ["admins", "doctors", "reception", "patients", NOBODY];
const NOBODY: &str = "nobody";
/// The most requests of each call and phase.
const EXAMPLES: &str = "20";
/// The seed: every run makes the same requests.
const SEED: &str = "1";
/// How many roles are tested at the same time, each with a server and a clinic of its own.
const AT_ONCE: usize = 2;

/// Settings that raise the limits which so many requests from one address would reach.
const RAISED: [(&str, &str); 8] = [
    ("MEDLANE_LIMITS__TRIES", "1000000"),
    ("MEDLANE_LIMITS__FAILURES", "1000000"),
    ("MEDLANE_LIMITS__ANONYMOUS", "0"),
    ("MEDLANE_LIMITS__SIGNED_IN_A_MINUTE", "0"),
    ("MEDLANE_LIMITS__JOINS_AN_HOUR", "0"),
    ("MEDLANE_LIMITS__DEPENDANTS_A_DAY", "0"),
    ("MEDLANE_LIMITS__PICTURES_AN_HOUR", "0"),
    ("MEDLANE_IDENTITY__MFA_ROLES", ""),
];

/// Tests the API as all roles, or as the named ones.
pub fn contract(named: &[String]) -> Result<(), Failed> {
    if let Some(unknown) = named.iter().find(|role| !ROLES.contains(&role.as_str())) {
        return Err(format!("{unknown} is none of {}", ROLES.join(", ")).into());
    }
    install::install(&[install::BUILD, install::PYTHON])?;
    let tester = tester()?;
    step("the server");
    run(cargo().args(["build", "--workspace", "--bin", "medlane-server"]))?;
    let roles = ROLES.into_iter().filter(|role| named.is_empty() || named.iter().any(|name| name == role));
    let left = Mutex::new(roles.rev().collect::<Vec<_>>());
    let found = Mutex::new(0);
    let broken = Mutex::new(Vec::new());
    step("the interface, as each role");
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(role) = hold(&left).pop() {
                    match Run::new(role).and_then(|run| run.test(&tester)) {
                        Ok(findings) => *hold(&found) += findings,
                        Err(failed) => hold(&broken).push(format!("{role}: {failed}")),
                    }
                }
            });
        }
    });
    let (found, broken) = (*hold(&found), hold(&broken).join("; "));
    if !broken.is_empty() {
        return Err(broken.into());
    }
    if found == 0 { Ok(()) } else { Err(format!("{found} findings: see {}", folder().display()).into()) }
}

fn hold<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder in which the tester is installed, and each run leaves its findings.
fn folder() -> PathBuf {
    target().join("contract")
}

/// Returns the tester, and installs it if necessary.
fn tester() -> Result<PathBuf, Failed> {
    let tester = folder().join("bin").join(TESTER);
    let installed = || output(program(&tester).arg("--version")).is_ok_and(|said| said.ends_with(VERSION));
    if !tester.exists() || !installed() {
        step(&format!("installing {TESTER} {VERSION}"));
        run(program("python3").args(["-m", "venv"]).arg(folder()))?;
        let mut pip = program(folder().join("bin/pip"));
        run(pip.args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            &format!("{TESTER}=={VERSION}"),
        ]))?;
    }
    Ok(tester)
}

/// One role's run: a demo clinic in a folder of its own, and its server.
struct Run {
    role: &'static str,
    data: PathBuf,
    server: Option<Child>,
}

impl Drop for Run {
    fn drop(&mut self) {
        // The server may have ended by itself; its clinic is only for this run.
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.data);
    }
}

impl Run {
    fn new(role: &'static str) -> Result<Self, Failed> {
        let data = std::env::temp_dir().join(format!("medlane-contract-{}-{role}", std::process::id()));
        fs::create_dir_all(&data)?;
        Ok(Self { role, data, server: None })
    }

    fn command(&self) -> Command {
        let mut command = program(target().join("debug/medlane-server"));
        let database = format!("sqlite:{}", self.data.join("medlane.db").display());
        command.env("MEDLANE_DATABASE__URL", database);
        command.env("MEDLANE_KEYS__FILE", self.data.join("medlane.key"));
        // A free port, and no message leaves the server.
        command.env("MEDLANE_HTTP__LISTEN", "127.0.0.1:0").env("MEDLANE_OUTBOX__SHOW", "true");
        command.env("MEDLANE_HTTP__DOCS", "true").env("MEDLANE_LOG__FILTER", "error");
        command.envs(RAISED);
        command
    }

    /// Starts the server, and returns its address.
    fn start(&mut self) -> Result<String, Failed> {
        let mut command = self.command();
        let mut server = command.arg("serve").stdout(Stdio::piped()).spawn()?;
        let said = server.stdout.take();
        self.server = Some(server);
        let lines = BufReader::new(said.ok_or("the server says nothing")?).lines();
        let ready =
            lines.map_while(Result::ok).find_map(|line| line.strip_prefix("ready ").map(str::to_owned));
        ready.ok_or_else(|| format!("{}: it did not start", shown(&command)).into())
    }

    /// Tests as this role. Prints the findings, and returns how many there are.
    fn test(mut self, tester: &Path) -> Result<u64, Failed> {
        let accounts = self.data.join("accounts.json");
        let filled = self.command().args(["demo-data", "--accounts"]).arg(&accounts).output()?;
        if !filled.status.success() {
            return Err(String::from_utf8_lossy(&filled.stderr).into_owned().into());
        }
        let accounts: Value = serde_json::from_slice(&fs::read(&accounts)?)?;
        let address = self.start()?;
        let files = root().join("xtask/contract");
        let (log, report) =
            (folder().join(format!("{}.log", self.role)), folder().join(format!("{}.json", self.role)));
        let mut command = Command::new(tester);
        // The tester writes its own files into its working directory.
        command.current_dir(&self.data).stdin(Stdio::null());
        command.arg("--config-file").arg(files.join("schemathesis.toml"));
        command.args(["run", &format!("{address}/api-docs/openapi.json"), "--no-color"]);
        command.args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]);
        command.args(["--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none"]);
        command.args(["--report", "json", "--report-json-path"]).arg(&report);
        command.env("PYTHONPATH", &files).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("MEDLANE_CONTRACT_SERVER", &address);
        if self.role != NOBODY {
            command.env("MEDLANE_CONTRACT_ACCOUNT", account_of(&accounts, self.role)?);
        }
        let said = fs::File::create(&log)?;
        let ended = command.stdout(said.try_clone()?).stderr(said).status()?;
        let report: Value = serde_json::from_slice(&fs::read(&report).map_err(|_| shown(&command))?)?;
        let (made, found) = counted(&report).map_err(|failed| format!("{failed}: see {}", log.display()))?;
        println!("{:<10} {made:>6} requests  {found:>3} findings", self.role);
        for finding in report["failures"].as_array().into_iter().flatten() {
            println!("           {:>3} {}", finding["count"], finding["title"].as_str().unwrap_or_default());
        }
        let whole = report["complete"].as_bool().unwrap_or_default();
        if !whole || (!ended.success() && found == 0) {
            return Err(format!("the tester did not come to its end: see {}", log.display()).into());
        }
        Ok(found)
    }
}

/// The account that a role signs in with, as JSON. Without one the role would be tested as nobody.
fn account_of(accounts: &Value, role: &str) -> Result<String, Failed> {
    let account = &accounts[role][0];
    match (&account["email"], &account["password"]) {
        (Value::String(_), Value::String(_)) => Ok(account.to_string()),
        _ => Err(format!("the demo clinic has no account of the group {role}").into()),
    }
}

/// How many requests a report tells of, and how many findings. A run without a request has tested nothing.
fn counted(report: &Value) -> Result<(u64, u64), Failed> {
    let count = |of: &str| report["test_cases"][of].as_u64().unwrap_or_default();
    let errors = report["errors"].as_array().map_or(0, Vec::len);
    let made = count("generated");
    if made == 0 {
        return Err("the tester made no request".into());
    }
    Ok((made, count("unique_failures") + u64::try_from(errors)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_without_an_account_is_an_error() {
        let accounts =
            json!({ "admins": [{ "email": "a@x.example", "password": "p" }], "doctors": [], "staff": [{}] });
        assert!(account_of(&accounts, "admins").unwrap().contains("a@x.example"));
        for role in ["doctors", "reception", "staff"] {
            assert!(account_of(&accounts, role).is_err(), "{role}");
        }
    }

    #[test]
    fn a_run_without_a_request_is_an_error() {
        let report =
            |made: u64| json!({ "test_cases": { "generated": made, "unique_failures": 1 }, "errors": [{}] });
        assert_eq!(counted(&report(7)).unwrap(), (7, 2));
        assert!(counted(&report(0)).is_err() && counted(&json!({})).is_err());
    }
}
