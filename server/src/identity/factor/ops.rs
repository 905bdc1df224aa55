//! Passing, setting up and switching off the second factor.

use medlane_shared::{
    access::{Grant, Role},
    fault::{Code, Fault},
    ids::PersonId,
};
use serde::{Deserialize, Serialize};

use super::{
    codes::{HalfSignIn, SECRET, backup_hash, place},
    held::{holds, passes, wanted},
    store::{self, Factor},
};
use crate::{
    attempts::{self, Try},
    engine::own_by,
    identity::{
        accounts::{as_patient, managed},
        confirm::demand,
        mark::stands,
        ops::{Admission, Refreshed, admit, end_all, tell},
        store::account_held,
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The result of a code. A wrong code is counted, so the operation commits and returns the fault.
type Held<T> = Result<T, Fault>;

fn wrong<T>(unit: &mut Unit<'_>, action: &'static str, person: PersonId) -> Done<Held<T>> {
    let entry = Entry::new(action, format!("person:{person}")).refused();
    unit.commit(entry, Err(Code::CodeWrong.into()))
}

/// Finishes a sign-in by the second factor.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The sign-in.
    pub step: HalfSignIn,
    /// The code of the app, or a backup code.
    pub code: String,
    /// How the session begins.
    pub admission: Admission,
    /// The counts of wrong codes.
    pub failures: Vec<Try>,
}

impl Op for Pass {
    type Out = Held<Refreshed>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let at = unit.at();
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        let (person, _) = who(unit, Some(self.step)).await?;
        if !holds(unit, person, &self.code).await? {
            attempts::count(unit, &self.failures).await?;
            return Ok(wrong(unit, "session.factor", person));
        }
        attempts::clear(unit, &self.failures).await?;
        let begun = admit(unit, person, self.step.role, self.step.face, &self.admission).await?;
        let entry = Entry::new("session.factor", format!("person:{person}")).proven(Some(person), None);
        Ok(unit.commit(entry, Ok(begun)))
    }
}

/// Sets up an app. It counts only after one of its codes was entered.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The half-finished sign-in; `None` means the signed-in person.
    pub step: Option<HalfSignIn>,
    /// The app's secret.
    pub secret: [u8; SECRET],
}

impl Op for SetUp {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let (person, grant) = who(unit, self.step).await?;
        if wanted(unit.reads().await?, clinic, person).await? {
            return Err(Code::MfaOn.into());
        }
        if self.step.is_none() {
            demand(unit).await?;
        }
        let sealed = unit.clinic_key().seal(&place(clinic, person), &self.secret)?;
        let factor = Factor { sealed, last_step: 0, enabled_at_ms: None };
        store::factor_put(unit.writes().await?, clinic, person, &factor, at).await?;
        let entry = Entry::new("factor.set_up", format!("person:{person}")).proven(Some(person), None);
        let entry = grant.iter().fold(entry, Entry::by);
        Ok(unit.commit(entry, ()))
    }
}

/// The person of a half-finished sign-in that may go on; `None` means the signed-in person, whose right it is.
async fn who(unit: &mut Unit<'_>, step: Option<HalfSignIn>) -> Result<(PersonId, Option<Grant>), Failure> {
    let Some(HalfSignIn { person, role, password, .. }) = step else {
        let (person, _, grant) = own_by(unit.actor())?;
        return Ok((person, Some(grant)));
    };
    let stands = stands(unit, person, role, password).await?;
    if stands { Ok((person, None)) } else { Err(Code::SignedOut.into()) }
}

/// The result of switching on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Enabled {
    /// The session, if this finished a sign-in.
    pub begun: Option<Refreshed>,
}

/// Switches on the app that was set up.
#[derive(Debug, Clone)]
pub struct Enable {
    /// The half-finished sign-in; `None` means the signed-in person.
    pub step: Option<HalfSignIn>,
    /// The code that the app shows.
    pub code: String,
    /// The backup codes, made by the caller.
    pub codes: Vec<String>,
    /// The start of the session, if this finishes a sign-in.
    pub admission: Admission,
    /// The counts of wrong codes.
    pub failures: Vec<Try>,
}

impl Op for Enable {
    type Out = Held<Enabled>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        attempts::check(unit.reads().await?, &self.failures, at).await?;
        let (person, grant) = who(unit, self.step).await?;
        let factor = store::factor_by_person(unit.reads().await?, clinic, person).await?;
        let factor = factor.ok_or(Code::MfaOff)?;
        if factor.enabled_at_ms.is_some() {
            return Err(Code::MfaOn.into());
        }
        if !passes(unit, person, &factor, &self.code).await? {
            attempts::count(unit, &self.failures).await?;
            return Ok(wrong(unit, "factor.enable", person));
        }
        let factor = store::factor_by_person(unit.reads().await?, clinic, person).await?;
        let factor = Factor { enabled_at_ms: Some(at.ms()), ..factor.ok_or(Code::Internal)? };
        store::factor_put(unit.writes().await?, clinic, person, &factor, at).await?;
        let hashes: Vec<String> =
            self.codes.iter().map(|code| backup_hash(unit.core(), person, code)).collect();
        store::backup_replace(unit.writes().await?, person, &hashes).await?;
        let begun = match self.step {
            Some(step) => Some(admit(unit, person, step.role, step.face, &self.admission).await?),
            None => None,
        };
        tell(unit, person, Template::FactorOn, &[]).await?;
        let entry = Entry::new("factor.enable", format!("person:{person}")).proven(Some(person), None);
        let entry = grant.iter().fold(entry, Entry::by);
        Ok(unit.commit(entry, Ok(Enabled { begun })))
    }
}

/// A change that the owner makes to a second factor.
#[derive(Debug, Clone)]
pub enum OwnerChange {
    /// Switch it off.
    Off,
    /// Replace the backup codes by these, made by the caller.
    Codes(Vec<String>),
}

/// Switches the caller's second factor off, or replaces the backup codes.
#[derive(Debug, Clone)]
pub struct FactorChange {
    /// The change.
    pub change: OwnerChange,
    /// The roles for which the clinic requires a second factor.
    pub needed: Vec<Role>,
}

impl Op for FactorChange {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let clinic = unit.clinic();
        let (person, _, grant) = own_by(unit.actor())?;
        if !wanted(unit.reads().await?, clinic, person).await? {
            return Err(Code::MfaOff.into());
        }
        let roles = account_held(unit.reads().await?, &grant, person).await?.ok_or(Code::SignedOut)?.roles;
        if matches!(self.change, OwnerChange::Off) && roles.iter().any(|role| self.needed.contains(role)) {
            return Err(Code::MfaNeeded.into());
        }
        demand(unit).await?;
        let action = match &self.change {
            OwnerChange::Off => {
                store::factor_delete(unit.writes().await?, person).await?;
                tell(unit, person, Template::FactorOff, &[]).await?;
                "factor.disable"
            }
            OwnerChange::Codes(codes) => {
                let hashes: Vec<String> =
                    codes.iter().map(|code| backup_hash(unit.core(), person, code)).collect();
                store::backup_replace(unit.writes().await?, person, &hashes).await?;
                "factor.codes"
            }
        };
        Ok(unit.commit(Entry::new(action, format!("person:{person}")).by(&grant), ()))
    }
}

/// Removes the second factor of a person who has lost it.
#[derive(Debug, Clone, Copy)]
pub struct FactorReset(pub PersonId);

impl Op for FactorReset {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let clinic = unit.clinic();
        let (before, grant) = managed(unit, self.0).await?;
        if !wanted(unit.reads().await?, clinic, self.0).await? {
            return Err(Code::MfaOff.into());
        }
        demand(unit).await?;
        store::factor_delete(unit.writes().await?, self.0).await?;
        end_all(unit, self.0, None).await?;
        tell(unit, self.0, Template::FactorOff, &[]).await?;
        let entry = Entry::new("factor.reset", format!("person:{}", self.0));
        Ok(unit.commit(entry.by(&grant).patient(as_patient(&before)), self.0))
    }
}
