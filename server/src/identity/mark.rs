//! The mark of a stored password. What a right password began counts only while the account still has that password.

use medlane_shared::{access::Role, ids::PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Account, account_by_id};
use crate::{
    engine::Core,
    identity::keys::passwords,
    keys::mac,
    writer::{Failure, Unit},
};

/// A keyed digest of a stored password's hash, cut to 128 bits. It changes when the password is replaced, and reveals
/// nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordMark(Uuid);

impl PasswordMark {
    /// The mark of an account's present password; `None` if it has none.
    #[must_use]
    pub fn of(core: &Core, account: &Account) -> Option<Self> {
        let hash = account.password.as_ref()?;
        let mac = mac(&passwords(&core.root), &[account.id.0.as_bytes(), hash.as_bytes()].concat());
        mac.first_chunk().copied().map(Uuid::from_bytes).map(Self)
    }
}

/// Whether a sign-in goes on: the person may still sign in in this role, with the password that was compared.
///
/// # Errors
/// An error of the database.
pub async fn stands(
    unit: &mut Unit<'_>,
    person: PersonId,
    role: Role,
    compared: PasswordMark,
) -> Result<bool, Failure> {
    let clinic = unit.clinic();
    let account = account_by_id(unit.reads().await?, clinic, person).await?;
    Ok(account.is_some_and(|account| {
        !account.suspended
            && account.roles.contains(&role)
            && PasswordMark::of(unit.core(), &account) == Some(compared)
    }))
}
