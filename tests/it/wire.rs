//! The interface as clients know it: every call, type and field. A change here is a change for them.

#[test]
fn the_interface_is_as_it_was() {
    insta::assert_json_snapshot!(medlane_server::http::document());
}
