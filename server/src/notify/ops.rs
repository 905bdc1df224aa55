//! The sender's operations: it takes messages for a while, and stores how they ended.

use medlane_shared::{
    access::Actor,
    fault::Code,
    ids::MessageId,
    notify::{MessageState, TRIES_MAX, back_off_ms},
    time::Timestamp,
};
use serde_json::json;

use super::{
    message::{Contents, place},
    push::{Subscription, push_delete},
    store,
};
use crate::{
    keys::DoesNotOpen,
    notify::MESSAGE,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The most messages taken at once.
const CLAIM: i64 = 16;
/// If a sender has not settled a message by then, it counts as dead, and another sender takes the message. The lease
/// is longer than one try, in milliseconds.
const LEASE_MS: i64 = 90_000;

/// Takes the messages that are due, so that no other node sends them meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Claim;

impl Op for Claim {
    type Out = Vec<MessageId>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        system(unit)?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let due = store::message_due(unit.reads().await?, clinic, at, CLAIM).await?;
        let mut taken = Vec::with_capacity(due.len());
        for row in due {
            taken.push(row.id);
            let row = store::StoredMessage { due_at: at.plus_ms(LEASE_MS), ..row };
            store::message_put(unit.writes().await?, clinic, &row).await?;
        }
        Ok(unit.commit_unaudited().map(|()| taken))
    }
}

/// The result of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The mail server or gateway has accepted it.
    Sent,
    /// No transport is configured for it.
    Kept,
    /// It failed, but may work later.
    Later(String),
    /// It can never work.
    Never(String),
    /// The browser no longer exists, so its subscription is deleted.
    Gone,
}

/// Stores the result of a try.
#[derive(Debug, Clone)]
pub struct Settle {
    /// The message.
    pub id: MessageId,
    /// The result.
    pub tried: Tried,
}

impl Op for Settle {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        system(unit)?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let row = store::message_by_id(unit.reads().await?, clinic, self.id).await?.ok_or(Code::NotFound)?;
        if row.state != MessageState::Waiting {
            return Ok(unit.commit_unaudited());
        }
        if self.tried == Tried::Gone {
            let key = unit.clinic_key().clone();
            if let Some(sealed) = row.sealed.as_deref() {
                let text = key.open(&place(clinic, row.id), sealed)?;
                let contents: Contents = serde_json::from_slice(&text).map_err(|_| DoesNotOpen)?;
                let gone: Subscription = serde_json::from_str(&contents.to).map_err(|_| DoesNotOpen)?;
                push_delete(unit.writes().await?, gone.session).await?;
            }
        }
        let next = after(row, &self.tried, at);
        let entry = Entry::new("message.send", format!("message:{}", next.id))
            .detail(json!({ "template": next.template, "channel": next.channel, "tries": next.tries }));
        let (state, person) = (next.state, next.person);
        store::message_put(unit.writes().await?, clinic, &next).await?;
        unit.changed(MESSAGE, self.id, None, person);
        match state {
            MessageState::Waiting => Ok(unit.commit_unaudited()),
            MessageState::Failed => Ok(unit.commit(entry.refused(), ())),
            MessageState::Sent | MessageState::Kept => Ok(unit.commit(entry, ())),
        }
    }
}

/// A message's row after a try. Its contents stay only if it is still to be sent, or is shown on the outbox page.
fn after(row: store::StoredMessage, outcome: &Tried, at: Timestamp) -> store::StoredMessage {
    let tries = row.tries + 1;
    let done = |state, fault| store::StoredMessage {
        state,
        tries,
        fault,
        settled_at: Some(at),
        sealed: row.sealed.clone().filter(|_| state == MessageState::Kept),
        ..row.clone()
    };
    match outcome {
        Tried::Sent => done(MessageState::Sent, None),
        Tried::Kept => done(MessageState::Kept, None),
        Tried::Never(why) => done(MessageState::Failed, Some(why.clone())),
        Tried::Gone => done(MessageState::Failed, Some("the browser is gone".to_owned())),
        Tried::Later(why) => {
            let due_at = at.plus_ms(back_off_ms(tries));
            let is_late = row.expires_at.is_some_and(|end| end <= due_at);
            if tries >= TRIES_MAX || is_late {
                return done(MessageState::Failed, Some(why.clone()));
            }
            store::StoredMessage { tries, due_at, fault: Some(why.clone()), ..row }
        }
    }
}

fn system(unit: &Unit<'_>) -> Result<(), Failure> {
    if matches!(unit.actor(), Actor::System { .. }) { Ok(()) } else { Err(Code::Forbidden.into()) }
}

#[cfg(test)]
mod tests {
    use medlane_shared::notify::Channel;

    use super::*;

    fn row(expires_at: Option<i64>) -> store::StoredMessage {
        let at = Timestamp::from_ms(0);
        store::StoredMessage {
            id: MessageId::new(at, [1; 10]),
            person: None,
            channel: Channel::Email,
            template: "register_code".to_owned(),
            recipient: "a…@b".to_owned(),
            sealed: Some(vec![1]),
            state: MessageState::Waiting,
            tries: 0,
            due_at: at,
            expires_at: expires_at.map(Timestamp::from_ms),
            created_at: at,
            settled_at: None,
            fault: None,
        }
    }

    #[test]
    fn a_message_is_tried_again_until_it_is_of_no_use() {
        let later = Tried::Later("busy".to_owned());
        let mut message = row(Some(300_000));
        let mut at = Timestamp::from_ms(0);
        let mut tries = 0;
        while message.state == MessageState::Waiting {
            message = after(message, &later, at);
            at = message.due_at;
            tries += 1;
        }
        assert_eq!((tries, message.state, message.sealed), (4, MessageState::Failed, None));
        let mut message = row(None);
        for _ in 0..TRIES_MAX {
            message = after(message, &later, at);
        }
        assert_eq!(message.state, MessageState::Failed);
        assert_eq!(after(row(None), &Tried::Kept, at).sealed, Some(vec![1]));
        assert_eq!(after(row(None), &Tried::Sent, at).sealed, None, "what was said is not kept");
    }
}
