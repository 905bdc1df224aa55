//! The companion face.

fn main() {
    medlane_ui::companion::start();
}
