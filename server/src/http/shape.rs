//! Checks requests against their shapes. The server accepts exactly what the OpenAPI description says, because both
//! come from the same declarations ([`medlane_shared::shape`] and the wire types).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use medlane_shared::{
    fault::{Code, Fault, FieldCode, FieldFault},
    time::Timestamp,
};
use regex::Regex;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{formats, openapi};

/// The shape of every request type, from the OpenAPI description.
static SHAPES: LazyLock<BTreeMap<String, Shape>> = LazyLock::new(|| {
    let described = serde_json::to_value(openapi::document()).unwrap_or_default();
    let schemas = described.pointer("/components/schemas").and_then(Value::as_object);
    let schemas = schemas.into_iter().flatten();
    schemas.map(|(name, schema)| (name.clone(), Shape::of(schema))).collect()
});

/// A schema in a form that values can be checked against.
#[derive(Debug)]
enum Shape {
    Any,
    Null,
    Flag,
    Real,
    Whole { min: i64, max: i64 },
    Text(Text),
    List { item: Box<Self>, min: usize, max: usize, once: bool },
    Object { fields: BTreeMap<String, Self>, needed: BTreeSet<String>, closed: bool },
    OneOf(Vec<Self>),
    Named(String),
}

#[derive(Debug)]
struct Text {
    min: usize,
    max: usize,
    choices: Vec<String>,
    pattern: Option<Regex>,
    format: Option<String>,
    fault: FieldCode,
}

/// The faults found so far.
struct Faults {
    now: Timestamp,
    found: BTreeMap<String, FieldFault>,
    /// Whether a value was converted to the form that its type reads, `3.0` to `3`, or that is kept.
    changed: bool,
}

/// Whether the field cannot be read at all. Otherwise its value is not allowed.
const fn is_unread(code: FieldCode) -> bool {
    matches!(
        code,
        FieldCode::Missing
            | FieldCode::Unknown
            | FieldCode::Kind
            | FieldCode::Choice
            | FieldCode::Uuid
            | FieldCode::DateTime
            | FieldCode::Cursor
            | FieldCode::Label
    )
}

impl Faults {
    const fn new(now: Timestamp) -> Self {
        Self { now, found: BTreeMap::new(), changed: false }
    }

    fn say(&mut self, path: &str, why: impl Into<FieldFault>) {
        let path = if path.is_empty() { "." } else { path };
        self.found.insert(path.to_owned(), why.into());
    }

    fn fault(self) -> Result<bool, Fault> {
        if self.found.is_empty() {
            return Ok(self.changed);
        }
        let unread = self.found.values().any(|why| is_unread(why.code));
        Err(Fault { fields: self.found, ..Fault::new(if unread { Code::Malformed } else { Code::Invalid }) })
    }
}

/// Checks a body against its type. Converts whole numbers such as `3.0` to `3`, takes hidden characters out of texts, and
/// returns whether there was one of these.
///
/// # Errors
/// [`Code::Malformed`] if the body cannot be read, otherwise [`Code::Invalid`]; each wrong field is named.
pub fn hold<T: ToSchema>(value: &mut Value, now: Timestamp) -> Result<bool, Fault> {
    let mut faults = Faults::new(now);
    if let Some(shape) = SHAPES.get(T::name().as_ref()) {
        shape.hold(value, "", &mut faults);
    }
    faults.fault()
}

/// Makes an object of a query's pairs, and checks it against its type.
///
/// # Errors
/// As [`hold`].
pub fn query<T: ToSchema>(
    pairs: impl Iterator<Item = (String, String)>,
    now: Timestamp,
) -> Result<Value, Fault> {
    let mut faults = Faults::new(now);
    let mut object = Map::new();
    let shape = SHAPES.get(T::name().as_ref());
    for (name, text) in pairs {
        let field = match shape {
            Some(Shape::Object { fields, .. }) => fields.get(&name),
            _ => None,
        };
        let value = match field.map(Shape::plain) {
            Some(Shape::Whole { .. }) => text.parse::<i64>().ok().map(Value::from),
            Some(Shape::Flag) => text.parse::<bool>().ok().map(Value::from),
            _ => Some(Value::from(text)),
        };
        match value {
            Some(_) if object.contains_key(&name) => faults.say(&name, FieldCode::Twice),
            Some(value) => drop(object.insert(name, value)),
            None => faults.say(&name, FieldCode::Kind),
        }
    }
    let mut value = Value::Object(object);
    if let Some(shape) = shape {
        shape.hold(&mut value, "", &mut faults);
    }
    faults.fault().map(|_| value)
}

/// Checks a header's text against its shape.
///
/// # Errors
/// What is wrong with it.
pub fn header<T: ToSchema>(text: &str) -> Result<(), FieldFault> {
    match SHAPES.get(T::name().as_ref()) {
        Some(Shape::Text(shape)) => shape.fault(text, Timestamp::from_ms(0)).map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

impl Shape {
    fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return Self::Named(name.to_owned());
        }
        if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            return Self::OneOf(choices.iter().map(Self::of).collect());
        }
        match &schema["type"] {
            Value::Array(types) => {
                let one = |kind: &Value| Self::kind(kind.as_str().unwrap_or_default(), schema);
                Self::OneOf(types.iter().map(one).collect())
            }
            kind => Self::kind(kind.as_str().unwrap_or_default(), schema),
        }
    }

    fn kind(kind: &str, schema: &Value) -> Self {
        let count = |name: &str| schema[name].as_u64().and_then(|count| usize::try_from(count).ok());
        match kind {
            "null" => Self::Null,
            "boolean" => Self::Flag,
            "number" => Self::Real,
            "integer" => Self::Whole {
                min: schema["minimum"].as_i64().unwrap_or(i64::MIN),
                max: schema["maximum"].as_i64().unwrap_or(i64::MAX),
            },
            "string" => Self::Text(Text::of(schema)),
            "array" => Self::List {
                item: Box::new(Self::of(&schema["items"])),
                min: count("minItems").unwrap_or(0),
                max: count("maxItems").unwrap_or(usize::MAX),
                once: schema["uniqueItems"].as_bool().unwrap_or(false),
            },
            "object" => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let needed = schema["required"].as_array().into_iter().flatten();
                Self::Object {
                    fields: fields.map(|(name, field)| (name.clone(), Self::of(field))).collect(),
                    needed: needed.filter_map(Value::as_str).map(str::to_owned).collect(),
                    closed: schema["additionalProperties"] == false,
                }
            }
            _ => Self::Any,
        }
    }

    /// Resolves a named shape, also in a choice between a shape and `null`.
    fn plain(&self) -> &Self {
        match self {
            Self::Named(name) => SHAPES.get(name).map_or(&Self::Any, Self::plain),
            Self::OneOf(choices) => match choices.iter().find(|choice| !matches!(choice, Self::Null)) {
                Some(choice) if choices.len() == 2 => choice.plain(),
                _ => self,
            },
            _ => self,
        }
    }

    fn hold(&self, value: &mut Value, path: &str, faults: &mut Faults) {
        match (self, value) {
            (Self::Any, _)
            | (Self::Null, Value::Null)
            | (Self::Flag, Value::Bool(_))
            | (Self::Real, Value::Number(_)) => {}
            (Self::Named(name), value) => {
                if let Some(shape) = SHAPES.get(name) {
                    shape.hold(value, path, faults);
                }
            }
            (Self::OneOf(choices), value) => one_of(choices, value, path, faults),
            (Self::Whole { min, max }, value @ Value::Number(_)) => whole(value, (*min, *max), path, faults),
            (Self::Text(text), Value::String(said)) => {
                if let Some(kept) = text.format.as_deref().and_then(|format| formats::kept(format, said)) {
                    *said = kept;
                    faults.changed = true;
                }
                if let Some(why) = text.fault(said, faults.now) {
                    faults.say(path, why);
                }
            }
            (Self::List { item, min, max, once }, Value::Array(list)) => {
                if !(*min..=*max).contains(&list.len()) {
                    faults.say(path, FieldFault::items(*min, *max));
                } else if *once && (1..list.len()).any(|n| list[..n].contains(&list[n])) {
                    faults.say(path, FieldCode::Twice);
                }
                for (n, value) in list.iter_mut().enumerate().take(*max) {
                    item.hold(value, &format!("{path}[{n}]"), faults);
                }
            }
            (Self::Object { fields, needed, closed }, Value::Object(object)) => {
                let inner = |name: &str| {
                    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
                };
                for name in needed.iter().filter(|name| !object.contains_key(*name)) {
                    faults.say(&inner(name), FieldCode::Missing);
                }
                for (name, value) in object {
                    match fields.get(name) {
                        Some(field) => field.hold(value, &inner(name), faults),
                        None if *closed => faults.say(&inner(name), FieldCode::Unknown),
                        None => {}
                    }
                }
            }
            _ => faults.say(path, FieldCode::Kind),
        }
    }
}

/// Checks a value against several shapes. If none fits, reports the faults of the one with the fewest.
fn one_of(choices: &[Shape], value: &mut Value, path: &str, faults: &mut Faults) {
    let has_null = choices.iter().any(|choice| matches!(choice, Shape::Null));
    if has_null && value.is_null() {
        return;
    }
    let mut nearest: Option<Faults> = None;
    for choice in choices.iter().filter(|choice| !matches!(choice, Shape::Null)) {
        let mut copy = value.clone();
        let mut own = Faults::new(faults.now);
        choice.hold(&mut copy, path, &mut own);
        if own.found.is_empty() {
            faults.changed |= own.changed;
            *value = copy;
            return;
        }
        if nearest.as_ref().is_none_or(|nearest| own.found.len() < nearest.found.len()) {
            nearest = Some(own);
        }
    }
    faults.found.extend(nearest.map(|nearest| nearest.found).unwrap_or_default());
}

/// Checks a whole number and its range. JSON may write it as `3.0`.
#[expect(clippy::cast_possible_truncation, reason = "it is whole, and within what a float holds exactly")]
#[expect(clippy::cast_precision_loss, reason = "the same")]
fn whole(value: &mut Value, (min, max): (i64, i64), path: &str, faults: &mut Faults) {
    const EXACT: f64 = (1_i64 << 53) as f64;
    let number = value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
        faults.changed = true;
        Some(float as i64)
    });
    match number {
        Some(number) if (min..=max).contains(&number) => *value = number.into(),
        None if value.as_f64().is_some_and(|float| float.fract() != 0.0) => {
            faults.say(path, FieldCode::Kind);
        }
        _ => faults.say(path, FieldFault::range(min, max)),
    }
}

impl Text {
    fn of(schema: &Value) -> Self {
        let count = |name: &str| schema[name].as_u64().and_then(|count| usize::try_from(count).ok());
        let format = schema["format"].as_str().map(str::to_owned);
        let own = schema["x-fault"].as_str().and_then(FieldCode::from_text);
        let fault = own.or_else(|| formats::fault(format.as_deref()?)).unwrap_or(FieldCode::Form);
        let choices = schema["enum"].as_array().into_iter().flatten();
        Self {
            min: count("minLength").unwrap_or(0),
            max: count("maxLength").unwrap_or(usize::MAX),
            choices: choices.filter_map(Value::as_str).map(str::to_owned).collect(),
            // The test below finds a pattern that does not compile.
            pattern: schema["pattern"].as_str().and_then(|pattern| Regex::new(pattern).ok()),
            format,
            fault,
        }
    }

    /// What is wrong with a text.
    fn fault(&self, text: &str, now: Timestamp) -> Option<FieldFault> {
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) {
            return Some(FieldCode::Choice.into());
        }
        if !(self.min..=self.max).contains(&text.chars().count()) {
            let plain = matches!(self.fault, FieldCode::Line | FieldCode::Text);
            return Some(if plain { FieldFault::length(self.min, self.max) } else { self.own_fault() });
        }
        let has_form = self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        let fine = self.format.as_deref().filter(|_| has_form);
        if let Some(code) = fine.and_then(|format| formats::fine_fault(format, text)) {
            return Some(code.into());
        }
        let fits = has_form && self.format.as_deref().is_none_or(|format| formats::fits(format, text, now));
        (!fits).then(|| self.own_fault())
    }

    fn own_fault(&self) -> FieldFault {
        let min = (self.fault == FieldCode::Digits).then(|| i64::try_from(self.min).unwrap_or(i64::MAX));
        FieldFault { min, ..self.fault.into() }
    }

    /// Whether the shape restricts the text at all.
    #[cfg(test)]
    fn is_bound(&self) -> bool {
        self.pattern.is_some() || self.format.is_some() || !self.choices.is_empty()
    }
}

#[cfg(test)]
mod tests;
