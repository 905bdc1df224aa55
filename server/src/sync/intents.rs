//! Intents: each runs the same operation as REST, once. Its answer is stored in the same transaction as its effect.

use medlane_shared::{
    access::Actor,
    audit::hex,
    fault::{Code, Fault},
    sync::{Intent, IntentOutcome, server::Ran},
};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    app::App,
    engine::{Act, Core, Intents},
    keys::mac,
    writer::{By, Done, Entry, Failure, Once, Op, Unit},
};

/// The operation of an intent; or why it is refused before any operation runs.
type Wanted = Result<Box<dyn Act>, Fault>;

/// An intent on its way through the writer.
struct Run {
    intent: Intent,
    number: i64,
    act: Wanted,
}

/// The result, in the form that the outbox stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Settled {
    Outcome(IntentOutcome),
    Gap(u64),
}

async fn act(core: &Core, actor: &Actor, intent: &Intent) -> Wanted {
    let kind = core.rooms.get::<Intents>().kind(&intent.name).ok_or(Code::IntentUnknown)?;
    kind.prepare(core, actor, &intent.args).await
}

/// Runs a caller's intent. An intent that is settled already gets its stored answer.
///
/// # Errors
/// A fault that does not settle the intent: the client has to send it again.
pub(super) async fn run(app: &App, by: By, intent: Intent) -> Result<Ran, Fault> {
    let number = i64::try_from(intent.intent_id).map_err(|_| Code::FrameMalformed)?;
    let act = match act(&app.core, &by.actor, &intent).await {
        Err(fault) if fault.code == Code::Internal => return Err(fault),
        act => act,
    };
    let by = By { once: Once::No, ..by };
    Ok(match app.writer.run(by, Run { intent, number, act }).await? {
        Settled::Outcome(outcome) => Ran::Settled(outcome),
        Settled::Gap(expected) => Ran::Gap { expected },
    })
}

impl Run {
    /// A keyed hash of what the intent says, so that the database tells nobody whether a guess of a note is right.
    fn said(&self, unit: &Unit<'_>) -> String {
        let key = unit.core().root.derive("intents", unit.clinic().0.as_bytes());
        let said = [self.intent.name.as_bytes(), &[0], self.intent.args.to_string().as_bytes()].concat();
        hex(&mac(&key, &said))
    }

    /// Whether the sender may still see the result. The answer is stored longer than a right may last.
    async fn may_hear(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        match &self.act {
            Ok(act) => act.still(unit).await,
            Err(fault) if matches!(fault.code, Code::Forbidden | Code::NotFound) => Err(fault.clone().into()),
            Err(_) => Ok(()),
        }
    }
}

impl Op for Run {
    type Out = Settled;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Settled>, Failure> {
        let (clinic, client, at) = (unit.clinic(), self.intent.client_id, unit.at());
        let person = unit.actor().person().ok_or(Code::Forbidden)?;
        let outbox = store::outbox_by_id(unit.reads().await?, clinic, client).await?;
        if outbox.is_some_and(|(owner, _)| owner != person) {
            return Err(Code::Forbidden.into());
        }
        let last = outbox.map_or(0, |(_, last)| last);
        if self.number <= last {
            match self.may_hear(unit).await {
                Ok(()) => {}
                Err(Failure::Refused(fault)) => {
                    let refused = IntentOutcome::Refused { fault };
                    return Ok(Done::nothing().map(|()| Settled::Outcome(refused)));
                }
                Err(failure) => return Err(failure),
            }
            let stored = store::answer_by_id(unit.reads().await?, clinic, client, self.number).await?;
            let (answer, said) = stored.ok_or(Code::Internal)?;
            // A workstation whose vault was put back gives out numbers a second time. Its new text is not the one that
            // was accepted: the workstation has to show that, and sends it again under another number.
            if said.is_some_and(|said| said != self.said(unit)) {
                let refused = IntentOutcome::Refused { fault: Code::IdempotencyMismatch.into() };
                return Ok(Done::nothing().map(|()| Settled::Outcome(refused)));
            }
            let outcome = serde_json::from_str(&answer).map_err(|_| Code::Internal)?;
            return Ok(Done::nothing().map(|()| Settled::Outcome(outcome)));
        }
        if self.number != last + 1 {
            let expected = u64::try_from(last + 1).unwrap_or(1);
            return Ok(Done::nothing().map(|()| Settled::Gap(expected)));
        }
        let ran = match &self.act {
            Ok(act) => act.run(unit).await,
            Err(fault) => Err(fault.clone().into()),
        };
        let done = match ran {
            Ok(done) => done.map(|answer| IntentOutcome::Accepted { answer }),
            Err(Failure::Refused(fault)) if !unit.is_dirty() => {
                if let Ok(act) = &self.act {
                    act.refused(unit).await?;
                }
                let entry = Entry::new("intent.refused", format!("client:{client}"))
                    .detail(serde_json::json!({ "name": self.intent.name, "code": fault.code }))
                    .refused();
                unit.commit(entry, IntentOutcome::Refused { fault })
            }
            Err(failure) => return Err(failure),
        };
        let answer = serde_json::to_string(done.out()).map_err(|_| Code::Internal)?;
        let said = self.said(unit);
        let whose = (clinic, client, person);
        store::intent_settle(unit.writes().await?, whose, self.number, (&answer, &said), at).await?;
        Ok(done.map(Settled::Outcome))
    }
}
