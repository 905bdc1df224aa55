//! The doctor face.

fn main() {
    medlane_ui::doctor::start();
}
