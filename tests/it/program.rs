//! The server's real program.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

/// The server's program, without arguments.
pub fn command() -> Command {
    let apps = std::env::var("MEDLANE_TEST_APPS").expect("no programs were built: run `cargo xtask test`");
    Command::new(format!("{apps}/medlane-server"))
}

/// The server's own program, at one address whenever it runs.
pub struct Program {
    child: Child,
    listen: String,
    url: String,
    key: String,
}

impl Program {
    pub fn start(listen: String, url: String, key: String) -> Self {
        Self::start_logging(listen, url, key, "error", Stdio::inherit())
    }

    /// Starts it with a separate log.
    pub fn start_logging(listen: String, url: String, key: String, filter: &str, log: Stdio) -> Self {
        let mut child = command()
            .arg("serve")
            .env("MEDLANE_HTTP__LISTEN", &listen)
            .env("MEDLANE_DATABASE__URL", &url)
            .env("MEDLANE_KEYS__FILE", &key)
            .env("MEDLANE_LOG__FILTER", filter)
            .env("MEDLANE_OUTBOX__SHOW", "true")
            .env("MEDLANE_LIMITS__ANONYMOUS", "0")
            .env("MEDLANE_LIMITS__SIGNED_IN_A_MINUTE", "0")
            .env("MEDLANE_IDENTITY__MFA_ROLES", "")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        assert!(said.lines().map_while(Result::ok).any(|line| line.starts_with("ready ")));
        Self { child, listen, url, key }
    }

    /// Sends SIGTERM. Returns how the program ended.
    #[cfg(unix)]
    pub fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// `kill -9`, and a start.
    pub fn kill(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (listen, url, key) = (self.listen.clone(), self.url.clone(), self.key.clone());
        Self::start(listen, url, key)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already if it was killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
