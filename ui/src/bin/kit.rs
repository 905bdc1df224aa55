//! The page of all components.

fn main() {
    medlane_ui::gallery::start();
}
