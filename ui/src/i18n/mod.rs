//! Words in the reader's language, direction, and times.

use medlane_shared::time::Timestamp;
use yew::prelude::*;

/// A piece of a message.
enum Part {
    Text(&'static str),
    Named(&'static str),
    /// By a number or its plural category, else the last.
    Choice(&'static str, &'static [(&'static str, &'static [Part])], &'static [Part]),
}

type Messages = &'static [(&'static str, &'static [Part])];

/// Every language: its tag, its own name, its messages in order. Made of `i18n/*.ftl` by the build.
static MESSAGES: [(&str, &str, Messages); 2] = include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// Every language: its tag and its own name.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    MESSAGES.iter().map(|(tag, name, _)| (*tag, *name))
}

const STORED: &str = "medlane.language";

/// What a message names.
#[derive(Debug, Clone)]
pub enum Named {
    /// A name or text.
    Text(String),
    /// A number; it chooses the plural.
    Number(i64),
}

impl From<&str> for Named {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

macro_rules! numbers {
    ($($of:ty),*) => { $(
        impl From<$of> for Named {
            fn from(number: $of) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
    )* };
}

numbers!(u32, i64, usize);

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words {
    tag: &'static str,
    messages: Messages,
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl Words {
    /// The words of a tag; English where it is unknown.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let found = MESSAGES.iter().find(|(known, ..)| tag.starts_with(known)).unwrap_or(&MESSAGES[0]);
        Self { tag: found.0, messages: found.2 }
    }

    /// What the browser, or an earlier choice, asks for.
    #[must_use]
    pub fn preferred() -> Self {
        use gloo_storage::Storage as _;
        let stored: Option<String> = gloo_storage::LocalStorage::get(STORED).ok();
        let browser = || web_sys::window().and_then(|window| window.navigator().language());
        Self::of(&stored.or_else(browser).unwrap_or_default())
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub const fn tag(&self) -> &'static str {
        self.tag
    }

    /// `rtl` or `ltr`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        if self.tag == "ar" { "rtl" } else { "ltr" }
    }

    /// Keeps the choice, and turns the page to it.
    pub fn choose(&self) {
        use gloo_storage::Storage as _;
        // Without storage the choice lasts as long as the page.
        drop(gloo_storage::LocalStorage::set(STORED, self.tag));
        self.apply();
    }

    /// Turns the page to this language.
    pub fn apply(&self) {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            drop(root.set_attribute("lang", self.tag));
            drop(root.set_attribute("dir", self.direction()));
        }
    }

    /// A message.
    #[must_use]
    pub fn say(&self, key: &str) -> AttrValue {
        self.say_with(key, &[])
    }

    /// A message with what it names. An unknown key says itself, so that it is seen.
    #[must_use]
    pub fn say_with(&self, key: &str, named: &[(&str, Named)]) -> AttrValue {
        let Ok(at) = self.messages.binary_search_by(|(known, _)| (*known).cmp(key)) else {
            return key.to_owned().into();
        };
        let mut text = String::new();
        self.write(&mut text, self.messages[at].1, named);
        text.into()
    }

    fn write(&self, text: &mut String, parts: &[Part], named: &[(&str, Named)]) {
        let find = |wanted: &str| named.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        for part in parts {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Named(name) => match find(name) {
                    Some(Named::Text(words)) => text.push_str(words),
                    Some(Named::Number(number)) => text.push_str(&number.to_string()),
                    None => text.push_str(name),
                },
                Part::Choice(name, variants, other) => {
                    let chosen = find(name).and_then(|value| self.variant(value, variants));
                    self.write(text, chosen.unwrap_or(other), named);
                }
            }
        }
    }

    /// The variant of a number: its own, else its plural category's.
    fn variant(&self, value: &Named, variants: &[(&str, &'static [Part])]) -> Option<&'static [Part]> {
        let Named::Number(number) = value else { return None };
        let locales = js_sys::Array::of1(&self.tag.into());
        #[expect(clippy::cast_precision_loss, reason = "plurals of numbers that people count")]
        let category =
            js_sys::Intl::PluralRules::new(&locales, &options(&[])).select(*number as f64).as_string()?;
        let find = |wanted: &str| variants.iter().find(|(key, _)| *key == wanted).map(|(_, parts)| *parts);
        find(&number.to_string()).or_else(|| find(&category))
    }

    /// A time of day.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        date(at)
            .to_locale_time_string_with_options(
                self.tag,
                &options(&[("hour", "2-digit"), ("minute", "2-digit")]),
            )
            .into()
    }

    /// A day and the time of it.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        let options = options(&[("dateStyle", "medium"), ("timeStyle", "short")]);
        date(at).to_locale_string(self.tag, &options).into()
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
fn date(at: Timestamp) -> js_sys::Date {
    js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.ms() as f64))
}

fn options(named: &[(&str, &str)]) -> js_sys::Object {
    let options = js_sys::Object::new();
    for (name, value) in named {
        // Setting a plain object's field does not fail.
        drop(js_sys::Reflect::set(&options, &(*name).into(), &(*value).into()));
    }
    options
}

/// The words of the page.
#[hook]
pub fn use_words() -> Words {
    use_context::<Language>().map_or_else(Words::preferred, |language| language.words)
}

/// The page's language and how to change it.
#[derive(Clone, PartialEq)]
pub struct Language {
    /// Its words.
    pub words: Words,
    /// Changes it.
    pub choose: Callback<&'static str>,
}

/// Gives the page a language.
#[component(Speaking)]
pub fn speaking(props: &html::ChildrenProps) -> Html {
    let words = use_state(Words::preferred);
    use_effect_with((), {
        let words = words.clone();
        move |()| words.apply()
    });
    let choose = {
        let words = words.clone();
        Callback::from(move |tag: &'static str| {
            let chosen = Words::of(tag);
            chosen.choose();
            words.set(chosen);
        })
    };
    let language = Language { words: *words, choose };
    html! { <ContextProvider<Language> context={language}>{ props.children.clone() }</ContextProvider<Language>> }
}
