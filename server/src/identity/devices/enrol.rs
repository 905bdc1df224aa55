//! Enrolment: an administrator's one-time code makes a computer one of the clinic's devices.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use medlane_shared::{
    access::{Action, Resource, may},
    audit::hex,
    fault::{Code, Fault, FieldCode, FieldFault},
    identity::{DeviceCodeRequest, DeviceEnrolRequest, DeviceKind, Face},
    ids::{ClinicId, DeviceId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, CodeRow, Device};
use crate::{
    attempts::{self, Try},
    clinic::Catalogue,
    engine::Core,
    identity::{
        code::typed,
        confirm,
        keys::codes,
        ops::{Lives, Refreshed, begin, secret_hash},
        token::ends,
    },
    keys::mac,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The most characters of a device's name.
pub(super) const NAME_MAX_CHARS: usize = 80;
/// How long a device's code is valid, in minutes.
const CODE_MIN: i64 = 10;

/// Makes a one-time code that enrols a device.
#[derive(Debug, Clone)]
pub struct DeviceCodeMake {
    /// The kind of device, its branch and its name.
    pub request: DeviceCodeRequest,
    /// The code.
    pub code: String,
    /// For the demo clinic: the code is valid for a year and can be used again.
    pub lasting: bool,
}

impl Op for DeviceCodeMake {
    type Out = i64;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<i64>, Failure> {
        let request = &self.request;
        let grant = may(unit.actor(), Action::DeviceManage, &Resource::branch(request.branch_id))?;
        unit.keep::<Catalogue>().branch(request.branch_id).ok_or(Code::NotFound)?;
        let name = request.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
            return Err(Fault::new(Code::Invalid)
                .field("name", FieldFault::length(1, NAME_MAX_CHARS))
                .into());
        }
        confirm::demand(unit).await?;
        let minutes = if self.lasting { 365 * 24 * 60 } else { CODE_MIN };
        let expires = ends(unit.at(), minutes * 60);
        let row = CodeRow {
            branch_id: request.branch_id.to_string(),
            kind: request.kind.text().to_owned(),
            name: name.to_owned(),
            expires_at_ms: expires.ms(),
            reusable: i64::from(self.lasting),
            used_at_ms: None,
        };
        let clinic = unit.clinic();
        let hash = code_hash(unit.core(), clinic, &self.code);
        store::code_insert(unit.writes().await?, clinic, &hash, &row).await?;
        let entry = Entry::new("device.code", format!("branch:{}", request.branch_id))
            .by(&grant)
            .detail(json!({ "kind": request.kind, "name": name }));
        Ok(unit.commit(entry, expires.ms()))
    }
}

/// Enrols a device by its code.
#[derive(Debug, Clone)]
pub struct Enrol {
    /// The device's request.
    pub request: DeviceEnrolRequest,
    /// The lifetimes of its session, if it has one.
    pub lives: Lives,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
}

/// The enrolled device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub id: DeviceId,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// The session of a device that acts by itself.
    pub begun: Option<Refreshed>,
}

/// A public key from its text, if it is valid.
fn public_key(text: &str) -> Result<String, Fault> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok());
    // A weak key is refused, because many signatures would match it.
    match key.filter(|key| !key.is_weak()) {
        Some(key) => Ok(BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes())),
        None => Err(Fault::new(Code::Invalid).field("public_key", FieldCode::DeviceKey)),
    }
}

/// The hash under which a code is stored. It is keyed, because somebody who has the database's rows could try all codes of 8
/// characters in minutes.
fn code_hash(core: &Core, clinic: ClinicId, told: &str) -> String {
    hex(&mac(&codes(&core.root), &[b"device".as_slice(), clinic.0.as_bytes(), told.as_bytes()].concat()))
}

impl Op for Enrol {
    type Out = Option<Made>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        let public_key = self.request.public_key.as_deref().map(public_key).transpose()?;
        let told = typed(&self.request.code);
        let mut hash = code_hash(unit.core(), clinic, &told);
        let mut code = store::code_by_hash(unit.reads().await?, clinic, &hash).await?;
        if code.is_none() {
            // A code of an earlier release, until it ends.
            hash = secret_hash(&told);
            code = store::code_by_hash(unit.reads().await?, clinic, &hash).await?;
        }
        let code = code.filter(|code| at < Timestamp::from_ms(code.expires_at_ms));
        let Some(code) = code.filter(|code| code.used_at_ms.is_none() || code.reusable != 0) else {
            attempts::count(unit, &self.tries).await?;
            return Ok(unit.commit(Entry::new("device.enrol", "device:unknown").refused(), None));
        };
        let kind = DeviceKind::from_text(&code.kind).ok_or(Code::Internal)?;
        if self.request.face.is_some_and(|face| face != kind.face()) {
            return Err(Fault::new(Code::Invalid).field("code", FieldCode::OtherDevice).into());
        }
        let device = Device {
            id: DeviceId::new(at, rand::random()),
            branch: crate::db::parse(&code.branch_id)?,
            kind,
            name: code.name.clone(),
            public_key,
            app_version: self.request.app_version.as_deref().map(store::plain_version),
            hello_at: None,
            locked: false,
            revoked: false,
            restart_at: None,
        };
        let conn = unit.writes().await?;
        store::code_use(conn, &hash, at).await?;
        store::device_insert(conn, clinic, &device, at).await?;
        let begun = match kind.role() {
            Some(role) => {
                Some(begin(unit, (None, Some(device.id)), role, Face::Kiosk, self.lives, None).await?)
            }
            None => None,
        };
        let entry = Entry::new("device.enrol", format!("device:{}", device.id))
            .proven(None, Some(device.id))
            .detail(json!({ "kind": kind, "has_key": device.public_key.is_some() }));
        Ok(unit.commit(entry, Some(Made { id: device.id, kind, name: code.name, begun })))
    }
}
