//! The kiosk face.

fn main() {
    medlane_ui::kiosk::start();
}
