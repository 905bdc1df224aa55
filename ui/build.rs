//! Turns the languages' messages (`i18n/*.ftl`, Fluent) into tables, so that no reader of Fluent travels to the
//! browser. A message that does not read, or is not there in every language with the same names, ends the build.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write as _,
    fs,
    path::Path,
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey},
    parser,
};

/// Every language: its tag and its own name. The first is the fallback.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("ar", "العربية")];

/// A message as Rust, and the names that it takes.
struct Message {
    parts: String,
    names: BTreeSet<String>,
}

type Messages = BTreeMap<String, Message>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=i18n");
    let mut first: Option<Messages> = None;
    let mut table = String::new();
    for (tag, name) in LANGUAGES {
        let messages = read(tag)?;
        if let Some(first) = &first {
            compare(tag, first, &messages)?;
        }
        let rows = messages.iter().map(|(key, message)| format!("({key:?}, &{})", message.parts));
        write!(table, "({tag:?}, {name:?}, &[{}]),", rows.collect::<Vec<_>>().join(","))?;
        first.get_or_insert(messages);
    }
    let out = std::env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("messages.rs"), format!("[{table}]"))?;
    Ok(())
}

fn read(tag: &str) -> Result<Messages, Box<dyn Error>> {
    let text = fs::read_to_string(format!("i18n/{tag}.ftl"))?;
    let resource = parser::parse(text.as_str()).map_err(|(_, errors)| format!("{tag}.ftl: {errors:?}"))?;
    let mut messages = Messages::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let key = message.id.name.to_owned();
        let value = message.value.ok_or_else(|| format!("{tag}.ftl: {key} says nothing"))?;
        let mut names = BTreeSet::new();
        let parts = pattern(&value, &mut names).map_err(|why| format!("{tag}.ftl: {key}: {why}"))?;
        if messages.insert(key.clone(), Message { parts, names }).is_some() {
            return Err(format!("{tag}.ftl: {key} is there twice").into());
        }
    }
    Ok(messages)
}

fn compare(tag: &str, first: &Messages, messages: &Messages) -> Result<(), String> {
    for (key, message) in first {
        match messages.get(key) {
            None => return Err(format!("{tag}.ftl: {key} is missing")),
            // A language may leave a number out that its words carry.
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

fn pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) -> Result<String, String> {
    let parts: Result<Vec<String>, String> =
        pattern.elements.iter().map(|element| part(element, names)).collect();
    Ok(format!("[{}]", parts?.join(",")))
}

fn part(element: &PatternElement<&str>, names: &mut BTreeSet<String>) -> Result<String, String> {
    match element {
        PatternElement::TextElement { value } => Ok(format!("Part::Text({value:?})")),
        PatternElement::Placeable { expression: Expression::Inline(inline) } => {
            Ok(format!("Part::Named({:?})", name(inline, names)?))
        }
        PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
            let selector = name(selector, names)?;
            let rows: Result<Vec<String>, String> = variants
                .iter()
                .filter(|variant| !variant.default)
                .map(|variant| choice(variant, names))
                .collect();
            let other = variants.iter().find(|variant| variant.default).ok_or("no default")?;
            let other = pattern(&other.value, names)?;
            Ok(format!("Part::Choice({selector:?}, &[{}], &{other})", rows?.join(",")))
        }
    }
}

fn choice(variant: &Variant<&str>, names: &mut BTreeSet<String>) -> Result<String, String> {
    let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) = &variant.key;
    Ok(format!("({name:?}, &{})", pattern(&variant.value, names)?))
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
