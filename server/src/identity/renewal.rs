//! Renews a session. Each refresh token works once. A repeated one yields the same successor as long as that was not
//! used.

use medlane_shared::{
    fault::Code,
    identity::{DeviceProof, Face, ProofFor},
};

use super::{
    devices::{self, proven},
    ops::{Lives, Refreshed, end, secret_hash, tell},
    session_store::{self, Session},
    signing::signing_load,
    token::{RefreshPlace, refresh},
};
use crate::{
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Renews a session's tokens.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// The place of the token that was sent.
    pub place: RefreshPlace,
    /// The token's hash.
    pub token_hash: String,
    /// The proof of the session's device, and the text that it is signed over.
    pub proof: Option<(DeviceProof, String)>,
    /// The program that it came from.
    pub face: Face,
    /// The lifetimes of sessions.
    pub lives: Lives,
    /// How long a spent token still returns its successor, even if that was used, in seconds.
    pub grace_s: i64,
}

/// The state of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// The present one. It is spent now.
    Present,
    /// A spent one whose successor the client may get again: two tabs used it, or an answer was lost.
    Spent,
    /// One whose successor was used longer ago than the grace time: somebody else has a copy.
    Reused,
    /// Not a token of this session.
    Unknown,
}

impl Refresh {
    fn token(&self, session: &Session, now: medlane_shared::time::Timestamp) -> Token {
        let counter = self.place.counter;
        let is_recent =
            || session.spent_at(counter).is_some_and(|at| now.since_ms(at) <= self.grace_s * 1_000);
        let is_before = counter.checked_add(1) == Some(session.counter) && is_recent();
        if self.place.generation.is_none() && self.token_hash != session.token_hash && !is_before {
            // A token of an earlier release names no generation. It is valid while its row is as the upgrade left it,
            // and for the grace time. Any longer, it would outlive a replaced key.
            return Token::Unknown;
        }
        match session.counter.checked_sub(counter) {
            Some(0) if self.token_hash == session.token_hash => Token::Present,
            Some(1) => Token::Spent,
            Some(2..) if is_recent() => Token::Spent,
            Some(2..) => Token::Reused,
            _ => Token::Unknown,
        }
    }

    /// The session, if nothing prevents its renewal.
    async fn session(&self, unit: &mut Unit<'_>) -> Result<Session, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let session = session_store::session_by_id(unit.reads().await?, clinic, self.place.session).await?;
        let session = session.ok_or(Code::TokenInvalid)?;
        if session.face != self.face {
            return Err(Code::TokenInvalid.into());
        }
        // A token of an earlier release names no generation; the session's row has it.
        let generation = self.place.generation.unwrap_or(session.generation);
        let signing = signing_load(unit.reads().await?, clinic).await?;
        if !signing.accepts(generation, at, self.lives.idle_s) {
            return Err(Code::TokenInvalid.into());
        }
        if let Some(id) = session.device {
            let device = devices::store::device_by_id(unit.reads().await?, clinic, id).await?;
            let device = device.ok_or(Code::DeviceRevoked)?;
            match &self.proof {
                Some((proof, over)) if proof.device_id == id => {
                    proven(unit, proof, ProofFor::Refresh, over).await?;
                }
                // A browser has no key. Its cookie alone identifies it.
                _ if device.public_key.is_none() => device.bar().map_or(Ok(()), Err)?,
                _ => return Err(Code::DeviceUnproven.into()),
            }
        }
        let last = self.lives.last(session.role, session.created_at);
        if session.ended_at.is_some() || session.expires_at <= at || last.is_some_and(|last| last <= at) {
            return Err(Code::SignedOut.into());
        }
        Ok(session)
    }
}

impl Op for Refresh {
    type Out = Result<Refreshed, Code>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let session = self.session(unit).await?;
        let (id, person, device) = (session.id, session.person, session.device);
        let target = format!("session:{id}");
        match self.token(&session, at) {
            Token::Present => {
                let generation = signing_load(unit.reads().await?, clinic).await?.generation;
                let counter = session.counter + 1;
                let renewed = Session {
                    counter,
                    generation,
                    token_hash: secret_hash(&refresh(unit.core(), clinic, id, counter, generation)),
                    rotated_at: at,
                    expires_at: self.lives.end(session.role, session.created_at, at),
                    spent: session.spent_now(at, self.grace_s * 1_000),
                    ..session
                };
                session_store::session_put(unit.writes().await?, clinic, &renewed).await?;
                let entry = Entry::new("session.refresh", target).proven(person, device);
                Ok(unit.commit(entry, Ok(Refreshed { session: id, counter, generation })))
            }
            Token::Spent => {
                let (counter, generation) = (self.place.counter + 1, session.generation);
                let entry = Entry::new("session.refresh", target).proven(person, device);
                Ok(unit.commit(entry, Ok(Refreshed { session: id, counter, generation })))
            }
            Token::Reused => {
                end(unit, id).await?;
                if let Some(person) = person {
                    tell(unit, person, Template::SessionReused, &[]).await?;
                }
                let entry = Entry::new("session.reuse", target).refused();
                Ok(unit.commit(entry, Err(Code::TokenReused)))
            }
            Token::Unknown => Err(Code::TokenInvalid.into()),
        }
    }
}
