//! The operation that confirms a caller's identity, and the check of those that require it.

use medlane_shared::{
    access::{Actor, Role},
    fault::{Code, Fault},
    identity::{ConfirmNeeds, ConfirmWanted},
};

use crate::{
    attempts::{self, Try},
    engine::own_by,
    identity::{
        factor,
        mark::{PasswordMark, stands},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Requires that the caller has just confirmed their identity. Call it after the right was checked.
///
/// # Errors
/// [`Code::ConfirmNeeded`], which says whether a code is needed beside the password.
pub async fn demand(unit: &mut Unit<'_>) -> Result<(), Failure> {
    if unit.is_confirmed() || matches!(unit.actor(), Actor::System { .. }) {
        return Ok(());
    }
    let clinic = unit.clinic();
    let person = unit.actor().person().ok_or(Code::Forbidden)?;
    let code = factor::wanted(unit.reads().await?, clinic, person).await?;
    Err(Fault::new(Code::ConfirmNeeded).present(&ConfirmWanted { code }).into())
}

/// Checks a password, and the code if there is one.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The password that was right; `None` if it was wrong.
    pub passed: Option<PasswordMark>,
    /// The caller's role.
    pub role: Role,
    /// The code of the app, or a backup code.
    pub code: Option<String>,
    /// Whether the clinic requires a second factor for this role.
    pub needs_factor: bool,
    /// The counts of wrong passwords. They are kept for the session alone, so that others at the same address cannot
    /// keep staff out.
    pub failures: Vec<Try>,
    /// The counts of wrong codes.
    pub code_failures: Vec<Try>,
}

impl Op for Confirm {
    /// What is still needed for a proof; `None` if the caller gets one.
    type Out = Result<Option<ConfirmNeeds>, Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let entry = Entry::new("session.confirm", format!("person:{person}")).by(&grant);
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        let fits = match self.passed {
            Some(password) => stands(unit, person, self.role, password).await?,
            None => false,
        };
        let is_on = factor::wanted(unit.reads().await?, clinic, person).await?;
        let code = self.code.as_ref().filter(|_| is_on && fits);
        if code.is_some() {
            attempts::check(unit.reads().await?, &self.code_failures, at).await?;
        }
        if !fits {
            attempts::count(unit, &self.failures).await?;
            return Ok(unit.commit(entry.refused(), Err(Code::PasswordWrong.into())));
        }
        attempts::clear(unit, &self.failures).await?;
        let Some(code) = code else {
            let needs = match (is_on, self.needs_factor) {
                (true, _) => Some(ConfirmNeeds::Code),
                (false, true) => Some(ConfirmNeeds::Factor),
                (false, false) => None,
            };
            return Ok(unit.commit(entry, Ok(needs)));
        };
        if !factor::holds(unit, person, code).await? {
            attempts::count(unit, &self.code_failures).await?;
            return Ok(unit.commit(entry.refused(), Err(Code::CodeWrong.into())));
        }
        attempts::clear(unit, &self.code_failures).await?;
        Ok(unit.commit(entry, Ok(None)))
    }
}
