//! Checks a code against a person's second factor.

use medlane_shared::{
    fault::Code,
    ids::{ClinicId, PersonId},
};

use super::{
    codes::{backup_hash, place, step_of, totp},
    store::{self, Factor},
};
use crate::{
    db::Conn,
    writer::{Failure, Unit},
};

/// Whether a person has a second factor.
///
/// # Errors
/// An error of the database driver.
pub async fn wanted(conn: &mut Conn, clinic: ClinicId, person: PersonId) -> sqlx::Result<bool> {
    let factor = store::factor_by_person(conn, clinic, person).await?;
    Ok(factor.is_some_and(|factor| factor.enabled_at_ms.is_some()))
}

/// Compares a code with the app's codes and the backup codes. A matching code is used up.
pub(super) async fn passes(
    unit: &mut Unit<'_>,
    person: PersonId,
    factor: &Factor,
    code: &str,
) -> Result<bool, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let secret = unit.clinic_key().open(&place(clinic, person), &factor.sealed)?;
    let secret = secret.try_into().map_err(|_| Code::Internal)?;
    if let Some(step) = step_of(&totp(secret, "Medlane", "code")?, code, at) {
        // Each code is accepted once, and none older than the last (RFC 6238 §5.2).
        if step <= factor.last_step {
            return Ok(false);
        }
        let used = Factor { last_step: step, ..factor.clone() };
        store::factor_put(unit.writes().await?, clinic, person, &used, at).await?;
        return Ok(true);
    }
    if factor.enabled_at_ms.is_none() {
        return Ok(false);
    }
    let hash = backup_hash(unit.core(), person, code);
    Ok(store::backup_use(unit.writes().await?, &hash, at).await?)
}

/// Whether a code belongs to a person's second factor. If so, it is used up.
///
/// # Errors
/// [`Code::MfaOff`] if the person has none.
pub async fn holds(unit: &mut Unit<'_>, person: PersonId, code: &str) -> Result<bool, Failure> {
    let clinic = unit.clinic();
    let factor = store::factor_by_person(unit.reads().await?, clinic, person).await?;
    let factor = factor.filter(|factor| factor.enabled_at_ms.is_some()).ok_or(Code::MfaOff)?;
    passes(unit, person, &factor, code).await
}
