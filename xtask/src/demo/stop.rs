//! Ends the server together with the demo. Otherwise the server would keep its port and database.

use std::process::{Child, Command};

use crate::run::Failed;

#[cfg(unix)]
pub use unix::{Stop, end};
#[cfg(not(unix))]
pub use without_signals::{Stop, end};

#[cfg(unix)]
mod unix {
    use std::{
        io,
        sync::{Arc, Mutex, PoisonError},
        thread,
    };

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    use super::{Child, Command, Failed};

    /// Passes a termination signal on to the child process.
    pub struct Stop(Arc<Mutex<State>>);

    #[derive(Default)]
    struct State {
        /// The process that was started last.
        child: Option<u32>,
        /// Whether a signal came. No more processes are started after it.
        asked: bool,
    }

    impl Stop {
        /// Starts to listen for termination signals.
        ///
        /// # Errors
        /// When the system does not deliver signals.
        pub fn new() -> Result<Self, Failed> {
            let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
            let state = Arc::new(Mutex::new(State::default()));
            let heard = state.clone();
            thread::spawn(move || {
                for _ in &mut signals {
                    let mut state = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    state.asked = true;
                    if let Some(child) = state.child
                        && let Err(error) = terminate(child)
                    {
                        eprintln!("xtask: kill: {error}");
                    }
                }
            });
            Ok(Self(state))
        }

        /// Starts a process that ends with this one.
        ///
        /// # Errors
        /// When it cannot be started, or after a termination signal.
        pub fn spawn(&self, command: &mut Command) -> Result<Child, Failed> {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.asked {
                return Err("asked to end".into());
            }
            let child = command.spawn()?;
            state.child = Some(child.id());
            Ok(child)
        }
    }

    /// Asks a process to end gently.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn end(child: &mut Child) -> Result<(), Failed> {
        Ok(terminate(child.id())?)
    }

    fn terminate(process: u32) -> io::Result<()> {
        Command::new("kill").args(["-TERM", &process.to_string()]).status().map(drop)
    }

    #[cfg(test)]
    mod tests {
        use std::{os::unix::process::ExitStatusExt as _, process::Stdio};

        use super::*;

        #[test]
        fn what_was_started_ends_with_it_and_nothing_more_is_started() {
            let stop = Stop::new().unwrap();
            // `cat` runs until its input ends.
            let mut lasting = Command::new("cat");
            lasting.stdin(Stdio::piped());
            let mut child = stop.spawn(&mut lasting).unwrap();
            let input = child.stdin.take();
            terminate(std::process::id()).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(SIGTERM));
            drop(input);
            assert!(stop.spawn(&mut lasting).is_err());
        }
    }
}

#[cfg(not(unix))]
mod without_signals {
    use super::{Child, Command, Failed};

    /// On Windows, Ctrl-C in a console reaches every process started from it.
    pub struct Stop;

    impl Stop {
        /// Nothing to listen for.
        ///
        /// # Errors
        /// None.
        pub fn new() -> Result<Self, Failed> {
            Ok(Self)
        }

        /// Starts a process.
        ///
        /// # Errors
        /// When it cannot be started.
        pub fn spawn(&self, command: &mut Command) -> Result<Child, Failed> {
            Ok(command.spawn()?)
        }
    }

    /// Ends a process.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn end(child: &mut Child) -> Result<(), Failed> {
        Ok(child.kill()?)
    }
}
