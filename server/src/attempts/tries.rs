//! Counts of tries, and their limits.

use medlane_shared::{
    audit::hex,
    fault::Fault,
    identity::{Attempts, Limit},
    ids::ClinicId,
    time::Timestamp,
};

use super::store;
use crate::{
    db::Conn,
    engine::Core,
    keys::mac,
    writer::{Failure, Unit},
};

/// The length of a count's key, in bytes.
const KEY: usize = 16;

/// A count and its limit.
#[derive(Debug, Clone)]
pub struct Try {
    key: String,
    limit: Limit,
}

impl Try {
    /// A count of this kind for `of`. Its key is a keyed hash of both.
    #[must_use]
    pub fn new(core: &Core, clinic: ClinicId, kind: &str, of: &str, limit: Limit) -> Self {
        let proof = mac(&core.root.derive("attempts", &[]), format!("{clinic}\0{kind}\0{of}").as_bytes());
        Self { key: hex(&proof[..KEY]), limit }
    }
}

/// Checks that each may be tried once more.
///
/// # Errors
/// [`medlane_shared::fault::Code::RateLimited`] with the longest wait.
pub async fn check(conn: &mut Conn, tries: &[Try], now: Timestamp) -> Result<(), Failure> {
    let mut wait_ms = None;
    for one in tries {
        let attempts = store::attempts_by_id(conn, &one.key).await?;
        wait_ms = wait_ms.max(one.limit.check(attempts, now).err());
    }
    wait_ms.map_or(Ok(()), |wait| Err(Fault::rate_limited(wait).into()))
}

/// [`check`] before a costly operation is begun. The operation checks again.
///
/// # Errors
/// As [`check`].
pub async fn may_try(core: &Core, tries: &[Try]) -> Result<(), Fault> {
    let mut conn = core.read().await?;
    check(&mut conn, tries, core.now()).await.map_err(|failure| core.failed(failure))
}

/// Adds one to each count.
///
/// # Errors
/// An error of the database.
pub async fn count(unit: &mut Unit<'_>, tries: &[Try]) -> Result<(), Failure> {
    let at = unit.at();
    for one in tries {
        let conn = unit.writes().await?;
        let attempts = store::attempts_by_id(conn, &one.key).await?;
        store::attempts_put(conn, &one.key, one.limit.count(attempts, at)).await?;
    }
    Ok(())
}

/// The result of [`spend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// No limit is used up, and each count has grown by one.
    Free,
    /// A limit is used up.
    Held {
        /// The limit, in words for administrators.
        why: &'static str,
        /// Whether this is the first message that the limit holds back in its window.
        is_first: bool,
    },
}

/// Adds one to each count, unless one of the limits is used up.
///
/// # Errors
/// An error of the database.
pub async fn spend(unit: &mut Unit<'_>, tries: &[(Try, &'static str)]) -> Result<Spent, Failure> {
    let at = unit.at();
    for (one, why) in tries {
        let conn = unit.writes().await?;
        let attempts = store::attempts_by_id(conn, &one.key).await?;
        if one.limit.check(attempts, at).is_err() {
            let counted = one.limit.count(attempts, at);
            // After the first one the count need not be written again.
            let is_first = counted.count == one.limit.max.saturating_add(1);
            if is_first {
                store::attempts_put(conn, &one.key, counted).await?;
            }
            return Ok(Spent::Held { why, is_first });
        }
    }
    let all: Vec<Try> = tries.iter().map(|(one, _)| one.clone()).collect();
    count(unit, &all).await?;
    Ok(Spent::Free)
}

/// Resets the counts after a success.
///
/// # Errors
/// An error of the database.
pub async fn clear(unit: &mut Unit<'_>, tries: &[Try]) -> Result<(), Failure> {
    let at = unit.at();
    for one in tries {
        let conn = unit.writes().await?;
        if store::attempts_by_id(conn, &one.key).await?.is_some() {
            store::attempts_put(conn, &one.key, Attempts { began_at: at, last_at: at, count: 0 }).await?;
        }
    }
    Ok(())
}
