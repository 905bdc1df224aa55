//! The form of a branch or service, and what becomes of it when somebody else has changed the same row meanwhile.

use medlane_shared::{
    clinic::{
        BranchPolicy, BranchSettings, DURATION_MAX_MIN, POLICY_NUMBERS, PRICE_MAX_MINOR, ServiceSettings,
        Settings as All,
    },
    ids::{BranchId, ServiceId},
    typed::{Slip, price, price_text, whole},
};

use crate::kit::retyped;

/// A number or a list of a form that is wrong: the path of its field, and why.
pub type Wrong = (&'static str, Slip);

/// The fields of a branch that are typed as text: lists with one entry per line, and the numbers of its policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BranchTyped {
    pub rooms: String,
    pub messages: String,
    /// In the order of [`POLICY_NUMBERS`].
    pub numbers: Vec<String>,
}

impl BranchTyped {
    /// The fields of a branch as text.
    #[must_use]
    pub fn of(settings: &BranchSettings) -> Self {
        let policy = &settings.policy;
        Self {
            rooms: settings.rooms.join("\n"),
            messages: policy.messages.join("\n"),
            numbers: POLICY_NUMBERS.iter().map(|number| (number.get)(policy).to_string()).collect(),
        }
    }

    /// Puts the typed numbers into a policy; the wrong ones are left as they were, and returned.
    pub fn numbers_into(&self, policy: &mut BranchPolicy) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (number, text) in POLICY_NUMBERS.iter().zip(&self.numbers) {
            match whole(text, number.min.into(), number.max.into()) {
                // The bounds are those of a `u16`.
                Ok(n) => (number.put)(policy, u16::try_from(n).unwrap_or(number.max)),
                Err(slip) => wrong.push((number.path, slip)),
            }
        }
        wrong
    }

    /// The settings with what was typed.
    fn read(&self, mut settings: BranchSettings) -> Result<BranchSettings, Vec<Wrong>> {
        let lines = |text: &str| {
            let lines = text.lines().map(|line| line.trim().to_owned());
            lines.filter(|line| !line.is_empty()).collect()
        };
        settings.rooms = lines(&self.rooms);
        settings.policy.messages = lines(&self.messages);
        let wrong = self.numbers_into(&mut settings.policy);
        if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
    }
}

/// The fields of a service that are typed as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceTyped {
    pub duration: String,
    /// In the unit of the currency.
    pub price: String,
}

impl ServiceTyped {
    /// The fields of a service as text.
    #[must_use]
    pub fn of(settings: &ServiceSettings) -> Self {
        let price = price_text(settings.price_minor, &settings.currency);
        Self { duration: settings.duration_min.to_string(), price }
    }

    /// The settings with what was typed.
    fn read(&self, mut settings: ServiceSettings) -> Result<ServiceSettings, Vec<Wrong>> {
        let mut wrong = Vec::new();
        match whole(&self.duration, 1, DURATION_MAX_MIN.into()) {
            Ok(minutes) => settings.duration_min = u32::try_from(minutes).unwrap_or(DURATION_MAX_MIN),
            Err(slip) => wrong.push(("duration_min", slip)),
        }
        match price(&self.price, &settings.currency, PRICE_MAX_MINOR) {
            Ok(minor) => settings.price_minor = minor,
            Err(slip) => wrong.push(("price_minor", slip)),
        }
        if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
    }
}

/// The form that is open. An id of `None` means a new branch or service.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A branch.
    Branch(Option<BranchId>, BranchSettings, BranchTyped),
    /// A service.
    Service(Option<ServiceId>, ServiceSettings, ServiceTyped),
}

/// What a form asks the server to save.
#[derive(Debug, Clone, PartialEq)]
pub enum Ready {
    /// A branch.
    Branch(Option<BranchId>, BranchSettings),
    /// A service.
    Service(Option<ServiceId>, ServiceSettings),
}

impl Form {
    /// Reads what was typed.
    ///
    /// # Errors
    /// The wrong numbers, in the order of the form.
    pub fn read(&self) -> Result<Ready, Vec<Wrong>> {
        Ok(match self {
            Self::Branch(id, settings, typed) => Ready::Branch(*id, typed.read(settings.clone())?),
            Self::Service(id, settings, typed) => Ready::Service(*id, typed.read(settings.clone())?),
        })
    }

    /// What was typed, upon settings that another person has changed meanwhile: a field that this form did not change
    /// takes the present value.
    #[must_use]
    pub fn onto(self, before: &All, now: &All) -> Self {
        match self {
            Self::Branch(Some(id), settings, typed) => {
                let of =
                    |all: &All| all.branches.iter().find(|one| one.id == id).map(|one| one.settings.clone());
                match (of(before), of(now)) {
                    (Some(before), Some(now)) => {
                        let (old, new) = (BranchTyped::of(&before), BranchTyped::of(&now));
                        let numbers = typed.numbers.into_iter().zip(&old.numbers).zip(new.numbers);
                        let typed = BranchTyped {
                            rooms: retyped(typed.rooms, &old.rooms, new.rooms),
                            messages: retyped(typed.messages, &old.messages, new.messages),
                            numbers: numbers.map(|((typed, old), new)| retyped(typed, old, new)).collect(),
                        };
                        Self::Branch(Some(id), branch(settings, &before, now), typed)
                    }
                    _ => Self::Branch(Some(id), settings, typed),
                }
            }
            Self::Service(Some(id), settings, typed) => {
                let of =
                    |all: &All| all.services.iter().find(|one| one.id == id).map(|one| one.settings.clone());
                match (of(before), of(now)) {
                    (Some(before), Some(now)) => {
                        let (old, new) = (ServiceTyped::of(&before), ServiceTyped::of(&now));
                        let typed = ServiceTyped {
                            duration: retyped(typed.duration, &old.duration, new.duration),
                            price: retyped(typed.price, &old.price, new.price),
                        };
                        Self::Service(Some(id), service(settings, &before, now), typed)
                    }
                    _ => Self::Service(Some(id), settings, typed),
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
        opening: retyped(typed.opening, &before.opening, now.opening),
        // The messages and the numbers are typed as text.
        ..now
    }
}

fn service(typed: ServiceSettings, before: &ServiceSettings, now: ServiceSettings) -> ServiceSettings {
    ServiceSettings {
        name: retyped(typed.name, &before.name, now.name),
        prefix: retyped(typed.prefix, &before.prefix, now.prefix),
        // Both are typed as text.
        duration_min: now.duration_min,
        price_minor: now.price_minor,
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
        let mut text = BranchTyped { messages: "Typed".to_owned(), ..BranchTyped::of(&place) };
        text.numbers[1] = "٥".to_owned();
        let form = Form::Branch(Some(branch_id), typed, text).onto(&before, &after);
        let Ok(Ready::Branch(_, settings)) = form.read() else { panic!("another form: {form:?}") };
        assert_eq!((settings.name.as_str(), settings.address.as_str()), ("North gate", "New street"));
        assert_eq!((settings.policy.near, settings.policy.calls_max, settings.version), (7, 5, Some(2)));
        assert_eq!(
            (settings.rooms, settings.policy.messages),
            (vec!["2".to_owned()], vec!["Typed".to_owned()])
        );

        let typed = ServiceSettings { name: "General".to_owned(), ..offer };
        let text = ServiceTyped { duration: "20".to_owned(), ..ServiceTyped::of(&typed) };
        let form = Form::Service(Some(service_id), typed.clone(), text.clone()).onto(&before, &after);
        let now = ServiceSettings { price_minor: 500, duration_min: 20, version: Some(4), ..typed.clone() };
        assert_eq!(form.read(), Ok(Ready::Service(Some(service_id), now)));
        // A new one is nobody else's.
        let new = Form::Service(None, typed, text);
        assert_eq!(new.clone().onto(&before, &after), new);
    }

    #[test]
    fn a_form_with_a_wrong_number_saves_nothing() {
        let mut text = BranchTyped::of(&BranchSettings::default());
        text.numbers[0] = "abc".to_owned();
        text.numbers[3] = "601".to_owned();
        let form = Form::Branch(None, BranchSettings::default(), text);
        let wrong = vec![("policy.near", Slip::NoNumber), ("policy.undo_s", Slip::Range(0, 600))];
        assert_eq!(form.read(), Err(wrong));
        let offer = ServiceSettings { currency: "OMR".to_owned(), ..ServiceSettings::default() };
        let text = |price: &str| ServiceTyped { duration: "15".to_owned(), price: price.to_owned() };
        let minor = |price: &str| match Form::Service(None, offer.clone(), text(price)).read() {
            Ok(Ready::Service(_, settings)) => Ok(settings.price_minor),
            Ok(other) => panic!("another form: {other:?}"),
            Err(wrong) => Err(wrong),
        };
        assert_eq!((minor("5.500"), minor("٥٫٥")), (Ok(5_500), Ok(5_500)));
        assert_eq!(minor(""), Err(vec![("price_minor", Slip::Missing)]));
    }
}
