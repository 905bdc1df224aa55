//! Writes a message in the transaction of the operation that causes it.

use medlane_shared::{ids::MessageId, notify::MessageState};

use super::{
    limits,
    mail::{MESSAGE, Mail, Queued},
    message::{Contents, Message, place, recipient},
    store,
};
use crate::{
    attempts::Spent,
    keys::DoesNotSeal,
    writer::{Failure, Unit},
};

/// Writes a message, which is sent after the commit. A message above a limit is not sent. It is stored with the
/// reason, once in the time that the limit counts.
///
/// # Errors
/// An error of the database.
pub async fn post(unit: &mut Unit<'_>, message: Message<'_>) -> Result<MessageId, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let id = MessageId::new(at, rand::random());
    let held = match message.held {
        Some(why) => Spent::Held { why, is_first: true },
        None => limits::spend_for(unit, &message).await?,
    };
    let fault = match held {
        Spent::Free => None,
        Spent::Held { is_first: false, .. } => return Ok(id),
        Spent::Held { why, .. } => Some(why.to_owned()),
    };
    let name = unit.clinic_name();
    let (subject, text) = message.template.write(message.language, &name, message.named);
    let label = message.named.iter().find(|(name, _)| *name == "label").map(|(_, label)| *label);
    let contents = Contents {
        to: message.to.to_owned(),
        subject,
        text,
        tag: label.unwrap_or_else(|| message.template.text()).to_owned(),
        quiet: message.template.is_quiet(),
    };
    let contents = serde_json::to_vec(&contents).map_err(|_| DoesNotSeal)?;
    let sealed = unit.clinic_key().seal(&place(clinic, id), &contents)?;
    let row = store::StoredMessage {
        id,
        person: message.person,
        channel: message.channel,
        template: message.template.text().to_owned(),
        recipient: recipient(message.channel, message.to),
        sealed: Some(sealed).filter(|_| fault.is_none()),
        state: if fault.is_none() { MessageState::Waiting } else { MessageState::Failed },
        tries: 0,
        due_at: message.due_at.unwrap_or(at),
        expires_at: message.expires_at,
        created_at: at,
        settled_at: fault.as_ref().map(|_| at),
        fault,
    };
    store::message_put(unit.writes().await?, clinic, &row).await?;
    unit.change::<Mail>(Queued);
    unit.changed(MESSAGE, id, None, message.person);
    Ok(id)
}
