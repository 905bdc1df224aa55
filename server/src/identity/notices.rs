//! How people choose to be told about their visits.

use jiff::tz::TimeZone;
use medlane_shared::{
    fault::{Code, Fault, FieldCode, Language},
    ids::{ClinicId, PersonId},
    notify::{Channel, NoticeChoice, Quiet},
    time::Timestamp,
};

use crate::{
    db::Conn,
    engine::own_by,
    identity::store::{Account, account_by_id, account_held},
    notify::{choice_own, choice_put},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The address on which each channel reaches a person. Only confirmed contacts count.
#[must_use]
pub fn reached(account: &Account) -> Vec<(Channel, String)> {
    let both = [Channel::Email, Channel::Sms].into_iter();
    both.filter_map(|channel| Some((channel, account.proven(channel)?.to_owned()))).collect()
}

/// The choice of a person who has chosen nothing: the first channel that reaches them.
#[must_use]
pub fn unchosen(reached: &[(Channel, String)]) -> NoticeChoice {
    NoticeChoice { channels: reached.iter().map(|(channel, _)| *channel).take(1).collect(), quiet: None }
}

/// A person to whom the server writes.
#[derive(Debug)]
pub struct Addressee {
    /// Their language.
    pub language: Language,
    /// The addresses that reach them.
    pub reached: Vec<(Channel, String)>,
    /// Whether they may not sign in: then nobody writes to them.
    pub is_suspended: bool,
}

/// How the server writes to a person; `None` if there is no such person.
///
/// # Errors
/// An error of the database driver.
pub async fn addressee(
    conn: &mut Conn,
    clinic: ClinicId,
    person: PersonId,
) -> sqlx::Result<Option<Addressee>> {
    let account = account_by_id(conn, clinic, person).await?;
    Ok(account.map(|account| Addressee {
        language: account.language.as_deref().and_then(Language::from_tag).unwrap_or_default(),
        reached: reached(&account),
        is_suspended: account.suspended,
    }))
}

/// The earliest time for a message that can wait: now, or the end of the quiet hours.
#[must_use]
pub fn not_before(quiet: Option<&Quiet>, now: Timestamp) -> Timestamp {
    let left = quiet.and_then(|quiet| {
        let zone = TimeZone::get(&quiet.time_zone).ok()?;
        let local = jiff::Timestamp::from_millisecond(now.ms()).ok()?.to_zoned(zone);
        let minute = u32::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()?;
        quiet.left_min(minute)
    });
    now.plus_ms(i64::from(left.unwrap_or_default()) * 60_000)
}

/// A choice, as the log tells it.
fn told(choice: &NoticeChoice) -> serde_json::Value {
    let quiet =
        choice.quiet.as_ref().map(|quiet| format!("{}–{} {}", quiet.from, quiet.until, quiet.time_zone));
    serde_json::json!({ "channels": choice.channels, "quiet": quiet })
}

/// Chooses how a person is told about their visits.
#[derive(Debug, Clone)]
pub struct Choose(pub NoticeChoice);

impl Op for Choose {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let wrong = |field: &str, why: FieldCode| Failure::from(Fault::new(Code::Invalid).field(field, why));
        let at = unit.at();
        let account = account_held(unit.reads().await?, &grant, person).await?.ok_or(Code::SignedOut)?;
        let reached = reached(&account);
        let mut once = self.0.channels.clone();
        once.sort();
        once.dedup();
        if once.len() != self.0.channels.len()
            || !once.iter().all(|chosen| reached.iter().any(|(channel, _)| channel == chosen))
        {
            return Err(wrong("channels", FieldCode::Unreached));
        }
        if let Some(quiet) = &self.0.quiet {
            quiet.left_min(0).ok_or_else(|| wrong("quiet", FieldCode::TimeOfDay))?;
            TimeZone::get(&quiet.time_zone).map_err(|_| wrong("quiet", FieldCode::TimeZone))?;
        }
        let before = choice_own(unit.reads().await?, &grant).await?;
        let before = before.unwrap_or_else(|| unchosen(&reached));
        choice_put(unit.writes().await?, &grant, &self.0, at).await?;
        let entry = Entry::new("person.notices", format!("person:{person}")).by(&grant);
        let detail = serde_json::json!({ "before": told(&before), "after": told(&self.0) });
        Ok(unit.commit(entry.detail(detail), ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_end_in_their_own_zone() {
        let quiet = Quiet {
            from: "22:00".to_owned(),
            until: "07:00".to_owned(),
            time_zone: "Asia/Muscat".to_owned(),
        };
        // 2026-11-21T19:30:00Z is 23:30 in Muscat.
        let now = Timestamp::from_ms(1_795_289_400_000);
        assert_eq!(not_before(Some(&quiet), now).since_ms(now), (7 * 60 + 30) * 60_000);
        assert_eq!(not_before(Some(&Quiet { time_zone: "Europe/London".to_owned(), ..quiet }), now), now);
        assert_eq!(not_before(None, now), now);
    }
}
