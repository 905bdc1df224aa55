//! A session is renewed: each refresh token counts once, and yields the same successor while that was not used.

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
    /// Where the token that came stands.
    pub place: RefreshPlace,
    /// The token's hash.
    pub token_hash: String,
    /// What proves the device of the session, and over what.
    pub proof: Option<(DeviceProof, String)>,
    /// The program that it came from.
    pub face: Face,
    /// How long sessions live.
    pub lives: Lives,
    /// Seconds for which a spent token still yields its successor, whatever became of that.
    pub grace_s: i64,
}

/// What a token of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// The present one, which is spent now.
    Present,
    /// One that was spent, and whose successor its bearer may have again: two tabs, or an answer that was lost.
    Spent,
    /// One whose successor was used, longer ago than the time of grace: somebody else has it.
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
            // One of an earlier release names no generation. It counts while its row is as the upgrade left it, and for the
            // time of grace: longer, it would outlive a replaced key.
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

    /// The session, where nothing bars its renewal.
    async fn session(&self, unit: &mut Unit<'_>) -> Result<Session, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let session = session_store::session_by_id(unit.reads().await?, clinic, self.place.session).await?;
        let session = session.ok_or(Code::TokenInvalid)?;
        if session.face != self.face {
            return Err(Code::TokenInvalid.into());
        }
        // A token of an earlier release names no generation; its session's row does.
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
                // A browser has no key: its cookie is its own alone.
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
