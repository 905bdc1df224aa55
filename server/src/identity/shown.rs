//! A refusal may show somebody's present details: it is a look at them, and is answered after its audit entry.

use medlane_shared::{access::Action, fault::Fault, ids::PersonId};
use serde_json::Value;

use super::patients::at_desk;
use crate::{
    app::App,
    writer::{By, Entry, Noted, Once, Op},
};

/// The people whose details a fault shows.
fn people(fault: &Fault) -> Vec<PersonId> {
    let shown = match &fault.present {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    shown.into_iter().filter_map(|one| one.get("id")?.as_str()?.parse().ok()).collect()
}

/// Runs an operation on people, which takes the right to this action. If it is refused with somebody's present details,
/// the audit log names them first.
///
/// # Errors
/// The operation's; the writer's.
pub async fn run<O>(app: &App, by: By, action: Action, op: O) -> Result<O::Out, Fault>
where
    O: Op + Send + Sync + 'static,
{
    let refused = match app.writer.run(by.clone(), op).await {
        Ok(out) => return Ok(out),
        Err(refused) => refused,
    };
    let people = people(&refused);
    if !people.is_empty() {
        let grant = at_desk(&by.actor, action)?;
        let entry = Entry::new("people.read", format!("clinic:{}", by.actor.clinic())).shown(people);
        app.writer.run(By { once: Once::No, ..by }, Noted::read(&grant, entry)).await?;
    }
    Err(refused)
}
