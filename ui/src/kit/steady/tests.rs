use super::*;

fn keys(text: &str) -> Vec<AttrValue> {
    text.split(' ').filter(|key| !key.is_empty()).map(|key| key.to_owned().into()).collect()
}

fn next(order: &mut Order, live: &str, held: bool, now: f64) -> String {
    order.next(&keys(live), &[], held, now).join(" ")
}

#[test]
fn an_emergency_comes_first_whatever_is_held_and_is_guarded() {
    let mut order = Order::default();
    next(&mut order, "a b", false, 0.0);
    let live = keys("e a b");
    assert_eq!(order.next(&live, &keys("e"), true, 1_000.0).join(" "), "e a b");
    assert!(order.is_fresh("a", 1_100.0), "what moved under the hand asks");
    // A new row is held like every other one. A row that becomes an emergency comes first too.
    assert_eq!(order.next(&keys("a e b"), &keys("e"), true, 3_000.0).join(" "), "e a b");
    assert_eq!(order.next(&keys("b e a"), &keys("b e"), true, 4_000.0).join(" "), "b e a");
}

#[test]
fn a_row_that_should_not_wait_is_told_when_it_is_first_out_of_sight() {
    let [urgent, calm] = ["u", "a"].map(AttrValue::from);
    let unseen = |first: Option<&AttrValue>, shown, above| ahead::is_unseen(first, shown, above);
    assert!(unseen(Some(&urgent), Some(&calm), false), "the list is held");
    assert!(!unseen(Some(&urgent), Some(&urgent), false), "it is in sight");
    assert!(unseen(Some(&urgent), Some(&urgent), true), "it is above what is in sight");
    assert!(!unseen(None, Some(&calm), true), "nobody who should not wait is first");
}

#[test]
fn a_hand_that_rests_holds_a_list_for_ten_seconds() {
    assert!(is_touched(1_000.0, 10_999.0) && !is_touched(1_000.0, 11_000.0));
    assert_eq!([wait_ms(-5.0), wait_ms(2_500.0)], [1, 2_500]);
}

#[test]
fn no_row_moves_while_the_list_is_held_and_all_do_once_it_is_let_go() {
    let mut order = Order::default();
    assert_eq!(next(&mut order, "a b c", false, 0.0), "a b c");
    assert_eq!(next(&mut order, "c a d", true, 10.0), "a b c d", "the one that left keeps its place");
    assert_eq!(next(&mut order, "d", true, 20.0), "a b c d");
    assert_eq!(next(&mut order, "d c", false, 30.0), "d c");
    assert_eq!(next(&mut order, "x d c", false, 40.0), "x d c");
}

#[test]
fn a_press_soon_after_its_row_moved_asks() {
    let mut order = Order::default();
    next(&mut order, "a b c", false, 0.0);
    assert!(!order.is_fresh("a", 1.0), "what is there from the beginning has not moved");
    next(&mut order, "x a b c", false, 1_000.0);
    for key in ["x", "a", "b", "c"] {
        assert!(order.is_fresh(key, 1_499.0) && !order.is_fresh(key, 1_500.0), "{key}");
    }
    next(&mut order, "x a c b", false, 3_000.0);
    assert_eq!(["x", "a", "c", "b"].map(|key| order.is_fresh(key, 3_100.0)), [false, false, true, true]);
    // Rendered again without a change, the row has not moved again.
    next(&mut order, "x a c b", false, 3_400.0);
    assert!(order.is_fresh("b", 3_499.0) && !order.is_fresh("b", 3_501.0));
    next(&mut order, "a x c b", false, 4_000.0);
    order.allow();
    assert!(!order.is_fresh("a", 4_001.0), "what was asked about is not asked about again");
}

#[test]
fn what_somebody_pressed_themselves_shows_at_once_and_is_guarded() {
    let mut order = Order::default();
    next(&mut order, "a b c", false, 0.0);
    order.press(100.0);
    assert_eq!(next(&mut order, "b c a", true, 400.0), "b c a");
    assert!(order.is_fresh("b", 500.0), "a second press on what came to stand there asks");
    assert_eq!(next(&mut order, "c a b", true, 2_200.0), "b c a", "then it holds again");
}
