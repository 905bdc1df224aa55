//! Limits on messages. The counts are in the database, so they hold across nodes and restarts. They stop an attacker
//! who makes the server send texts at the clinic's cost.

use medlane_shared::{
    identity::Limit,
    ids::{PersonId, ServiceId},
    notify::Channel,
};

use super::{message::Message, words::Kind};
use crate::{
    attempts::{Spent, Try, spend},
    writer::{Failure, Unit},
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// One "nearly your turn" for a patient and a service in this time. A patient who leaves and joins again does not
/// need it twice.
const SOON: Limit = Limit { window_ms: HOUR_MS, max: 1, grows: false };

const fn limit(window_ms: i64, max: u32) -> Limit {
    Limit { window_ms, max, grows: false }
}

/// Counts a message against the limits of its recipient, its person and the clinic. Codes are counted where they are
/// made.
pub(super) async fn spend_for(unit: &mut Unit<'_>, message: &Message<'_>) -> Result<Spent, Failure> {
    // A quiet message replaces the message of a call, which was counted.
    if message.template.kind() == Kind::Code || message.template.is_quiet() {
        return Ok(Spent::Free);
    }
    let (core, clinic) = (unit.core(), unit.clinic());
    if message.channel == Channel::Sms && !core.config.sending().serves(message.to) {
        return Ok(Spent::Held { why: "limit: texts do not go to this country", is_first: true });
    }
    let set = &core.config.messages;
    let kind = if message.template.kind() == Kind::Turn { "turns" } else { "account" };
    let one = |what: &str, of: &str, limit: Limit| {
        Try::new(core, clinic, &format!("{kind} {what} {}", limit.window_ms), of, limit)
    };
    let person = message.person.map(|person| person.to_string());
    let mut tries = match message.channel {
        Channel::Sms => vec![
            (
                one("text", message.to, limit(HOUR_MS, set.text_hour)),
                "limit: texts to this number in an hour",
            ),
            (one("text", message.to, limit(DAY_MS, set.text_day)), "limit: texts to this number in a day"),
            (
                one("texts", "", limit(HOUR_MS, set.texts_clinic_hour)),
                "limit: texts of the clinic in an hour",
            ),
        ],
        Channel::Email => vec![
            (
                one("mail", message.to, limit(HOUR_MS, set.mail_hour)),
                "limit: e-mails to this address in an hour",
            ),
            (one("mail", message.to, limit(DAY_MS, set.mail_day)), "limit: e-mails to this address in a day"),
        ],
        Channel::Push => vec![(
            one("push", person.as_deref().unwrap_or_default(), limit(HOUR_MS, set.push_hour)),
            "limit: notices to this person's browsers in an hour",
        )],
    };
    if let Some(person) = person {
        tries.push((
            one("person", &person, limit(DAY_MS, set.person_day)),
            "limit: messages to this person in a day",
        ));
    }
    spend(unit, &tries).await
}

/// Takes a "nearly your turn" off what a patient is told of a service.
///
/// # Errors
/// The database's.
pub async fn spend_soon(
    unit: &mut Unit<'_>,
    patient: PersonId,
    service: ServiceId,
) -> Result<Spent, Failure> {
    let of = format!("{patient} {service}");
    let one = Try::new(unit.core(), unit.clinic(), "nearly your turn", &of, SOON);
    spend(unit, &[(one, "limit: told of this queue within the hour")]).await
}
