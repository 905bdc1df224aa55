//! The texts in the reader's language, and its direction. Times are in `when`.
//!
//! The page that starts the face names the languages and brings the texts of one (`build/boot.js`). The texts of
//! another language are loaded when it is chosen.

mod isolate;
mod when;

use std::cell::RefCell;

use gloo_net::http::Request;
use js_sys::{JSON, Reflect};
use medlane_shared::lean;
use serde::Deserialize;
use serde_json::{Map, Value};
use yew::prelude::*;

pub use isolate::unmarked;

use crate::kit::use_rounds;

type Messages = Map<String, Value>;

/// A language of the page.
#[derive(Deserialize)]
struct Spoken {
    tag: String,
    name: String,
    direction: String,
    url: String,
    /// The texts, if they came with the page.
    words: Option<Messages>,
}

thread_local! {
    /// There are only as many languages as the page names, so the leaked memory is bounded.
    static LANGUAGES: &'static [Spoken] = Box::leak(told().unwrap_or_default().into_boxed_slice());
    /// Texts that were loaded later, by the index of their language.
    static FETCHED: RefCell<Vec<(usize, &'static Messages)>> = RefCell::default();
}

/// The languages that the page names.
fn told() -> Option<Vec<Spoken>> {
    let languages = Reflect::get(&js_sys::global(), &"medlaneLanguages".into()).ok()?;
    lean::read(serde_json::from_str(&String::from(JSON::stringify(&languages).ok()?)).ok()?).ok()
}

fn spoken() -> &'static [Spoken] {
    LANGUAGES.with(|languages| *languages)
}

/// Every language: its tag and its own name.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    spoken().iter().map(|language| (language.tag.as_str(), language.name.as_str()))
}

const STORED: &str = "medlane.language";

/// A value in a message.
#[derive(Debug, Clone)]
pub enum Named {
    /// A name or text.
    Text(String),
    /// A number. It chooses the plural form.
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

/// The texts of one language.
#[derive(Clone, Copy)]
pub struct Words {
    /// `None` if the page names no language, as in a test.
    language: Option<&'static Spoken>,
    messages: Option<&'static Messages>,
    /// The time zone for times; `None` is the reader's own.
    zone: Option<&'static str>,
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag() && self.zone == other.zone
    }
}

impl Words {
    /// The texts that came with the page.
    #[must_use]
    pub fn first() -> Self {
        let language = spoken().iter().find(|language| language.words.is_some());
        Self { language, messages: language.and_then(|language| language.words.as_ref()), zone: None }
    }

    /// No texts: each key is said as itself. A test outside a browser has no page that names languages.
    #[cfg(test)]
    #[must_use]
    pub const fn none() -> Self {
        Self { language: None, messages: None, zone: None }
    }

    /// The texts of a language, loaded if necessary; `None` if the network is down.
    pub async fn of(tag: &str) -> Option<Self> {
        let place = spoken().iter().position(|language| language.tag == tag)?;
        let language = spoken().get(place)?;
        let fetched =
            || FETCHED.with_borrow(|all| all.iter().find(|(of, _)| *of == place).map(|(_, words)| *words));
        let mut messages = language.words.as_ref().or_else(fetched);
        if messages.is_none() {
            let text = Request::get(&language.url).send().await.ok()?.text().await.ok()?;
            let Ok(Value::Object(words)) = serde_json::from_str(&text) else { return None };
            let words: &'static Messages = Box::leak(Box::new(words));
            FETCHED.with_borrow_mut(|all| all.push((place, words)));
            messages = Some(words);
        }
        Some(Self { language: Some(language), messages, zone: None })
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.language.map_or("en", |language| &language.tag)
    }

    /// Whether the language is written from right to left.
    fn is_rtl(&self) -> bool {
        self.language.is_some_and(|language| language.direction == "rtl")
    }

    /// The time zone of times; `None` is the reader's own.
    #[must_use]
    pub const fn zone(&self) -> Option<&'static str> {
        self.zone
    }

    /// Stores the choice, and switches the page to it.
    fn choose(&self) {
        use gloo_storage::Storage as _;
        // Without storage the choice lasts as long as the page.
        drop(gloo_storage::LocalStorage::raw().set_item(STORED, self.tag()));
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            drop(root.set_attribute("lang", self.tag()));
            drop(root.set_attribute("dir", self.language.map_or("ltr", |language| &language.direction)));
        }
    }

    /// A message.
    #[must_use]
    pub fn say(&self, key: &str) -> AttrValue {
        self.say_with(key, &[])
    }

    /// The words for a code in the audit log or the list of messages. For a code of a later release, the code itself.
    #[must_use]
    pub fn of_code(&self, of: &str, code: &str) -> AttrValue {
        let key = medlane_shared::audit::words_key(of, code);
        let said = self.say(&key);
        if *said == *key { code.to_owned().into() } else { said }
    }

    /// A message with its arguments. For an unknown key, the key itself, so that the mistake shows.
    #[must_use]
    pub fn say_with(&self, key: &str, named: &[(&str, Named)]) -> AttrValue {
        let Some(message) = self.messages.and_then(|messages| messages.get(key)) else {
            return key.to_owned().into();
        };
        let mut text = String::new();
        self.write(&mut text, message, named);
        text.into()
    }

    /// A list in a sentence, with the comma of the language.
    #[must_use]
    pub fn list(&self, items: impl IntoIterator<Item = impl AsRef<str>>) -> AttrValue {
        self.joined("list-more", items)
    }

    /// Texts with what a message has between its two values. Each keeps its own direction, and all of them follow each
    /// other in the direction of the language.
    #[must_use]
    pub fn joined(&self, key: &str, items: impl IntoIterator<Item = impl AsRef<str>>) -> AttrValue {
        let is_rtl = self.is_rtl();
        let items = items.into_iter().map(|item| isolate::isolated(item.as_ref(), is_rtl).into_owned());
        let items: Vec<String> = items.collect();
        let between = self.say_with(key, &[("from", "".into()), ("to", "".into())]);
        let text = items.join(&between);
        if is_rtl && items.len() > 1 { isolate::led(&text).into() } else { text.into() }
    }

    /// The name of an API field in forms (`birth_date`: `birth-date`); the path itself if it has none.
    #[must_use]
    pub fn field(&self, path: &str) -> AttrValue {
        let key = path.replace(['.', '_'], "-");
        let is_said = self.messages.is_some_and(|messages| messages.contains_key(&key));
        if is_said { self.say(&key) } else { path.to_owned().into() }
    }

    /// Writes a message, or a piece of one.
    fn write(&self, text: &mut String, piece: &Value, named: &[(&str, Named)]) {
        let find = |wanted: &Value| {
            let value = named.iter().find(|(name, _)| Some(*name) == wanted.as_str());
            value.map(|(_, value)| value)
        };
        match piece {
            Value::String(words) => text.push_str(words),
            Value::Array(pieces) => pieces.iter().for_each(|piece| self.write(text, piece, named)),
            Value::Object(_) if piece["c"].is_null() => match find(&piece["n"]) {
                Some(Named::Text(words)) => text.push_str(&isolate::isolated(words, self.is_rtl())),
                Some(Named::Number(number)) => text.push_str(&number.to_string()),
                None => text.push_str(piece["n"].as_str().unwrap_or_default()),
            },
            _ => {
                let chosen = find(&piece["c"]).and_then(|value| self.variant(value, &piece["v"]));
                self.write(text, chosen.unwrap_or(&piece["o"]), named);
            }
        }
    }

    /// The variant for a number: for this number, otherwise for its plural category.
    fn variant<'a>(&self, value: &Named, variants: &'a Value) -> Option<&'a Value> {
        let Named::Number(number) = value else { return None };
        let locales = js_sys::Array::of1(&self.tag().into());
        #[expect(clippy::cast_precision_loss, reason = "plurals of numbers that people count")]
        let category =
            js_sys::Intl::PluralRules::new(&locales, &options(&[])).select(*number as f64).as_string()?;
        variants.get(number.to_string()).or_else(|| variants.get(category))
    }
}

fn options(named: &[(&str, &str)]) -> js_sys::Object {
    let options = js_sys::Object::new();
    for (name, value) in named {
        // Setting a field of a plain object does not fail.
        drop(Reflect::set(&options, &(*name).into(), &(*value).into()));
    }
    options
}

/// The texts of the page.
#[hook]
pub fn use_words() -> Words {
    use_context::<Language>().map_or_else(Words::first, |language| language.words)
}

/// Shows the page's times in the branch's time zone; `None` while that is not known.
#[hook]
pub fn use_zone(zone: Option<String>) {
    let language = use_context::<Language>();
    use_effect_with(zone, move |zone| {
        if let Some((language, zone)) = language.zip(zone.as_ref()) {
            language.at_zone.emit(zone.clone());
        }
    });
}

/// The page's language, and a way to change it.
#[derive(Clone, PartialEq)]
pub struct Language {
    /// Its texts.
    pub words: Words,
    /// Changes it.
    pub choose: Callback<&'static str>,
    /// Shows the page's times in a branch's time zone.
    at_zone: Callback<String>,
}

/// Provides the language to the page.
#[component(Speaking)]
pub fn speaking(props: &html::ChildrenProps) -> Html {
    let words = use_state(Words::first);
    let rounds = use_rounds();
    let choose = {
        let words = words.clone();
        Callback::from(move |tag: &'static str| {
            let (words, round) = (words.clone(), rounds.begin());
            wasm_bindgen_futures::spawn_local(async move {
                // Texts that come late must not replace the language that was chosen after them.
                if let Some(chosen) = Words::of(tag).await
                    && !round.is_over()
                {
                    chosen.choose();
                    words.set(chosen);
                }
            });
        })
    };
    let zone = use_state(String::new);
    let at_zone = {
        let zone = zone.clone();
        Callback::from(move |of: String| zone.set(of))
    };
    let language = Language { words: words.in_zone(&zone), choose, at_zone };
    html! { <ContextProvider<Language> context={language}>{ props.children.clone() }</ContextProvider<Language>> }
}
