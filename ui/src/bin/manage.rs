//! The console's other part: people, devices, the audit log.

fn main() {
    medlane_ui::manage::start();
}
