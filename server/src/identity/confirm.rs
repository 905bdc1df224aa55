//! Confirms a caller's identity again. It is required for the calls that a stolen session must not be able to make:
//! second factors, roles, invitations, reinstating people, codes, unlocking and wiping devices, keys, and the own
//! password.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::post};
use medlane_shared::{
    access::{Actor, Known},
    fault::{Code, Fault},
    identity::{CONFIRM_S, ConfirmNeeds, ConfirmRequest, ConfirmWanted, Confirmed, PASSWORD_MAX_BYTES},
};

use super::{
    factor,
    routes::{account_of, password_fits},
    token,
};
use crate::{
    app::App,
    attempts::{self, Try, by_factor, by_session},
    engine::own,
    http::{Body, Caller, Reply},
    writer::{Done, Entry, Failure, Once, Op, Unit},
};

/// The part's route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/users/me/confirm", post(confirm))
}

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
    /// Whether the password was right.
    pub fits: bool,
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
        let (person, _) = own(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let entry = Entry::new("session.confirm", format!("person:{person}"));
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        let is_on = factor::wanted(unit.reads().await?, clinic, person).await?;
        let code = self.code.as_ref().filter(|_| is_on && self.fits);
        if code.is_some() {
            attempts::check(unit.reads().await?, &self.code_failures, at).await?;
        }
        if !self.fits {
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

async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<ConfirmRequest>,
) -> Reply<Confirmed> {
    let (person, session) = own(&caller.actor)?;
    if request.password.len() > PASSWORD_MAX_BYTES {
        return Err(Code::PasswordWrong.into());
    }
    let account = account_of(&app, &caller, person).await?;
    let failures = by_session(&app, &caller, session);
    // Checked before the costly hash, and again in the operation.
    attempts::may_try(&app.core, &failures).await?;
    let role = match &caller.actor {
        Actor::Known(Known { role, .. }) => *role,
        _ => return Err(Code::SignedOut.into()),
    };
    let op = Confirm {
        fits: password_fits(&app, request.password, account.password).await?,
        code: request.code.filter(|code| !code.trim().is_empty()),
        needs_factor: app.config.identity.mfa_roles.contains(&role),
        failures,
        code_failures: by_factor(&app, &caller, person),
    };
    let needs = app.writer.run(caller.by(Once::No), op).await??;
    let proof = match needs {
        None => Some(token::confirm(&app.core, caller.actor.clinic(), session)?),
        Some(_) => None,
    };
    Ok(Json(Confirmed { proof, expires_in_s: CONFIRM_S, needs }))
}
