//! The interface as clients know it: every call, every type, every field. What changes here changes for them.

#[test]
fn the_interface_is_as_it_was() {
    insta::assert_json_snapshot!(medlane_server::http::document());
}
