//! The form of a branch or service, and what becomes of it when somebody else has changed the same row meanwhile.

use medlane_shared::{
    clinic::{BranchPolicy, BranchSettings, ServiceSettings, Settings as All},
    ids::{BranchId, ServiceId},
};

use crate::kit::retyped;

/// The lists of a branch as typed text, one entry per line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lists {
    pub rooms: String,
    pub messages: String,
}

impl Lists {
    /// The lists of a branch as text.
    #[must_use]
    pub fn of(settings: &BranchSettings) -> Self {
        Self { rooms: settings.rooms.join("\n"), messages: settings.policy.messages.join("\n") }
    }

    /// The settings with the entries of the lists.
    #[must_use]
    pub fn into_settings(self, settings: BranchSettings) -> BranchSettings {
        let lines = |text: &str| {
            let lines = text.lines().map(|line| line.trim().to_owned());
            lines.filter(|line| !line.is_empty()).collect()
        };
        let policy = BranchPolicy { messages: lines(&self.messages), ..settings.policy };
        BranchSettings { rooms: lines(&self.rooms), policy, ..settings }
    }
}

/// The form that is open. An id of `None` means a new branch or service.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A branch.
    Branch(Option<BranchId>, BranchSettings, Lists),
    /// A service.
    Service(Option<ServiceId>, ServiceSettings),
}

impl Form {
    /// What was typed, upon settings that another person has changed meanwhile: a field that this form did not change
    /// takes the present value.
    #[must_use]
    pub fn onto(self, before: &All, now: &All) -> Self {
        match self {
            Self::Branch(Some(id), typed, lists) => {
                let of =
                    |all: &All| all.branches.iter().find(|one| one.id == id).map(|one| one.settings.clone());
                match (of(before), of(now)) {
                    (Some(before), Some(now)) => {
                        let (old, new) = (Lists::of(&before), Lists::of(&now));
                        let lists = Lists {
                            rooms: retyped(lists.rooms, &old.rooms, new.rooms),
                            messages: retyped(lists.messages, &old.messages, new.messages),
                        };
                        Self::Branch(Some(id), branch(typed, &before, now), lists)
                    }
                    _ => Self::Branch(Some(id), typed, lists),
                }
            }
            Self::Service(Some(id), typed) => {
                let of =
                    |all: &All| all.services.iter().find(|one| one.id == id).map(|one| one.settings.clone());
                match (of(before), of(now)) {
                    (Some(before), Some(now)) => Self::Service(Some(id), service(typed, &before, now)),
                    _ => Self::Service(Some(id), typed),
                }
            }
            new => new,
        }
    }
}

fn branch(typed: BranchSettings, before: &BranchSettings, now: BranchSettings) -> BranchSettings {
    BranchSettings {
        name: retyped(typed.name, &before.name, now.name),
        address: retyped(typed.address, &before.address, now.address),
        time_zone: retyped(typed.time_zone, &before.time_zone, now.time_zone),
        languages: retyped(typed.languages, &before.languages, now.languages),
        // Typed as text.
        rooms: now.rooms,
        policy: policy(typed.policy, &before.policy, now.policy),
        version: now.version,
    }
}

fn policy(typed: BranchPolicy, before: &BranchPolicy, now: BranchPolicy) -> BranchPolicy {
    BranchPolicy {
        remote_join: retyped(typed.remote_join, &before.remote_join, now.remote_join),
        near: retyped(typed.near, &before.near, now.near),
        calls_max: retyped(typed.calls_max, &before.calls_max, now.calls_max),
        recall_after_s: retyped(typed.recall_after_s, &before.recall_after_s, now.recall_after_s),
        undo_s: retyped(typed.undo_s, &before.undo_s, now.undo_s),
        return_min: retyped(typed.return_min, &before.return_min, now.return_min),
        emergency: now.emergency,
        urgent: retyped(typed.urgent, &before.urgent, now.urgent),
        opening: retyped(typed.opening, &before.opening, now.opening),
        // Typed as text.
        messages: now.messages,
    }
}

fn service(typed: ServiceSettings, before: &ServiceSettings, now: ServiceSettings) -> ServiceSettings {
    ServiceSettings {
        name: retyped(typed.name, &before.name, now.name),
        prefix: retyped(typed.prefix, &before.prefix, now.prefix),
        duration_min: retyped(typed.duration_min, &before.duration_min, now.duration_min),
        price_minor: retyped(typed.price_minor, &before.price_minor, now.price_minor),
        currency: retyped(typed.currency, &before.currency, now.currency),
        walk_in: retyped(typed.walk_in, &before.walk_in, now.walk_in),
        given: retyped(typed.given, &before.given, now.given),
        version: now.version,
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{
        clinic::{BranchView, ServiceView},
        time::Timestamp,
    };

    use super::*;

    #[test]
    fn a_late_form_changes_only_what_was_typed_in_it() {
        let at = Timestamp::from_ms(1);
        let (branch_id, service_id) = (BranchId::new(at, [1; 10]), ServiceId::new(at, [2; 10]));
        let place = BranchSettings {
            name: "North".to_owned(),
            address: "Old street".to_owned(),
            rooms: vec!["1".to_owned()],
            version: Some(1),
            ..BranchSettings::default()
        };
        let offer = ServiceSettings { name: "GP".to_owned(), version: Some(3), ..ServiceSettings::default() };
        let all = |branch: &BranchSettings, service: &ServiceSettings| All {
            branches: vec![BranchView { id: branch_id, settings: branch.clone() }],
            services: vec![ServiceView { id: service_id, settings: service.clone() }],
            staff: Vec::new(),
        };
        let before = all(&place, &offer);
        let policy = BranchPolicy { near: 7, messages: vec!["Hello".to_owned()], ..BranchPolicy::default() };
        let now = BranchSettings {
            address: "New street".to_owned(),
            rooms: vec!["2".to_owned()],
            policy,
            version: Some(2),
            ..place.clone()
        };
        let after = all(&now, &ServiceSettings { price_minor: 500, version: Some(4), ..offer.clone() });
        let typed = BranchSettings { name: "North gate".to_owned(), ..place.clone() };
        let lists = Lists { messages: "Typed".to_owned(), ..Lists::of(&place) };
        let form = Form::Branch(Some(branch_id), typed, lists).onto(&before, &after);
        let Form::Branch(_, settings, lists) = form else { panic!("another form") };
        assert_eq!((settings.name.as_str(), settings.address.as_str()), ("North gate", "New street"));
        assert_eq!((settings.policy.near, settings.version), (7, Some(2)));
        assert_eq!((lists.rooms.as_str(), lists.messages.as_str()), ("2", "Typed"));

        let typed = ServiceSettings { name: "General".to_owned(), ..offer };
        let form = Form::Service(Some(service_id), typed.clone()).onto(&before, &after);
        let now = ServiceSettings { price_minor: 500, version: Some(4), ..typed.clone() };
        assert_eq!(form, Form::Service(Some(service_id), now));
        // A new one is nobody else's.
        let new = Form::Service(None, typed);
        assert_eq!(new.clone().onto(&before, &after), new);
    }
}
