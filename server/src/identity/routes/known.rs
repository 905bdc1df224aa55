//! Browsers and devices in which a person has signed in before. Each has a count of failures of its own, so that an
//! attacker who tries passwords elsewhere cannot keep the owner out (`docs/product.md` §1).
//!
//! A browser keeps a signed cookie for each account. The cookie gives no right: the password is still required. It
//! ends when the password is replaced.

use axum::http::HeaderValue;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    audit::hex,
    fault::{Code, Fault},
    ids::{DeviceId, PersonId},
    time::Timestamp,
};

use crate::{
    db::Conn,
    engine::Core,
    http::Client,
    identity::{keys::browsers, session_store::was_at, store::Account},
    keys::{mac, same},
};

/// How long a browser stays known after the last sign-in, in seconds.
const LASTS_S: i64 = 180 * 86_400;
/// The length of a browser's id, in bytes.
const BROWSER: usize = 16;
/// The most accounts for which one browser is known. Each needs a cookie, and every request carries all of them.
const COOKIES_MAX: usize = 8;
/// The beginning of the cookies' names.
const PREFIX: &str = "__Host-medlane-known-";
/// The attributes of every such cookie.
const KEPT: &str = "Secure; HttpOnly; SameSite=Strict";
/// The length of the part of a cookie's name that tells accounts apart, in bytes.
const NAME: usize = 8;

/// The known browser or device of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPlace(String);

impl KnownPlace {
    /// The key under which its failures are counted.
    #[must_use]
    pub fn counted(&self, person: PersonId) -> String {
        format!("{person} {}", self.0)
    }
}

fn name(core: &Core, person: PersonId) -> String {
    let named = mac(&browsers(&core.root), &[b"name", person.0.as_bytes().as_slice()].concat());
    format!("{PREFIX}{}", hex(&named[..NAME]))
}

/// The proof in a cookie. It includes the password's hash, so a cookie is valid until the password is replaced.
fn proof(core: &Core, person: PersonId, password: &str, place: &[u8]) -> [u8; 32] {
    mac(
        &browsers(&core.root),
        &[b"known", person.0.as_bytes().as_slice(), place, password.as_bytes()].concat(),
    )
}

/// The cookies for a browser after a sign-in. The same browser keeps its id. If there are too many cookies, the
/// oldest of the others are deleted.
///
/// # Errors
/// [`Code::Internal`] if the value cannot be a header.
pub fn cookies(
    core: &Core,
    client: &Client,
    person: PersonId,
    password: &str,
    now: Timestamp,
) -> Result<Vec<HeaderValue>, Fault> {
    let browser = read(core, client, person, password, now).unwrap_or_else(rand::random);
    let place = [&browser[..], &now.ms().to_be_bytes()].concat();
    let proof = proof(core, person, password, &place);
    let value = BASE64_URL_SAFE_NO_PAD.encode([&place[..], &proof].concat());
    let name = name(core, person);
    let ended = excess(client, &name).into_iter().map(|other| format!("{other}=; Path=/; Max-Age=0; {KEPT}"));
    let own = format!("{name}={value}; Path=/; Max-Age={LASTS_S}; {KEPT}");
    let texts = std::iter::once(own).chain(ended);
    texts.map(|text| HeaderValue::from_str(&text).map_err(|_| Code::Internal.into())).collect()
}

/// The names of the oldest cookies of other accounts that exceed the limit.
fn excess(client: &Client, own: &str) -> Vec<String> {
    let since = |value: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
        bytes.get(BROWSER..)?.first_chunk::<8>().map(|since| i64::from_be_bytes(*since))
    };
    let mut others: Vec<(Option<i64>, &str)> = client
        .cookies(PREFIX)
        .filter(|(name, _)| {
            *name != own && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
        .map(|(name, value)| (since(value), name))
        .collect();
    // Cookies that cannot be read are the first to go.
    others.sort_unstable();
    let excess = (others.len() + 1).saturating_sub(COOKIES_MAX);
    others.into_iter().take(excess).map(|(_, name)| name.to_owned()).collect()
}

fn read(
    core: &Core,
    client: &Client,
    person: PersonId,
    password: &str,
    now: Timestamp,
) -> Option<[u8; BROWSER]> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(client.cookie(&name(core, person))?).ok()?;
    let (browser, rest) = bytes.split_first_chunk::<BROWSER>()?;
    let (since, came) = rest.split_first_chunk::<8>()?;
    let own = proof(core, person, password, &bytes[..BROWSER + 8]);
    let age_ms = now.since_ms(Timestamp::from_ms(i64::from_be_bytes(*since)));
    (same(&own, came) && (0..LASTS_S * 1_000).contains(&age_ms)).then_some(*browser)
}

/// The known device or browser of this sign-in; `None` if there was no earlier sign-in there.
///
/// # Errors
/// An error of the database driver.
pub async fn place(
    core: &Core,
    conn: &mut Conn,
    client: &Client,
    account: &Account,
    device: Option<DeviceId>,
) -> sqlx::Result<Option<KnownPlace>> {
    if let Some(device) = device
        && was_at(conn, account.id, device).await?
    {
        return Ok(Some(KnownPlace(device.to_string())));
    }
    let Some(password) = &account.password else { return Ok(None) };
    let browser = read(core, client, account.id, password, core.now());
    Ok(browser.map(|browser| KnownPlace(hex(&browser))))
}
