//! The words of faults in the reader's language, from `shared/i18n/*.ftl`.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use medlane_shared::fault::{Fault, FieldFault, Language};

type Words = FluentBundle<FluentResource>;

static WORDS: LazyLock<[Words; 3]> = LazyLock::new(|| [Language::En, Language::Ar, Language::Hi].map(bundle));

fn bundle(language: Language) -> Words {
    let text = match language {
        Language::En => include_str!("../../shared/i18n/en.ftl"),
        Language::Ar => include_str!("../../shared/i18n/ar.ftl"),
        Language::Hi => include_str!("../../shared/i18n/hi.ftl"),
    };
    // A line that cannot be parsed is left out; the test below finds it.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = Words::new_concurrent(language.tag().parse().into_iter().collect());
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

fn say(language: Language, key: &str, named: &FluentArgs<'_>) -> String {
    let words = match language {
        Language::En => &WORDS[0],
        Language::Ar => &WORDS[1],
        Language::Hi => &WORDS[2],
    };
    let pattern = words.get_message(key).and_then(|message| message.value());
    // A missing message shows its key; the test below finds it before anyone reads it.
    pattern.map_or_else(
        || key.to_owned(),
        |pattern| words.format_pattern(pattern, Some(named), &mut Vec::new()).into_owned(),
    )
}

/// A phone number where no country is known.
const PHONE_LIKE: &str = "+968 9123 4567";

fn field(why: &FieldFault, language: Language) -> String {
    let mut named = FluentArgs::new();
    let left = why.left.map(i64::from);
    for (name, number) in [("min", why.min), ("max", why.max), ("left", left)] {
        if let Some(number) = number {
            named.set(name, number.to_string());
        }
    }
    named.set("like", why.like.as_deref().unwrap_or(PHONE_LIKE));
    say(language, &format!("field-{}", why.code.text()), &named)
}

/// Adds the words for the fault and for each of its fields.
#[must_use]
pub fn said(mut fault: Fault, language: Language) -> Fault {
    fault.message = say(language, &format!("fault-{}", fault.code.text()), &FluentArgs::new());
    for why in fault.fields.values_mut() {
        why.message = field(why, language);
    }
    fault
}

#[cfg(test)]
mod tests {
    use medlane_shared::fault::{Code, FieldCode};

    use super::*;

    #[test]
    fn every_code_has_words_in_every_language() {
        let plain = |language| {
            let faults = Code::ALL.iter().map(move |code| said(Fault::new(*code), language).message);
            let fields = FieldCode::ALL.iter().map(move |code| {
                field(&FieldFault { left: Some(7), ..FieldFault::bounded(*code, 7, 7) }, language)
            });
            faults.chain(fields).collect::<Vec<String>>()
        };
        let english = plain(Language::En);
        for language in Language::ALL.iter().copied() {
            let words = plain(language);
            let unsaid = words.iter().find(|said| {
                said.starts_with("fault-") || said.starts_with("field-") || said.contains(['{', '$'])
            });
            assert_eq!(unsaid, None, "{}", language.tag());
            let same = words.iter().zip(&english).find(|(said, english)| said == english);
            assert!(language == Language::En || same.is_none(), "{}: {same:?}", language.tag());
        }
    }

    #[test]
    fn numbers_are_plain_and_in_place() {
        let fault = Fault::new(Code::Invalid).field("text", FieldFault::length(1, 10_000));
        assert_eq!(said(fault.clone(), Language::En).fields["text"].message, "is 1 to 10000 characters");
        assert_eq!(said(fault, Language::Ar).fields["text"].message, "من 1 إلى 10000 حرف");
    }
}
