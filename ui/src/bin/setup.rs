//! A part of the console: the clinic's settings, the accuracy of waiting times, the audit log.

fn main() {
    medlane_ui::setup::start();
}
