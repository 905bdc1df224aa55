//! The admin face.

fn main() {
    medlane_ui::admin::start();
}
