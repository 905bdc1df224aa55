//! A part of the console: how the clinic is set up, and how good its waiting times were.

fn main() {
    medlane_ui::setup::start();
}
