//! Intents: each runs the same operation as REST, once. Its answer is stored in the same transaction as its effect.

use medlane_shared::{
    access::{Actor, Role},
    audit::hex,
    fault::{Code, Fault, FieldCode},
    queue::TicketStep,
    records::{NoteDiscard, NoteSave, NoteSign},
    sync::{Intent, IntentOutcome, server::Ran},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::store;
use crate::{
    app::App,
    engine::Core,
    keys::mac,
    queue::Away,
    records::{Discard, Save, Sign},
    writer::{By, Done, Entry, Failure, Once, Op, Unit},
};

/// The operation of an intent.
enum Act {
    Save(Save),
    Sign(Sign),
    Discard(Discard),
    /// A step that a doctor took without the network.
    Step(Away),
    /// The intent is refused before any operation runs.
    Refused(Fault),
}

/// An intent on its way through the writer.
struct Run {
    intent: Intent,
    number: i64,
    act: Act,
}

/// The result, in the form that the outbox stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Settled {
    Outcome(IntentOutcome),
    Gap(u64),
}

fn args<T: DeserializeOwned>(intent: &Intent) -> Result<T, Fault> {
    serde_path_to_error::deserialize(&intent.args)
        .map_err(|error| Fault::new(Code::Malformed).field(&error.path().to_string(), FieldCode::Form))
}

async fn act(core: &Core, actor: &Actor, intent: &Intent) -> Result<Act, Fault> {
    match intent.name.as_str() {
        "note.save" => Ok(Act::Save(Save::prepare(core, actor, args::<NoteSave>(intent)?).await?)),
        "note.sign" => Ok(Act::Sign(Sign::prepare(core, actor, args::<NoteSign>(intent)?).await?)),
        "note.discard" => {
            Ok(Act::Discard(Discard::prepare(core, actor, args::<NoteDiscard>(intent)?).await?))
        }
        "ticket.step" => Ok(Act::Step(Away::prepare(args::<TicketStep>(intent)?)?)),
        _ => Err(Code::IntentUnknown.into()),
    }
}

/// Runs a caller's intent. An intent that is settled already gets its stored answer.
///
/// # Errors
/// A fault that does not settle the intent: the client has to send it again.
pub(super) async fn run(app: &App, by: By, intent: Intent) -> Result<Ran, Fault> {
    let number = i64::try_from(intent.intent_id).map_err(|_| Code::FrameMalformed)?;
    let act = match act(&app.core, &by.actor, &intent).await {
        Ok(act) => act,
        Err(fault) if fault.code == Code::Internal => return Err(fault),
        Err(fault) => Act::Refused(fault),
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
            Act::Save(op) => unit.allows(op).await,
            Act::Sign(op) => unit.allows(op).await,
            Act::Discard(op) => unit.allows(op).await,
            // The answer names no patient, and reveals nothing new about a ticket that has ended.
            Act::Step(op) if op.has_ended(unit) => match unit.actor().role() {
                Some(Role::Doctor) => Ok(()),
                _ => Err(Code::Forbidden.into()),
            },
            Act::Step(op) => unit.allows(op).await,
            Act::Refused(fault) if matches!(fault.code, Code::Forbidden | Code::NotFound) => {
                Err(fault.clone().into())
            }
            Act::Refused(_) => Ok(()),
        }
    }
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
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
            Act::Save(op) => op.run(unit).await.map(|done| done.map(|out| value(&out))),
            Act::Sign(op) => op.run(unit).await.map(|done| done.map(|out| value(&out))),
            Act::Discard(op) => op.run(unit).await.map(|done| done.map(|out| value(&out))),
            Act::Step(op) => op.run(unit).await.map(|done| done.map(|out| value(&out))),
            Act::Refused(fault) => Err(fault.clone().into()),
        };
        let done = match ran {
            Ok(done) => done.map(|answer| IntentOutcome::Accepted { answer }),
            Err(Failure::Refused(fault)) if !unit.is_dirty() => {
                if let Act::Step(step) = &self.act {
                    step.refused(unit).await?;
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
