//! Sessions: begun, renewed, ended.

use medlane_shared::{
    access::Role,
    audit::hex,
    fault::{Code, Language},
    identity::{DeviceProof, Face, ProofFor},
    ids::{DeviceId, PersonId, SessionId},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    attempts::{self, Try},
    contact::Contact,
    devices::{self, proven},
    factor,
    session_store::{self, Session},
    store::{self, Account},
    token::{ends, refresh},
};
use crate::{
    notify::{self, Message, Named, Template},
    queue::Effect,
    writer::{Done, Entity, Entry, Failure, Op, Unit},
};

/// Keeps a secret in the database as its hash.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A session that was begun or renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// Which.
    pub session: SessionId,
    /// The count of its refresh token.
    pub counter: i64,
}

pub(super) async fn begin(
    unit: &mut Unit<'_>,
    (person, device): (Option<PersonId>, Option<DeviceId>),
    role: Role,
    face: Face,
    lives_s: i64,
    agent: Option<&str>,
) -> Result<Refreshed, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let id = SessionId::new(at, rand::random());
    let session = Session {
        id,
        person,
        device,
        role,
        face,
        token_hash: secret_hash(&refresh(unit.core(), id, 0)),
        counter: 0,
        rotated_at: at,
        expires_at: ends(at, lives_s),
        ended_at: None,
        agent: agent.map(str::to_owned),
        created_at: at,
    };
    session_store::session_put(unit.writes().await?, clinic, &session).await?;
    Ok(Refreshed { session: id, counter: 0 })
}

pub(super) async fn end(unit: &mut Unit<'_>, id: SessionId) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let Some(session) = session_store::session_by_id(unit.reads().await?, clinic, id).await? else {
        return Ok(());
    };
    if session.ended_at.is_none() {
        let ended = Session { ended_at: Some(at), ..session };
        session_store::session_put(unit.writes().await?, clinic, &ended).await?;
        unit.effect(Effect::SessionEnded(id));
        unit.changed(Entity::Session, id, None, ended.person);
    }
    Ok(())
}

/// Begins a person's session, or writes down that the password was wrong.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Who; none where no account has the address.
    pub person: Option<PersonId>,
    /// Whether the password was theirs and they may sign in.
    pub passed: bool,
    /// The role to act in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// Whether the clinic wants a second factor of this role.
    pub needs_factor: bool,
    /// Whether the clinic wants this role to work at its own devices alone.
    pub needs_device: bool,
    /// What proves the device, and over what.
    pub proof: Option<(DeviceProof, String)>,
    /// How the session begins.
    pub admission: Admission,
    /// What is counted of each try.
    pub tries: Vec<Try>,
    /// What is counted of each failure, and forgotten with a success.
    pub failures: Vec<Try>,
}

/// How a person's session begins.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Seconds until it ends by itself.
    pub lives_s: i64,
    /// Sessions of one patient at the most: the oldest goes.
    pub patient_sessions: usize,
    /// What the program says of itself.
    pub agent: Option<String>,
    /// The device that it is at, proven.
    pub device: Option<DeviceId>,
}

/// Begins the session of somebody who has proven to be who they are.
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
    begin(unit, who, role, face, admission.lives_s, admission.agent.as_deref()).await
}

/// What a right password has led to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum SignedIn {
    /// A session.
    Begun(Refreshed),
    /// Nothing: the clinic wants one of its own devices.
    NoDevice,
    /// The second factor is needed, and set up or not.
    Halfway {
        /// Who.
        person: PersonId,
        /// It is set up.
        enrolled: bool,
        /// The device that they are at, proven.
        device: Option<DeviceId>,
    },
}

impl Op for SignIn {
    type Out = Option<SignedIn>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let target =
            self.person.map_or_else(|| "person:unknown".to_owned(), |person| format!("person:{person}"));
        let entry =
            Entry::new("session.sign_in", target).detail(json!({ "role": self.role, "face": self.face }));
        let at = unit.at();
        // Again, since others may have tried while this one's password was looked at.
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        let device = match &self.proof {
            Some((proof, over)) => Some(proven(unit, proof, ProofFor::SignIn, over).await?.id),
            None => None,
        };
        attempts::count(unit, &self.tries).await?;
        let Some(person) = self.person.filter(|_| self.passed) else {
            attempts::count(unit, &self.failures).await?;
            return Ok(unit.commit(entry.refused(), None));
        };
        attempts::clear(unit, &self.failures).await?;
        if self.needs_device && device.is_none() {
            return Ok(unit.commit(entry.refused(), Some(SignedIn::NoDevice)));
        }
        let clinic = unit.clinic();
        let enrolled = factor::wanted(unit.reads().await?, clinic, person).await?;
        if enrolled || self.needs_factor {
            let entry = Entry::new("session.password", format!("person:{person}"));
            return Ok(unit.commit(entry, Some(SignedIn::Halfway { person, enrolled, device })));
        }
        let admission = Admission { device, ..self.admission.clone() };
        let begun = admit(unit, person, self.role, self.face, &admission).await?;
        Ok(unit.commit(entry.proven(Some(person), device), Some(SignedIn::Begun(begun))))
    }
}

/// Renews a session's tokens.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// Which session.
    pub session: SessionId,
    /// The count of the token that came.
    pub counter: i64,
    /// What proves the device of the session, and over what.
    pub proof: Option<(DeviceProof, String)>,
    /// The program that it came from.
    pub face: Face,
    /// Seconds until the session ends by itself.
    pub lives_s: i64,
    /// Seconds for which a spent token still yields its successor.
    pub grace_s: i64,
}

impl Op for Refresh {
    type Out = Result<Refreshed, Code>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let session = session_store::session_by_id(unit.reads().await?, clinic, self.session).await?;
        let session = session.ok_or(Code::TokenInvalid)?;
        if session.face != self.face {
            return Err(Code::TokenInvalid.into());
        }
        if let Some(id) = session.device {
            let device = devices::store::device_by_id(unit.reads().await?, clinic, id).await?;
            let device = device.ok_or(Code::DeviceRevoked)?;
            match &self.proof {
                Some((proof, over)) if proof.device_id == id => {
                    proven(unit, proof, ProofFor::Refresh, over).await?;
                }
                // A browser has no key: its cookie is its own alone.
                _ if device.public_key.is_none() => device.bar().map_or(Ok(()), Err)?,
                _ => return Err(Code::DeviceUnproven.into()),
            }
        }
        if session.ended_at.is_some() || session.expires_at <= at {
            return Err(Code::SignedOut.into());
        }
        let present = Refreshed { session: session.id, counter: session.counter };
        let target = format!("session:{}", session.id);
        let (person, device) = (session.person, session.device);
        let in_grace = at.since_ms(session.rotated_at) <= self.grace_s * 1_000;
        if self.counter == session.counter {
            let counter = session.counter + 1;
            let token_hash = secret_hash(&refresh(unit.core(), session.id, counter));
            let expires_at = ends(at, self.lives_s);
            let renewed = Session { counter, token_hash, rotated_at: at, expires_at, ..session };
            session_store::session_put(unit.writes().await?, clinic, &renewed).await?;
            let entry = Entry::new("session.refresh", target).proven(person, device);
            return Ok(unit.commit(entry, Ok(Refreshed { counter, ..present })));
        }
        if self.counter + 1 == session.counter && in_grace {
            // Two tabs, or an answer that was lost: the same successor again.
            return Ok(unit.commit(Entry::new("session.refresh", target).proven(person, device), Ok(present)));
        }
        end(unit, session.id).await?;
        if let Some(person) = person {
            tell(unit, person, Template::SessionReused, &[]).await?;
        }
        let entry = Entry::new("session.reuse", target).refused();
        Ok(unit.commit(entry, Err(Code::TokenReused)))
    }
}

/// Ends every session of a person but one.
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

/// Tells somebody of what became of their account: in their inbox, and by e-mail, else by text message.
pub(super) async fn tell(
    unit: &mut Unit<'_>,
    person: PersonId,
    template: Template,
    named: &[Named<'_>],
) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let account = store::account_by_id(unit.reads().await?, clinic, person).await?;
    let Some(Account { email, phone, language, .. }) = account else { return Ok(()) };
    let language = language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    notify::inbox::put(unit, person, template, named, language).await?;
    let Some(contact) = Contact::of(email.as_ref(), phone.as_ref()) else { return Ok(()) };
    let chosen = notify::choice_by_person(unit.reads().await?, clinic, person).await?;
    let quiet = chosen.and_then(|chosen| chosen.quiet).filter(|_| template.can_wait());
    let due_at = Some(notify::not_before(quiet.as_ref(), unit.at()));
    let message = Message {
        person: Some(person),
        channel: contact.channel,
        to: &contact.address,
        template,
        named,
        language,
        due_at,
        expires_at: None,
    };
    notify::post(unit, message).await.map(drop)
}

/// Ends a session.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    /// Which.
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
