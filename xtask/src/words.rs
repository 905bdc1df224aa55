//! Converts the messages of each language (`ui/i18n/*.ftl`, Fluent) for the faces into one JSON file per language. A
//! reader then loads only the words of their own language, and the browser needs no Fluent parser. The texts of
//! faults are included as `fault-<code>`. The build fails if a message does not parse, or if the languages do not
//! have the same message names.
//!
//! A message is its text, or a list of pieces. A piece is text; `{"n": name}`, the value with that name; or
//! `{"c": name, "v": {variant: pieces}, "o": pieces}`, chosen by a number or its plural category, with `o` as the
//! default.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey},
    parser,
};
use medlane_shared::fault::{Code, Language};
use serde_json::{Map, Value, json};

use crate::run::{Failed, root};

/// The language that the others are compared with. It is also used when a reader's language is not known.
const FIRST: &str = "en";

/// Languages for patients only. They have the texts of the patients' faces; the other texts are those of the first
/// language.
pub const PATIENTS: &[&str] = &["hi"];
/// The folders and files of the patients' faces.
const SPOKEN_TO_PATIENTS: &[&str] =
    &["account", "companion", "kiosk", "kit", "enrol.rs", "sign_in.rs", "idle.rs"];
/// Prefixes of message names whose rest is a state or a channel.
const BY_STATE: &[&str] = &["state-", "now-", "channel-"];

/// A message in the form for the faces, and the names that it uses.
#[derive(Clone)]
struct Message {
    value: Value,
    names: BTreeSet<String>,
}

type Messages = BTreeMap<String, Message>;

/// Writes `<tag>.json` of every language into a folder. Returns their paths, the first language first.
pub fn write(i18n: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut tags: Vec<String> = fs::read_dir(i18n)?
        .flatten()
        .filter_map(|file| file.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    tags.sort_by_key(|tag| (tag != FIRST, tag.clone()));
    fs::create_dir_all(folder)?;
    let mut first: Option<Messages> = None;
    let mut written = Vec::new();
    for tag in tags {
        let mut messages = read(i18n, &tag)?;
        if let Some(first) = &first {
            if PATIENTS.contains(&tag.as_str()) {
                lend(&tag, i18n, first, &mut messages)?;
            }
            compare(&tag, first, &messages)?;
        }
        let values: Map<String, Value> =
            messages.iter().map(|(key, message)| (key.clone(), message.value.clone())).collect();
        let language =
            Language::from_tag(&tag).ok_or_else(|| format!("{tag}: not a language of the server"))?;
        let values: Map<String, Value> = values.into_iter().chain(faults(language)?).collect();
        let path = folder.join(format!("{tag}.json"));
        fs::write(&path, Value::Object(values).to_string())?;
        written.push(path);
        first.get_or_insert(messages);
    }
    Ok(written)
}

/// The words of each fault: the server's, from `shared/i18n`.
fn faults(language: Language) -> Result<Vec<(String, Value)>, Failed> {
    let tag = language.tag();
    let mut said = read(&root().join("shared/i18n"), tag)?;
    let fault = |code: &Code| {
        let key = format!("fault-{}", code.text());
        let message = said.remove(&key).ok_or_else(|| format!("{tag}.ftl: {key} is missing"))?;
        Ok((key, message.value))
    };
    Code::ALL.iter().map(fault).collect()
}

fn read(i18n: &Path, tag: &str) -> Result<Messages, Failed> {
    let text = fs::read_to_string(i18n.join(format!("{tag}.ftl")))?;
    let resource = parser::parse(text.as_str()).map_err(|(_, errors)| format!("{tag}.ftl: {errors:?}"))?;
    let mut messages = Messages::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let key = message.id.name.to_owned();
        let pattern = message.value.ok_or_else(|| format!("{tag}.ftl: {key} says nothing"))?;
        let mut names = BTreeSet::new();
        let mut value = pieces(&pattern, &mut names).map_err(|why| format!("{tag}.ftl: {key}: {why}"))?;
        if let Some([Value::String(text)]) = value.as_array().map(Vec::as_slice) {
            value = text.clone().into();
        }
        if messages.insert(key.clone(), Message { value, names }).is_some() {
            return Err(format!("{tag}.ftl: {key} is there twice").into());
        }
    }
    Ok(messages)
}

/// Fills a patients' language up with the first language's texts for the screens that patients never see.
fn lend(tag: &str, i18n: &Path, first: &Messages, messages: &mut Messages) -> Result<(), Failed> {
    let sources = i18n.join("../src");
    let mut said = String::new();
    for part in SPOKEN_TO_PATIENTS {
        said.push_str(&text_of(&sources.join(part))?);
    }
    for (key, message) in first {
        if messages.contains_key(key) {
            continue;
        }
        if said.contains(&format!("\"{key}\"")) || BY_STATE.iter().any(|start| key.starts_with(start)) {
            return Err(format!("{tag}.ftl: {key} is missing, and said to patients").into());
        }
        messages.insert(key.clone(), message.clone());
    }
    Ok(())
}

/// The text of a file, or of all files in a folder.
fn text_of(path: &Path) -> Result<String, Failed> {
    if !path.is_dir() {
        return Ok(fs::read_to_string(path)?);
    }
    let mut text = String::new();
    for entry in fs::read_dir(path)? {
        text.push_str(&text_of(&entry?.path())?);
    }
    Ok(text)
}

fn compare(tag: &str, first: &Messages, messages: &Messages) -> Result<(), String> {
    for (key, message) in first {
        match messages.get(key) {
            None => return Err(format!("{tag}.ftl: {key} is missing")),
            // A language may leave out a number that its words express.
            Some(other) if !other.names.is_subset(&message.names) => {
                return Err(format!("{tag}.ftl: {key} takes other names than in the first language"));
            }
            Some(_) => {}
        }
    }
    match messages.keys().find(|key| !first.contains_key(*key)) {
        Some(key) => Err(format!("{tag}.ftl: {key} is not in the first language")),
        None => Ok(()),
    }
}

fn pieces(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) -> Result<Value, String> {
    pattern.elements.iter().map(|element| piece(element, names)).collect()
}

fn piece(element: &PatternElement<&str>, names: &mut BTreeSet<String>) -> Result<Value, String> {
    match element {
        PatternElement::TextElement { value } => Ok((*value).into()),
        PatternElement::Placeable { expression: Expression::Inline(inline) } => {
            Ok(json!({ "n": name(inline, names)? }))
        }
        PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
            let selector = name(selector, names)?;
            let mut rows = Map::new();
            let mut other = None;
            for variant in variants {
                let value = pieces(&variant.value, names)?;
                if variant.default {
                    other = Some(value);
                } else {
                    rows.insert(key(&variant.key).to_owned(), value);
                }
            }
            Ok(json!({ "c": selector, "v": rows, "o": other.ok_or("no default")? }))
        }
    }
}

const fn key<'a>(key: &VariantKey<&'a str>) -> &'a str {
    let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) = key;
    name
}

fn name(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) -> Result<String, String> {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
            Ok(id.name.to_owned())
        }
        _ => Err("only plain names are read".to_owned()),
    }
}
