//! Settings that are lists: TOML lists, or the values of a variable separated by commas. An empty variable is an
//! empty list.

use std::{fmt, net::IpAddr};

use medlane_shared::access::Role;
use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};

struct Listed;

impl<'de> Visitor<'de> for Listed {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or values between commas")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
        Ok(values.map(str::to_owned).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = values.next_element()? {
            all.push(value);
        }
        Ok(all)
    }
}

/// The values as texts.
pub(super) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_any(Listed)
}

/// The values as IP addresses without a port.
pub(super) fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpAddr>, D::Error> {
    let address = |text: &String| {
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no address, as 10.0.0.5")))
    };
    texts(from)?.iter().map(address).collect()
}

/// The values as names of roles.
pub(super) fn roles<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Role>, D::Error> {
    let role = |name: &String| {
        Role::from_text(name).ok_or_else(|| D::Error::custom(format!("{name:?} names no role")))
    };
    texts(from)?.iter().map(role).collect()
}
