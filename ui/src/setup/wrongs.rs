//! What is wrong with a form, at its fields: what this page cannot read, and what the server refused.

use medlane_shared::{
    clinic::POLICY_NUMBERS,
    fault::Fault,
    typed::{Slip, decimals, money_text, price_text},
};
use yew::AttrValue;

use super::{
    form::{Form, Wrong},
    policy::NUMBER_KEYS,
};
use crate::i18n::Words;

/// A field of a form: its path in the interface, the id of its element, the key of its name.
type Place = (&'static str, &'static str, &'static str);

const PLACES_BRANCH: &[Place] = &[
    ("name", "branch-name", "name"),
    ("address", "branch-address", "address"),
    ("time_zone", "branch-zone", "time-zone"),
    ("languages", "branch-languages", "languages"),
    ("rooms", "branch-rooms", "rooms"),
    ("policy.opening", "policy-opening", "opening"),
];
const PLACES_SERVICE: &[Place] = &[
    ("name", "service-name", "name"),
    ("prefix", "service-prefix", "prefix"),
    ("duration_min", "service-minutes", "duration"),
    ("price_minor", "service-price", "price"),
    ("currency", "service-currency", "currency"),
    ("given", "given", "given-by"),
];
/// The elements that hold several fields.
const GROUPS: &[&str] = &["branch-languages", "policy-opening", "given"];

/// The fields of a form, in the order in which they are shown.
fn places(form: &Form) -> Vec<Place> {
    match form {
        Form::Branch(..) => {
            let numbers = POLICY_NUMBERS.iter().zip(NUMBER_KEYS).map(|(number, key)| (number.path, key, key));
            let messages = ("policy.messages", "board-messages", "board-messages");
            PLACES_BRANCH.iter().copied().chain(numbers).chain([messages]).collect()
        }
        Form::Service(..) => PLACES_SERVICE.to_vec(),
    }
}

/// Whether a path of the server is that of a field, or of a part of it: `rooms[3]` is of `rooms`.
fn is_of(path: &str, field: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

/// What is wrong with each field, by the id of its element, in the order of the form.
#[derive(Debug, Default, PartialEq)]
pub struct Wrongs(Vec<(&'static str, AttrValue)>);

impl Wrongs {
    /// What is wrong with a form.
    pub fn of(words: Words, form: &Form, slips: &[Wrong], fault: Option<&Fault>) -> Self {
        let currency = match form {
            Form::Service(_, settings, _) => &settings.currency,
            Form::Branch(..) => "",
        };
        let told = |(path, id, key): Place| {
            let slip = slips.iter().find(|(of, _)| *of == path);
            let own =
                slip.map(|(_, slip)| sentence(words, *slip, (path == "price_minor").then_some(currency)));
            let refused = || {
                let (_, why) = fault?.fields.iter().find(|(of, _)| is_of(of, path))?;
                Some(AttrValue::from(format!("{}: {}", words.say(key), why.message)))
            };
            Some((id, own.or_else(refused)?))
        };
        Self(places(form).into_iter().filter_map(told).collect())
    }

    /// What is wrong with the field of an element.
    #[must_use]
    pub fn at(&self, id: &str) -> Option<AttrValue> {
        self.0.iter().find(|(of, _)| *of == id).map(|(_, told)| told.clone())
    }

    /// The element of the first wrong field, and whether it holds several fields.
    #[must_use]
    pub fn first(&self) -> Option<(&'static str, bool)> {
        self.0.first().map(|(id, _)| (*id, GROUPS.contains(id)))
    }
}

/// A fault without the fields that the form shows at their places.
#[must_use]
pub fn elsewhere(form: &Form, fault: &Fault) -> Fault {
    let places = places(form);
    let mut fault = fault.clone();
    fault.fields.retain(|path, _| !places.iter().any(|(of, ..)| is_of(path, of)));
    fault
}

/// A price of twelve units, as an example of how one is written.
#[must_use]
pub fn example(currency: &str) -> String {
    let decimals = u32::try_from(decimals(currency)).unwrap_or_default();
    price_text(12 * 10_i64.pow(decimals), currency)
}

/// Why a number was not read, in words; `currency` is that of a price.
fn sentence(words: Words, slip: Slip, currency: Option<&str>) -> AttrValue {
    let like = currency.map(example);
    let like = like.as_deref().unwrap_or_default();
    match (slip, currency) {
        (Slip::Missing, None) => words.say("slip-missing"),
        (Slip::Missing, Some(_)) => words.say("slip-missing-price"),
        (Slip::NoNumber, Some(_)) => words.say_with("slip-price", &[("like", like.into())]),
        (Slip::NoNumber | Slip::Decimals(_), None) => words.say("slip-whole"),
        (Slip::Grouped, _) => words.say("slip-grouped"),
        (Slip::Either(less, more), currency) => {
            let text = |n: i64| currency.map_or_else(|| n.to_string(), |currency| money_text(n, currency));
            let [less, more] = [less, more].map(text);
            words.say_with("slip-either", &[("less", less.as_str().into()), ("more", more.as_str().into())])
        }
        (Slip::Decimals(n), Some(currency)) => words.say_with(
            "slip-decimals",
            &[("currency", currency.into()), ("n", n.into()), ("like", like.into())],
        ),
        (Slip::Range(min, max), None) => {
            words.say_with("slip-range", &[("min", min.into()), ("max", max.into())])
        }
        (Slip::Range(min, max), Some(currency)) => {
            let [min, max] = [min, max].map(|bound| price_text(bound, currency));
            words.say_with("slip-range", &[("min", min.as_str().into()), ("max", max.as_str().into())])
        }
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{
        clinic::{BranchSettings, ServiceSettings},
        fault::{Code, FieldCode},
    };

    use super::*;
    use crate::setup::form::{BranchTyped, ServiceTyped};

    #[test]
    fn what_the_server_refuses_stands_at_its_field() {
        let settings = BranchSettings::default();
        let form = Form::Branch(None, settings.clone(), BranchTyped::of(&settings));
        let fault = Fault::new(Code::Invalid)
            .field("policy.urgent.gain", FieldCode::Range)
            .field("rooms[3]", FieldCode::Line)
            .field("policy.messages", FieldCode::Length)
            .field("roomsize", FieldCode::Unknown);
        let wrongs = Wrongs::of(Words::none(), &form, &[], Some(&fault));
        for id in ["branch-rooms", "policy-urgent-gain", "board-messages"] {
            assert!(wrongs.at(id).is_some(), "{id}");
        }
        assert_eq!((wrongs.0.len(), wrongs.first()), (3, Some(("branch-rooms", false))));
        let rest: Vec<String> = elsewhere(&form, &fault).fields.into_keys().collect();
        assert_eq!(rest, ["roomsize"], "what has no place is said above the buttons");
    }

    #[test]
    fn every_number_of_a_form_has_its_place() {
        let settings = ServiceSettings { currency: "OMR".to_owned(), ..ServiceSettings::default() };
        let empty = ServiceTyped::default();
        let service = Form::Service(None, settings, empty);
        let numbers = vec![String::new(); POLICY_NUMBERS.len()];
        let branch =
            Form::Branch(None, BranchSettings::default(), BranchTyped { numbers, ..BranchTyped::default() });
        for (form, count) in [(service, 2), (branch, POLICY_NUMBERS.len())] {
            let slips = form.read().unwrap_err();
            assert_eq!(slips.len(), count, "an empty number is refused: {slips:?}");
            assert_eq!(Wrongs::of(Words::none(), &form, &slips, None).0.len(), count);
        }
    }
}
