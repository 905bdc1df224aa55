//! Sessions: how they begin and end.

use medlane_shared::{
    access::Role,
    audit::hex,
    fault::{Fault, Language},
    identity::{DeviceProof, Face, ProofFor},
    ids::{DeviceId, PersonId, SessionId},
    notify::Channel,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    contact::{Purpose, store::verification_end},
    devices::proven,
    factor,
    mark::{PasswordMark, stands},
    session_store::{self, Session},
    signing::signing_load,
    store,
    token::{ends, refresh},
};
use crate::{
    attempts::{self, Try},
    identity::memory::{SESSION, Sessions},
    identity::notices::not_before,
    notify::{
        self, Message, Named, Template,
        push::{push_delete, push_forget},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The hash under which a secret is stored in the database.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A session that was begun or renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// The session.
    pub session: SessionId,
    /// The count of its refresh token.
    pub counter: i64,
    /// The generation of the key that makes the token.
    pub generation: i64,
}

/// The lifetimes of sessions (`docs/product.md` §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lives {
    /// The longest time without a renewal, in seconds.
    pub idle_s: i64,
    /// The longest lifetime of a patient's session, in seconds.
    pub patient_s: i64,
    /// The longest lifetime of a staff member's session, in seconds.
    pub staff_s: i64,
}

impl Lives {
    /// When a session ends however often it is renewed; `None` for a device's session.
    #[must_use]
    pub fn last(self, role: Role, began_at: Timestamp) -> Option<Timestamp> {
        match role {
            Role::Kiosk | Role::Board => None,
            Role::Patient => Some(ends(began_at, self.patient_s)),
            _ => Some(ends(began_at, self.staff_s)),
        }
    }

    /// When a session ends if its last renewal is at `at`.
    pub(super) fn end(self, role: Role, began_at: Timestamp, at: Timestamp) -> Timestamp {
        let idle = ends(at, self.idle_s);
        self.last(role, began_at).map_or(idle, |last| last.min(idle))
    }
}

pub(super) async fn begin(
    unit: &mut Unit<'_>,
    (person, device): (Option<PersonId>, Option<DeviceId>),
    role: Role,
    face: Face,
    lives: Lives,
    agent: Option<&str>,
) -> Result<Refreshed, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let id = SessionId::new(at, rand::random());
    let generation = signing_load(unit.reads().await?, clinic).await?.generation;
    let session = Session {
        id,
        person,
        device,
        role,
        face,
        token_hash: secret_hash(&refresh(unit.core(), clinic, id, 0, generation)),
        counter: 0,
        rotated_at: at,
        expires_at: lives.end(role, at, at),
        ended_at: None,
        agent: agent.map(str::to_owned),
        created_at: at,
        generation,
        spent: Vec::new(),
    };
    session_store::session_put(unit.writes().await?, clinic, &session).await?;
    Ok(Refreshed { session: id, counter: 0, generation })
}

pub(super) async fn end(unit: &mut Unit<'_>, id: SessionId) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let Some(session) = session_store::session_by_id(unit.reads().await?, clinic, id).await? else {
        return Ok(());
    };
    if session.ended_at.is_none() {
        let ended = Session { ended_at: Some(at), ..session };
        session_store::session_put(unit.writes().await?, clinic, &ended).await?;
        push_delete(unit.writes().await?, id).await?;
        unit.change::<Sessions>(id);
        unit.changed(SESSION, id, None, ended.person);
    }
    Ok(())
}

/// Begins a person's session, or records that the password was wrong.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The person; `None` if no account has the address.
    pub person: Option<PersonId>,
    /// The password that was right; `None` if it was wrong.
    pub passed: Option<PasswordMark>,
    /// Whether the password was right, but the record was merged into another.
    pub is_merged: bool,
    /// The role to act in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// Whether the clinic requires a second factor for this role.
    pub needs_factor: bool,
    /// Whether the clinic allows this role only at its own devices.
    pub needs_device: bool,
    /// The proof of the device, and the text that it is signed over.
    pub proof: Option<(DeviceProof, String)>,
    /// How the session begins.
    pub admission: Admission,
    /// The counts of all tries.
    pub tries: Vec<Try>,
    /// The counts of failures. A success resets them.
    pub failures: Vec<Try>,
}

/// How a person's session begins.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The lifetimes of the session.
    pub lives: Lives,
    /// The most sessions of one patient. A further one ends the oldest.
    pub patient_sessions: usize,
    /// The program's own description of itself.
    pub agent: Option<String>,
    /// The device, if it has proven itself.
    pub device: Option<DeviceId>,
}

/// Begins the session of a person who has passed all checks.
pub(super) async fn admit(
    unit: &mut Unit<'_>,
    person: PersonId,
    role: Role,
    face: Face,
    admission: &Admission,
) -> Result<Refreshed, Failure> {
    let at = unit.at();
    if role == Role::Patient {
        let live = session_store::sessions_live(unit.reads().await?, person, Some(role), at).await?;
        let excess = (live.len() + 1).saturating_sub(admission.patient_sessions);
        for oldest in live.into_iter().take(excess) {
            end(unit, oldest).await?;
        }
    }
    let who = (Some(person), admission.device);
    begin(unit, who, role, face, admission.lives, admission.agent.as_deref()).await
}

/// The result of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SignedIn {
    /// A session.
    Begun(Refreshed),
    /// No session: the clinic requires one of its own devices, of a kind for this work.
    NoDevice,
    /// No session: the record was merged into another, which its owner signs in with.
    Merged,
    /// No session: the device did not prove itself, or nobody may work at it.
    Unproven(Box<Fault>),
    /// The second factor is still needed.
    Halfway {
        /// The person.
        person: PersonId,
        /// Whether it is set up already.
        enrolled: bool,
        /// The device, if it has proven itself.
        device: Option<DeviceId>,
        /// The password that was right.
        password: PasswordMark,
    },
}

impl SignIn {
    /// The person, if the password was right and still is: it may have been replaced, or the person suspended, while it
    /// was compared.
    async fn passed(&self, unit: &mut Unit<'_>) -> Result<Option<(PersonId, PasswordMark)>, Failure> {
        let Some((person, password)) = self.person.zip(self.passed) else { return Ok(None) };
        Ok(stands(unit, person, self.role, password).await?.then_some((person, password)))
    }
}

impl Op for SignIn {
    type Out = Option<SignedIn>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let target =
            self.person.map_or_else(|| "person:unknown".to_owned(), |person| format!("person:{person}"));
        let entry =
            Entry::new("session.sign_in", target).detail(json!({ "role": self.role, "face": self.face }));
        let at = unit.at();
        // Check again: others may have tried while this password was checked.
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        attempts::count(unit, &self.tries).await?;
        let device = match &self.proof {
            Some((proof, over)) => match proven(unit, proof, ProofFor::SignIn, over).await {
                Ok(device) => Some(device),
                // This counts as a try, so that signatures cannot be tried without limit.
                Err(Failure::Refused(fault)) => {
                    return Ok(unit.commit(entry.refused(), Some(SignedIn::Unproven(Box::new(fault)))));
                }
                Err(broken) => return Err(broken),
            },
            None => None,
        };
        let Some((person, password)) = self.passed(unit).await? else {
            attempts::count(unit, &self.failures).await?;
            return Ok(unit.commit(entry.refused(), self.is_merged.then_some(SignedIn::Merged)));
        };
        attempts::clear(unit, &self.failures).await?;
        let is_at_work = device.as_ref().map(|device| device.kind.serves(self.face, self.role));
        if is_at_work == Some(false) || (self.needs_device && is_at_work.is_none()) {
            return Ok(unit.commit(entry.refused(), Some(SignedIn::NoDevice)));
        }
        let device = device.map(|device| device.id);
        let clinic = unit.clinic();
        let enrolled = factor::wanted(unit.reads().await?, clinic, person).await?;
        if enrolled || self.needs_factor {
            let entry = Entry::new("session.password", format!("person:{person}"));
            return Ok(unit.commit(entry, Some(SignedIn::Halfway { person, enrolled, device, password })));
        }
        let admission = Admission { device, ..self.admission.clone() };
        let begun = admit(unit, person, self.role, self.face, &admission).await?;
        Ok(unit.commit(entry.proven(Some(person), device), Some(SignedIn::Begun(begun))))
    }
}

/// Replaces a person's password. Every open code for a new password ends: an older one would undo what its owner did. So
/// does every push subscription, of the session that stays too: its page subscribes its own browser anew.
pub(super) async fn password_replace(
    unit: &mut Unit<'_>,
    person: PersonId,
    hash: &str,
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    store::password_put(unit.writes().await?, person, hash).await?;
    verification_end(unit.writes().await?, clinic, Purpose::Reset.text(), person, at).await?;
    push_forget(unit.writes().await?, person).await?;
    Ok(())
}

/// Ends all sessions of a person except `but`.
pub(super) async fn end_all(
    unit: &mut Unit<'_>,
    person: PersonId,
    but: Option<SessionId>,
) -> Result<(), Failure> {
    let at = unit.at();
    for session in session_store::sessions_live(unit.reads().await?, person, None, at).await? {
        if Some(session) != but {
            end(unit, session).await?;
        }
    }
    Ok(())
}

/// Tells a person about a change of their account: in their inbox, and by e-mail or, without an address, by text
/// message.
pub(super) async fn tell(
    unit: &mut Unit<'_>,
    person: PersonId,
    template: Template,
    named: &[Named<'_>],
) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let account = store::account_by_id(unit.reads().await?, clinic, person).await?;
    let Some(account) = account else { return Ok(()) };
    let language = account.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    notify::inbox::put(unit, person, template, named, language).await?;
    let mut reached = [Channel::Email, Channel::Sms].into_iter();
    let Some((channel, to)) = reached.find_map(|one| Some((one, account.proven(one)?))) else {
        return Ok(());
    };
    let chosen = notify::choice_by_person(unit.reads().await?, clinic, person).await?;
    let quiet = chosen.and_then(|chosen| chosen.quiet).filter(|_| template.can_wait());
    let due_at = Some(not_before(quiet.as_ref(), unit.at()));
    let message = Message {
        person: Some(person),
        channel,
        to,
        template,
        named,
        language,
        due_at,
        expires_at: None,
        held: None,
    };
    notify::post(unit, message).await.map(drop)
}

/// Ends a session.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    /// The session.
    pub session: SessionId,
}

impl Op for SignOut {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        end(unit, self.session).await?;
        let entry = Entry::new("session.sign_out", format!("session:{}", self.session));
        Ok(unit.commit(entry, ()))
    }
}
