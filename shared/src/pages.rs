//! The addresses of the apps' pages in a browser. The server answers every other address with 404 and a page that says so.

/// The companion's first page.
pub const COMPANION: &str = "/";
/// The prefix of a ticket's link. The rest of the path is the link's secret.
pub const TICKET: &str = "/t/";
/// The pages of a person's account.
pub const ACCOUNT: [&str; 4] = ["/account", "/register", "/forgot", "/invited"];
/// The pages that search engines may show. Everybody may read them, and they show nobody's data.
pub const PUBLIC: [&str; 2] = [COMPANION, ACCOUNT[1]];
/// The doctor's workstation.
pub const WORKSTATION: &str = "/doctor";
/// The pages of the console, its first page first.
pub const CONSOLE: [&str; 10] = [
    "/console",
    "/console/activity",
    "/console/audit",
    "/console/devices",
    "/console/duplicates",
    "/console/messages",
    "/console/patients",
    "/console/people",
    "/console/settings",
    "/console/waiting-times",
];
/// Addresses that the console had before, and the page that replaces each. A browser keeps the part after `#`, which named the
/// tab.
pub const CONSOLE_BEFORE: [(&str, &str); 3] =
    [("/admin", "/console"), ("/manage", "/console/patients"), ("/setup", "/console/waiting-times")];
/// The kiosk, and the board of the waiting room.
pub const KIOSK: [&str; 2] = ["/kiosk", "/board"];

/// A path without the slash at its end; `/` stays.
#[must_use]
pub fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// The first page of the app that an address seems to belong to.
#[must_use]
pub fn start_of(path: &str) -> &'static str {
    let starts = [WORKSTATION, CONSOLE[0], KIOSK[0], KIOSK[1]];
    let is_below = |start: &&str| path.strip_prefix(*start).is_some_and(|rest| rest.starts_with('/'));
    starts.into_iter().find(is_below).unwrap_or(COMPANION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_address_leads_to_the_app_that_it_seems_to_belong_to() {
        let starts = ["/console/nothing", "/doctor/7", "/boards", "/nothing", "/kiosk/"].map(start_of);
        assert_eq!(starts, ["/console", "/doctor", "/", "/", "/kiosk"]);
        assert_eq!(["/", "//", "/console/", "/t/x"].map(trimmed), ["/", "/", "/console", "/t/x"]);
    }

    #[test]
    fn earlier_addresses_lead_to_pages_that_exist() {
        for (_, page) in CONSOLE_BEFORE {
            assert!(CONSOLE.contains(&page), "{page}");
        }
    }
}
