//! The console's other part: people, patients, devices.

fn main() {
    medlane_ui::manage::start();
}
