//! Confirming the caller's identity over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Actor, Known},
    api,
    fault::Code,
    identity::{CONFIRM_S, Confirmed, PASSWORD_MAX_BYTES},
};

use super::ops::Confirm;
use crate::{
    app::App,
    attempts::{self, by_factor, by_session},
    engine::own_by,
    http::{Body, CallAnswer, Caller, Reply, Routes},
    identity::{
        mark::PasswordMark,
        passwords::{own_account, password_fits},
        token,
    },
    writer::Once,
};

/// The part's route.
pub fn routes() -> Routes {
    Routes::new().on(api::ConfirmIdentity, confirm)
}

async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::ConfirmIdentity>,
) -> Reply<api::ConfirmIdentity> {
    let (person, session, grant) = own_by(&caller.actor)?;
    if request.password.len() > PASSWORD_MAX_BYTES {
        return Err(Code::PasswordWrong.into());
    }
    let account = own_account(&app, &grant).await?;
    let failures = by_session(&app, &caller.by(Once::No), session);
    // Checked before the costly hash, and again in the operation.
    attempts::may_try(&app.core, &failures).await?;
    let role = match &caller.actor {
        Actor::Known(Known { role, .. }) => *role,
        _ => return Err(Code::SignedOut.into()),
    };
    let fits = password_fits(&app, request.password, account.password.clone()).await?;
    let op = Confirm {
        passed: PasswordMark::of(&app.core, &account).filter(|_| fits),
        role,
        code: request.code.filter(|code| !code.trim().is_empty()),
        needs_factor: app.config.identity.mfa_roles.contains(&role),
        failures,
        code_failures: by_factor(&app, &caller.by(Once::No), person),
    };
    let needs = app.writer.run(caller.by(Once::No), op).await??;
    let proof = match needs {
        None => Some(token::confirm(&app.core, caller.actor.clinic(), session)?),
        Some(_) => None,
    };
    Ok(CallAnswer::of(Confirmed { proof, expires_in_s: CONFIRM_S, needs }))
}
