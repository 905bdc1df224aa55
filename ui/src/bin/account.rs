//! The page of the person's account.

fn main() {
    medlane_ui::account::start();
}
