//! A part of the console: the clinic's settings, and the accuracy of waiting times.

fn main() {
    medlane_ui::setup::start();
}
