//! The doctor workstation.

// No console window beside the app's window.
#![windows_subsystem = "windows"]

use std::process::ExitCode;

use medlane_desktop::shell;
use medlane_shared::identity::Face;

fn main() -> ExitCode {
    shell::run(Face::Doctor, tauri::generate_context!("workstation/tauri.conf.json"))
}
