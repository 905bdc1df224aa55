//! The tabs of the console, their pages, and which of them a role has.

use medlane_shared::access::Role;
use yew::prelude::*;

use crate::i18n::Words;

/// A tab of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The queue of a branch.
    Queue,
    /// The live activity.
    Activity,
    /// The clinic's people.
    People,
    /// Patients and their contacts.
    Patients,
    /// Patients with two records.
    Duplicates,
    /// Workstations, consoles, kiosks, boards.
    Devices,
    /// The delivery state of messages.
    Messages,
    /// Branches, services and the doctors who give them.
    Settings,
    /// The accuracy of waiting times.
    Estimates,
    /// The audit log.
    Audit,
}

impl Tab {
    const ALL: [Self; 10] = [
        Self::Queue,
        Self::Activity,
        Self::People,
        Self::Patients,
        Self::Duplicates,
        Self::Devices,
        Self::Messages,
        Self::Settings,
        Self::Estimates,
        Self::Audit,
    ];

    /// The key of its name, the id of its button, and the name in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Queue => "tab-queue",
            Self::Activity => "tab-activity",
            Self::People => "tab-people",
            Self::Patients => "tab-patients",
            Self::Duplicates => "tab-duplicates",
            Self::Devices => "tab-devices",
            Self::Messages => "tab-messages",
            Self::Settings => "tab-settings",
            Self::Estimates => "tab-estimates",
            Self::Audit => "tab-audit",
        }
    }

    /// Whether the tab is for this role.
    const fn serves(self, role: Role) -> bool {
        match self {
            Self::Queue | Self::Patients | Self::Duplicates => true,
            Self::People | Self::Devices | Self::Estimates => matches!(role, Role::Admin | Role::Manager),
            Self::Activity | Self::Messages | Self::Settings | Self::Audit => matches!(role, Role::Admin),
        }
    }

    /// The page that holds the tab.
    const fn part(self) -> Part {
        match self {
            Self::Queue | Self::Activity => Part::Console,
            Self::People | Self::Patients | Self::Duplicates | Self::Devices => Part::Manage,
            Self::Messages | Self::Settings | Self::Estimates | Self::Audit => Part::SetUp,
        }
    }
}

/// A page of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The queue and the live activity.
    Console,
    /// People, patients, devices.
    Manage,
    /// The clinic's settings, and the audit log.
    SetUp,
}

impl Part {
    /// The address of the page.
    fn path(self) -> &'static str {
        match self {
            // In a desktop app's window the console is at the root.
            Self::Console if crate::backend::is_window() => "/",
            Self::Console => "/admin",
            Self::Manage => "/manage/",
            Self::SetUp => "/setup/",
        }
    }
}

/// What an address of the console opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// A tab of this page.
    Here(Tab),
    /// A tab of another page.
    Elsewhere(Tab),
}

impl Opened {
    /// What the part of the address after `#` opens on a page. A tab that the role does not have, and an unknown name,
    /// open the page's first tab that the role has; without such a tab the queue.
    #[must_use]
    pub fn of(hash: &str, part: Part, role: Role) -> Self {
        // What follows the tab's name is the tab's own.
        let name = hash.trim_start_matches('#').split('?').next().unwrap_or_default();
        let named = Tab::ALL.into_iter().find(|tab| name == tab.key());
        let first = || Tab::ALL.into_iter().find(|tab| tab.part() == part && tab.serves(role));
        let tab = named.filter(|tab| tab.serves(role)).or_else(first).unwrap_or(Tab::Queue);
        if tab.part() == part { Self::Here(tab) } else { Self::Elsewhere(tab) }
    }

    /// What the page's present address opens.
    #[must_use]
    pub fn now(part: Part, role: Role) -> Self {
        Self::of(&hash(), part, role)
    }
}

/// Goes to the page of a tab, with what the present address says of it. Back does not return to the address that did not
/// have it.
pub fn go_to(tab: Tab) {
    if let Some(window) = web_sys::window() {
        let hash = hash();
        let more = hash.split_once('?').filter(|(name, _)| name.trim_start_matches('#') == tab.key());
        let more = more.map(|(_, more)| format!("?{more}")).unwrap_or_default();
        // It only fails for an address that is not one.
        drop(window.location().replace(&format!("{}{more}", address(tab))));
    }
}

fn address(tab: Tab) -> String {
    format!("{}#{}", tab.part().path(), tab.key())
}

/// The buttons for the tabs of this page, and links to the others.
pub fn tab_list(words: Words, role: Role, present: Tab, choose: &Callback<Tab>) -> Html {
    let all: Vec<Tab> = Tab::ALL.into_iter().filter(|tab| tab.serves(role)).collect();
    if all.len() < 2 {
        return html! {};
    }
    let one = |one: Tab| {
        let active = present == one;
        let class = classes!("tab", active.then_some("tab-active"));
        let key = one.key();
        if one.part() == present.part() {
            let onclick = choose.reform(move |_: MouseEvent| one);
            return html! { <button {key} id={key} type="button" role="tab" aria-selected={active.to_string()} {class} {onclick}>{ words.say(key) }</button> };
        }
        html! { <a {key} id={key} role="tab" aria-selected="false" {class} href={address(one)}>{ words.say(key) }</a> }
    };
    html! { <div role="tablist" class="tabs tabs-border mb-4">{ for all.into_iter().map(one) }</div> }
}

/// Writes the chosen tab into the address.
pub fn remember(tab: Tab) {
    put_hash(&format!("#{}", tab.key()));
}

/// The part of the address from `#` on.
#[must_use]
pub fn hash() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Replaces the part of the address from `#` on.
pub fn put_hash(hash: &str) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    // Without it a reload opens what the page shows first.
    drop(history.map(|history| history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(hash))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_tab_is_the_one_that_is_shown_and_allowed() {
        let opened = |hash, part| Opened::of(hash, part, Role::Reception);
        assert_eq!(opened("", Part::Console), Opened::Here(Tab::Queue));
        assert_eq!(opened("", Part::Manage), Opened::Here(Tab::Patients), "not the people of the clinic");
        assert_eq!(opened("#tab-people", Part::Manage), Opened::Here(Tab::Patients));
        assert_eq!(opened("#tab-duplicates", Part::Manage), Opened::Here(Tab::Duplicates));
        assert_eq!(opened("#tab-queue", Part::Manage), Opened::Elsewhere(Tab::Queue));
        let filtered = Opened::of("#tab-audit?first=2026-11-28", Part::Console, Role::Admin);
        assert_eq!(filtered, Opened::Elsewhere(Tab::Audit));
        assert_eq!(opened("", Part::SetUp), Opened::Elsewhere(Tab::Queue));
        assert_eq!(Opened::of("", Part::Manage, Role::Admin), Opened::Here(Tab::People));
        assert_eq!(Opened::of("", Part::SetUp, Role::Manager), Opened::Here(Tab::Estimates));
        for role in [Role::Admin, Role::Manager, Role::Reception] {
            for part in [Part::Console, Part::Manage, Part::SetUp] {
                for hash in Tab::ALL.map(Tab::key).into_iter().chain(["", "#nothing"]) {
                    let (Opened::Here(tab) | Opened::Elsewhere(tab)) = Opened::of(hash, part, role);
                    assert!(tab.serves(role), "{role:?} {hash}: {tab:?}");
                }
            }
        }
    }
}
