//! The console's other half: people, devices, the audit log.

fn main() {
    medlane_ui::manage::start();
}
