//! Subscribes a session's browser, or ends the subscription.

use medlane_shared::notify::PushRequest;

use crate::{
    engine::own_by,
    identity::ops::tell,
    keys::DoesNotSeal,
    notify::{
        Template,
        push::{Subscription, place, push_by_session, push_delete, push_put},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Subscribes the caller's browser. It replaces the session's earlier subscription: a person is told if that one was of
/// another browser, because whoever has a session's token could have their notices sent to a browser of their own.
#[derive(Debug, Clone)]
pub struct Subscribe(pub PushRequest);

impl Op for Subscribe {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, session, grant) = own_by(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let key = unit.clinic_key().clone();
        let before = push_by_session(unit.reads().await?, &grant, &key, session).await?;
        let subscription = Subscription { session, browser: self.0.clone() };
        let text = serde_json::to_vec(&subscription).map_err(|_| DoesNotSeal)?;
        let sealed = key.seal(&place(clinic, session), &text)?;
        push_put(unit.writes().await?, &grant, session, sealed, at).await?;
        let is_same = |before: Subscription| before.browser.endpoint == self.0.endpoint;
        if before.is_some_and(|before| !before.is_ok_and(is_same)) {
            tell(unit, person, Template::PushReplaced, &[]).await?;
        }
        Ok(unit.commit(Entry::new("push.subscribe", format!("session:{session}")).by(&grant), ()))
    }
}

/// Ends the subscription of the caller's browser.
#[derive(Debug, Clone, Copy)]
pub struct Unsubscribe;

impl Op for Unsubscribe {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (_, session, grant) = own_by(unit.actor())?;
        push_delete(unit.writes().await?, session).await?;
        Ok(unit.commit(Entry::new("push.unsubscribe", format!("session:{session}")).by(&grant), ()))
    }
}
