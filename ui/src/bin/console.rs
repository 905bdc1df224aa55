//! The console.

fn main() {
    medlane_ui::console::start();
}
