//! Operations that add and change branches, services, and who gives them.

use std::collections::BTreeSet;

use medlane_shared::{
    access::{Action, Grant, Resource, may},
    clinic::{
        BranchSettings, DURATION_MAX_MIN, PRICE_MAX_MINOR, ROOM_MAX_CHARS, ROOMS_MAX, ServiceSettings,
        Settings,
    },
    fault::{Code, Fault, FieldCode, FieldFault, Language},
    ids::{BranchId, ServiceId},
    queue::{Label, is_series},
};
use serde_json::json;

use super::store;
use crate::{
    clinic::publish,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The most characters of a name or an address.
const TEXT_MAX_CHARS: usize = 200;

fn wrong(field: &str, why: impl Into<FieldFault>) -> Failure {
    Fault::new(Code::Invalid).field(field, why).into()
}

/// Trims a text, and checks that it is one line of at most `max` characters.
fn text(field: &str, text: &str, max: usize) -> Result<String, Failure> {
    let text = text.trim();
    let fits = text.chars().count() <= max && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(wrong(field, FieldFault::length(0, max))) }
}

/// As `text`, and refuses an empty text.
fn named(field: &str, name: &str, max: usize) -> Result<String, Failure> {
    let name = text(field, name, max)?;
    if name.is_empty() { Err(wrong(field, FieldCode::Missing)) } else { Ok(name) }
}

/// Checks that the caller saw the present version; a new row has none.
fn seen(present: Option<i64>, version: Option<i64>) -> Result<(), Failure> {
    match (present, version) {
        (present, version) if present == version => Ok(()),
        (None, _) => Err(Code::NotFound.into()),
        _ => Err(Code::VersionStale.into()),
    }
}

async fn present(unit: &mut Unit<'_>) -> Result<(Settings, Grant), Failure> {
    let grant = may(unit.actor(), Action::SettingsManage, &Resource::clinic())?;
    Ok((store::settings_load(unit.reads().await?, &grant).await?, grant))
}

/// Refuses the id of another clinic's branch or service.
async fn here(unit: &mut Unit<'_>, id: uuid::Uuid) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let elsewhere = store::is_elsewhere(unit.reads().await?, clinic, id).await?;
    if elsewhere { Err(Code::NotFound.into()) } else { Ok(()) }
}

/// Adds or changes a branch.
#[derive(Debug, Clone)]
pub struct BranchSave {
    /// The id; the caller makes it for a new one.
    pub id: BranchId,
    /// The new settings.
    pub settings: BranchSettings,
}

impl Op for BranchSave {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (all, grant) = present(unit).await?;
        let before =
            all.branches.into_iter().find(|branch| branch.id == self.id).map(|branch| branch.settings);
        seen(before.as_ref().and_then(|before| before.version), self.settings.version)?;
        let mut settings = self.settings.clone();
        settings.name = named("name", &settings.name, TEXT_MAX_CHARS)?;
        settings.address = text("address", &settings.address, TEXT_MAX_CHARS)?;
        settings.policy.check()?;
        for message in &mut settings.policy.messages {
            *message = message.trim().to_owned();
        }
        jiff::tz::TimeZone::get(&settings.time_zone).map_err(|_| wrong("time_zone", FieldCode::TimeZone))?;
        let known = |tag: &String| Language::from_tag(tag).is_some();
        if settings.languages.is_empty() || !settings.languages.iter().all(known) {
            return Err(wrong("languages", FieldCode::Language));
        }
        let asked = settings.rooms.len();
        let rooms: Result<BTreeSet<String>, Failure> =
            settings.rooms.iter().map(|room| named("rooms", room, ROOM_MAX_CHARS)).collect();
        settings.rooms = rooms?.into_iter().collect();
        if settings.rooms.len() != asked || asked > ROOMS_MAX {
            return Err(wrong("rooms", FieldCode::Twice));
        }
        here(unit, self.id.0).await?;
        let (at, clinic) = (unit.at(), unit.clinic());
        store::branch_put(unit.writes().await?, clinic, self.id, &settings, at).await?;
        publish(unit).await?;
        let entry = Entry::new("branch.save", format!("branch:{}", self.id)).by(&grant);
        Ok(unit.commit(entry.detail(json!({ "before": before, "after": settings })), ()))
    }
}

/// Adds or changes a service.
#[derive(Debug, Clone)]
pub struct ServiceSave {
    /// The id; the caller makes it for a new one.
    pub id: ServiceId,
    /// The new settings.
    pub settings: ServiceSettings,
}

impl Op for ServiceSave {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (all, grant) = present(unit).await?;
        let before = all.services.iter().find(|service| service.id == self.id);
        let before = before.map(|service| service.settings.clone());
        seen(before.as_ref().and_then(|before| before.version), self.settings.version)?;
        let mut settings = self.settings.clone();
        settings.name = named("name", &settings.name, TEXT_MAX_CHARS)?;
        if Label::new(&settings.prefix, 1).is_err() || is_series(&settings.prefix) {
            return Err(wrong("prefix", FieldCode::Prefix));
        }
        if !(1..=DURATION_MAX_MIN).contains(&settings.duration_min) {
            return Err(wrong("duration_min", FieldFault::range(1, DURATION_MAX_MIN)));
        }
        if !(0..=PRICE_MAX_MINOR).contains(&settings.price_minor) {
            return Err(wrong("price_minor", FieldFault::range(0, PRICE_MAX_MINOR)));
        }
        if settings.currency.len() != 3
            || !settings.currency.bytes().all(|letter| letter.is_ascii_uppercase())
        {
            return Err(wrong("currency", FieldCode::Currency));
        }
        let mut given = settings.given.clone();
        given.sort_unstable();
        given.dedup();
        let works = |given: &medlane_shared::clinic::Given| {
            let person = all.staff.iter().find(|person| person.id == given.person_id);
            person.is_some_and(|person| person.branches.contains(&given.branch_id))
        };
        if given.len() != settings.given.len() || !given.iter().all(works) {
            return Err(wrong("given", FieldCode::Giver));
        }
        if all.services.iter().any(|other| other.id != self.id && other.settings.prefix == settings.prefix) {
            return Err(Fault::new(Code::PrefixTaken).field("prefix", FieldCode::OtherService).into());
        }
        here(unit, self.id.0).await?;
        let clinic = unit.clinic();
        store::service_put(unit.writes().await?, clinic, self.id, &settings).await?;
        publish(unit).await?;
        let entry = Entry::new("service.save", format!("service:{}", self.id)).by(&grant);
        Ok(unit.commit(entry.detail(json!({ "before": before, "after": settings })), ()))
    }
}
