//! Subscribes a session's browser, or ends the subscription.

use medlane_shared::notify::PushRequest;

use super::{store, subscription::Subscription};
use crate::{
    engine::own_by,
    keys::DoesNotSeal,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Subscribes the caller's browser. It replaces the session's earlier subscription.
#[derive(Debug, Clone)]
pub struct Subscribe(pub PushRequest);

impl Op for Subscribe {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, session, grant) = own_by(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let subscription = Subscription { session, browser: self.0.clone() };
        let text = serde_json::to_vec(&subscription).map_err(|_| DoesNotSeal)?;
        let sealed = unit.clinic_key().seal(&store::place(clinic, session), &text)?;
        store::push_put(unit.writes().await?, clinic, (person, session), sealed, at).await?;
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
        store::push_delete(unit.writes().await?, session).await?;
        Ok(unit.commit(Entry::new("push.unsubscribe", format!("session:{session}")).by(&grant), ()))
    }
}
