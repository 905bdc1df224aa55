//! Everything about one's account.

fn main() {
    medlane_ui::account::start();
}
