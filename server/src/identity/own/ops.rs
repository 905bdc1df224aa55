//! The changes that people make to their own account.

use medlane_shared::{
    access::{Grant, Role},
    fault::{Code, Language},
    identity::Gender,
    ids::{PersonId, SessionId},
};

use crate::{
    clinic::publish,
    engine::own_by,
    identity::{
        accounts::store::profile_put,
        confirm,
        merge::store::has_chart,
        ops::{end, end_all, password_replace, tell},
        session_store::session_by_id,
        store::{account_held, birth_date_put, gender_put},
        subjects::details_changed,
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Ends one of the caller's sessions, or all except the present one.
#[derive(Debug, Clone, Copy)]
pub struct EndOwn(pub Option<SessionId>);

impl Op for EndOwn {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, present, grant) = own_by(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let Some(id) = self.0 else {
            end_all(unit, person, Some(present)).await?;
            return Ok(unit.commit(Entry::new("session.end", format!("person:{person}")).by(&grant), ()));
        };
        let session = session_by_id(unit.reads().await?, clinic, id).await?;
        let theirs = session.is_some_and(|session| {
            session.person == Some(person) && session.ended_at.is_none() && session.expires_at > at
        });
        if !theirs {
            return Err(Code::NotFound.into());
        }
        end(unit, id).await?;
        Ok(unit.commit(Entry::new("session.end", format!("session:{id}")).by(&grant), ()))
    }
}

/// Changes the caller's profile. `None` leaves a field unchanged.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The whole name.
    pub name: Option<String>,
    /// The language.
    pub language: Option<Language>,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// A patient's day of birth, if none is known yet.
    pub birth_date: Option<String>,
}

/// Checks that the caller may take another name; the name before, if it is another. The log names a member of staff by their
/// name, so they prove who they are. A patient's name identifies the record: once there is a chart, reception corrects it.
async fn renames(
    unit: &mut Unit<'_>,
    grant: &Grant,
    person: PersonId,
    name: &str,
) -> Result<Option<String>, Failure> {
    let clinic = unit.clinic();
    let account = account_held(unit.reads().await?, grant, person).await?.ok_or(Code::NotFound)?;
    if account.name == name {
        return Ok(None);
    }
    if account.roles.iter().any(|role| role.is_staff()) {
        confirm::demand(unit).await?;
    } else if has_chart(unit.reads().await?, clinic, person).await? {
        return Err(Code::NameKnown.into());
    }
    Ok(Some(account.name))
}

impl Op for Profile {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let renamed = match &self.name {
            Some(name) => renames(unit, &grant, person, name).await?,
            None => None,
        };
        let before = account_held(unit.reads().await?, &grant, person).await?.ok_or(Code::NotFound)?;
        let language = self.language.map(Language::tag);
        profile_put(unit.writes().await?, &grant, self.name.as_deref(), language).await?;
        gender_put(unit.writes().await?, &grant, self.gender).await?;
        if let Some(born) = &self.birth_date {
            // The day of birth identifies the record. Once it is known, only reception corrects it, after a look at a
            // document.
            if unit.actor().role() != Some(Role::Patient) {
                return Err(Code::Forbidden.into());
            }
            if !birth_date_put(unit.writes().await?, &grant, born).await? {
                return Err(Code::BirthDateKnown.into());
            }
        }
        if self.name.is_some() || self.gender.is_some() || self.birth_date.is_some() {
            details_changed(unit, person).await?;
        }
        // A doctor's name is in the catalogue too, in whatever role they change it.
        if self.name.is_some() {
            let account = account_held(unit.reads().await?, &grant, person).await?;
            if account.is_some_and(|account| account.roles.iter().any(|role| role.is_staff())) {
                publish(unit).await?;
            }
        }
        let fields = [
            ("name", self.name.is_some()),
            ("language", language.is_some()),
            ("gender", self.gender.is_some()),
            ("birth_date", self.birth_date.is_some()),
        ];
        let changed: Vec<&str> = fields.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        // The name has its values below: the earliest entries have them there too.
        let mut detail = serde_json::json!({
            "changed": changed,
            "before": {
                "language": before.language.filter(|_| language.is_some()),
                "gender": before.gender.filter(|_| self.gender.is_some()),
                "birth_date": null,
            },
            "after": { "language": language, "gender": self.gender, "birth_date": self.birth_date },
        });
        if let (Some(was), Some(is), Some(fields)) = (renamed, &self.name, detail.as_object_mut()) {
            fields.insert("name".to_owned(), serde_json::json!({ "was": was, "is": is }));
        }
        let entry = Entry::new("person.profile", format!("person:{person}")).by(&grant).detail(detail);
        Ok(unit.commit(entry, ()))
    }
}

/// Changes the caller's password, and ends the other sessions.
#[derive(Debug, Clone)]
pub struct Password {
    /// The hash of the new password. Without it only the right is checked, before a password is hashed.
    pub hash: Option<String>,
}

impl Op for Password {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, present, grant) = own_by(unit.actor())?;
        confirm::demand(unit).await?;
        let Some(hash) = &self.hash else { return Ok(unit.commit_unaudited()) };
        password_replace(unit, person, hash).await?;
        end_all(unit, person, Some(present)).await?;
        tell(unit, person, Template::PasswordChanged, &[]).await?;
        Ok(unit.commit(Entry::new("password.change", format!("person:{person}")).by(&grant), ()))
    }
}
