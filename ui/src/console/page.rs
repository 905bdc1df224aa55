//! The pages of the console: their addresses, and which roles have them.

use medlane_shared::access::Role;

/// A page of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsolePage {
    /// The queue of a branch.
    Today,
    /// Patients and their contacts.
    Patients,
    /// Patients with two records.
    Duplicates,
    /// The clinic's people.
    People,
    /// Workstations, consoles, kiosks, boards.
    Devices,
    /// Branches, services and the doctors who give them.
    Settings,
    /// The accuracy of waiting times.
    Estimates,
    /// The delivery state of messages.
    Messages,
    /// The audit log.
    Audit,
    /// The live activity.
    Activity,
}

/// The pages of a day at the desk, in the order of the rail.
pub const DAILY: [ConsolePage; 3] = [ConsolePage::Today, ConsolePage::Patients, ConsolePage::Duplicates];
/// The pages of the clinic's administration.
pub const ADMINISTRATION: [ConsolePage; 7] = [
    ConsolePage::People,
    ConsolePage::Devices,
    ConsolePage::Settings,
    ConsolePage::Estimates,
    ConsolePage::Messages,
    ConsolePage::Audit,
    ConsolePage::Activity,
];

impl ConsolePage {
    /// The key of its name, and the id of its link.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Today => "tab-queue",
            Self::Patients => "tab-patients",
            Self::Duplicates => "tab-duplicates",
            Self::People => "tab-people",
            Self::Devices => "tab-devices",
            Self::Settings => "tab-settings",
            Self::Estimates => "tab-estimates",
            Self::Messages => "tab-messages",
            Self::Audit => "tab-audit",
            Self::Activity => "tab-activity",
        }
    }

    /// Its address.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Today => "/console",
            Self::Patients => "/console/patients",
            Self::Duplicates => "/console/duplicates",
            Self::People => "/console/people",
            Self::Devices => "/console/devices",
            Self::Settings => "/console/settings",
            Self::Estimates => "/console/waiting-times",
            Self::Messages => "/console/messages",
            Self::Audit => "/console/audit",
            Self::Activity => "/console/activity",
        }
    }

    /// Whether the page is for this role.
    #[must_use]
    pub const fn serves(self, role: Role) -> bool {
        match self {
            Self::Today | Self::Patients | Self::Duplicates => true,
            Self::People | Self::Devices | Self::Estimates => matches!(role, Role::Admin | Role::Manager),
            Self::Activity | Self::Messages | Self::Settings | Self::Audit => matches!(role, Role::Admin),
        }
    }

    /// The page at an address; `None` if there is none.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        match path {
            // A desktop app's window opens at its root.
            "/" | "/index.html" => Some(Self::Today),
            path => DAILY.into_iter().chain(ADMINISTRATION).find(|page| page.path() == path),
        }
    }
}

/// The address that replaces an earlier one, in which the part after `#` named a tab: `#tab-audit?first=2026-11-28`.
#[must_use]
pub fn replaced(hash: &str) -> Option<String> {
    let (name, more) = hash.split_once('?').unwrap_or((hash, ""));
    let is_it = |page: &ConsolePage| name.strip_prefix('#') == Some(page.key());
    let page = DAILY.into_iter().chain(ADMINISTRATION).find(is_it)?;
    let mark = if more.is_empty() { "" } else { "#" };
    Some(format!("{}{mark}{more}", page.path()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use medlane_shared::pages;

    use super::*;

    #[test]
    fn the_server_knows_each_page() {
        let own: BTreeSet<&str> = DAILY.into_iter().chain(ADMINISTRATION).map(ConsolePage::path).collect();
        assert_eq!(own, BTreeSet::from(pages::CONSOLE));
        assert_eq!(pages::CONSOLE[0], ConsolePage::Today.path());
        for path in own {
            assert_eq!(ConsolePage::at(path).map(ConsolePage::path), Some(path));
        }
        assert_eq!(ConsolePage::at("/console/nothing"), None);
        assert_eq!(ConsolePage::at("/"), Some(ConsolePage::Today), "a window opens there");
    }

    #[test]
    fn an_earlier_link_to_a_tab_leads_to_its_page() {
        assert_eq!(replaced("#tab-people").as_deref(), Some("/console/people"));
        let filtered = replaced("#tab-audit?action=person.roles&first=2026-11-28");
        assert_eq!(filtered.as_deref(), Some("/console/audit#action=person.roles&first=2026-11-28"));
        assert_eq!(["", "#", "#first=2026-11-28", "#tab-nothing"].map(replaced), [None, None, None, None]);
    }
}
