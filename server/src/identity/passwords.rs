//! Hashes and checks passwords.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use medlane_shared::{
    access::Grant,
    fault::{Code, Fault, FieldCode},
    identity::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS},
    ids::{ClinicId, PersonId},
    typed,
};
use zxcvbn::{Score, zxcvbn};

use super::{
    checks::Checks,
    store::{Account, account_by_id, account_held},
};
use crate::{app::App, db::whose};

/// The part of a password that is checked against lists of common ones, in characters.
const JUDGED_CHARS: usize = 72;

/// Hashed if no account has the address, so that the time of the answer reveals nothing. Nobody knows its password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWVkbGFuZS1ub2JvZHk$Wm3XyCjTq1N0yR1z1Hh3Qp2rJ9v5bK8sL4dF6gT7uYc";

/// The hash of a password (argon2id, PHC string).
///
/// # Errors
/// [`Code::Internal`] when hashing fails.
pub fn password_hash(password: &str) -> Result<String, Fault> {
    let password = typed::password(password);
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Code::Internal)?;
    Ok(hash.to_string())
}

/// The hash of a password, made on the threads of `checks`.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub(super) async fn password_hashed(app: &App, password: String) -> Result<String, Fault> {
    app.services.get::<Checks>().run(move || password_hash(&password)).await?
}

/// The caller's own account.
pub(super) async fn own_account(app: &App, grant: &Grant) -> Result<Account, Fault> {
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let person = whose(grant).map_err(broken)?;
    let account = account_held(&mut app.core.read().await?, grant, person).await.map_err(broken)?;
    account.ok_or_else(|| Code::SignedOut.into())
}

/// The account of a person who is signing in.
pub(super) async fn account_of(app: &App, clinic: ClinicId, person: PersonId) -> Result<Account, Fault> {
    let account = account_by_id(&mut app.core.read().await?, clinic, person).await;
    account.map_err(|error| app.core.broken(&error))?.ok_or_else(|| Code::SignedOut.into())
}

pub(super) async fn password_fits(app: &App, password: String, hash: Option<String>) -> Result<bool, Fault> {
    app.core.metrics.hashes.inc();
    let known = hash.is_some();
    let check = move || {
        let hash = hash.as_deref().unwrap_or(NOBODY);
        let holds = |text: &str| Argon2::default().verify_password(text.as_bytes(), hash).is_ok();
        let composed = typed::password(&password);
        // Passwords of earlier releases were hashed as they were typed.
        holds(&composed) || (composed != password && holds(&password))
    };
    Ok(app.services.get::<Checks>().run(check).await? && known)
}

/// The hash of a password that a person chooses. The password must not be a common one, nor be made of facts about
/// its owner and the clinic.
///
/// # Errors
/// [`Code::PasswordWeak`].
pub async fn chosen(app: &App, clinic: ClinicId, password: &str, owner: &[String]) -> Result<String, Fault> {
    let clinic = app.core.clinics.get(clinic)?;
    let mut known: Vec<&str> = owner.iter().map(String::as_str).collect();
    known.extend(["medlane", clinic.name.as_str()]);
    password_holds(password, &known)?;
    password_hashed(app, password.to_owned()).await
}

/// Checks a password: it is long enough, and not easy to guess from lists of common passwords and from `owner`, the
/// facts about its owner. There is no rule about its characters (OWASP ASVS 5.0 §6.2).
///
/// # Errors
/// [`Code::PasswordWeak`].
pub fn password_holds(password: &str, owner: &[&str]) -> Result<(), Fault> {
    let fits = password.chars().count() >= PASSWORD_MIN_CHARS && password.len() <= PASSWORD_MAX_BYTES;
    let judged: String = password.chars().take(JUDGED_CHARS).collect();
    if fits && zxcvbn(&judged, owner).score() >= Score::Two {
        return Ok(());
    }
    Err(Fault::new(Code::PasswordWeak).field("password", FieldCode::Password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_everybody_tries_are_refused() {
        for weak in
            ["", "short", "password", "Password1", "12345678", "qwertyuiop", "annabrown", "aaaaaaaaaaaa"]
        {
            assert!(password_holds(weak, &["Anna Brown", "annabrown"]).is_err(), "{weak}");
        }
        for fine in ["correct horse battery", "kettle-42-violin", "قهوة وكتاب ومطر"] {
            assert!(password_holds(fine, &["Anna Brown"]).is_ok(), "{fine}");
        }
        assert!(password_holds(&"x7".repeat(600), &[]).is_err(), "too long to be hashed");
    }
}
