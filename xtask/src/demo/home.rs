//! The folders of demo clinics. They stand side by side, one for each database, each with its key, its sign-ins and
//! the apps' files.
//!
//! A folder is filled under a temporary name and renamed when it is complete, so that an interrupted start leaves no
//! half clinic.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::run::Failed;

/// The file with all sign-ins.
const ACCOUNTS: &str = "demo-accounts.json";

/// The clinic of one database.
pub struct Home {
    data: PathBuf,
    /// The database of `--database-url`. Without one the clinic uses a file in its folder.
    theirs: Option<String>,
}

/// The files of a clinic, in its final folder or in the temporary one.
pub struct Place {
    folder: PathBuf,
    /// The address of its database.
    pub database: String,
}

impl Place {
    /// The key file that encrypts its records.
    pub fn key(&self) -> PathBuf {
        self.folder.join("medlane.key")
    }

    /// The file with its sign-ins.
    pub fn accounts(&self) -> PathBuf {
        self.folder.join(ACCOUNTS)
    }

    /// The folder for the desktop apps' data.
    pub fn apps(&self) -> PathBuf {
        self.folder.join("apps")
    }
}

impl Home {
    /// The clinic of a database, in a folder below `--data-dir`.
    pub fn new(data: &Path, database: Option<&str>) -> Self {
        Self { data: data.to_owned(), theirs: database.map(str::to_owned) }
    }

    fn name(&self) -> String {
        self.theirs.as_deref().map_or_else(|| "sqlite".to_owned(), |url| file_name(&without_password(url)))
    }

    fn place(&self, folder: PathBuf) -> Place {
        let file = || format!("sqlite:{}", folder.join("medlane.db").display());
        let database = self.theirs.clone().unwrap_or_else(file);
        Place { folder, database }
    }

    /// Creates the clinic if there is none, and returns its place. With `anew` it replaces the present one, which is
    /// removed only when the new one is complete.
    ///
    /// # Errors
    /// The error of `fill`. For a database of the user's own the error also says how to empty it.
    pub fn made(&self, anew: bool, fill: impl FnOnce(&Place) -> Result<(), Failed>) -> Result<Place, Failed> {
        let made = self.place(self.data.join(self.name()));
        if anew || !made.accounts().exists() {
            let part = self.place(self.data.join(format!("{}.part", self.name())));
            forget(&part.folder)?;
            fs::create_dir_all(&part.folder)?;
            if let Err(failed) = fill(&part) {
                forget(&part.folder)?;
                return Err(self
                    .theirs
                    .as_deref()
                    .map_or_else(|| failed.to_string(), |url| way_out(&failed, url))
                    .into());
            }
            forget(&made.folder)?;
            fs::rename(&part.folder, &made.folder)?;
        }
        Ok(made)
    }

    /// Writes the sign-ins of the served clinic to the file where people look for them, together with the database
    /// that they belong to. Returns them.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn publish(&self, place: &Place) -> Result<Value, Failed> {
        let mut accounts: Value = serde_json::from_slice(&fs::read(place.accounts())?)?;
        accounts["database"] = json!(without_password(&place.database));
        let (part, whole) = (self.data.join(format!("{ACCOUNTS}.part")), self.data.join(ACCOUNTS));
        fs::write(&part, serde_json::to_vec_pretty(&accounts)?)?;
        fs::rename(part, whole)?;
        Ok(accounts)
    }
}

/// Removes a folder, if it exists.
fn forget(folder: &Path) -> Result<(), Failed> {
    if folder.exists() { Ok(fs::remove_dir_all(folder)?) } else { Ok(()) }
}

/// The error text for a database of the user's own. The demo never empties it, because it may hold other data.
fn way_out(failed: &Failed, url: &str) -> String {
    let url = without_password(url);
    let empty = if url.starts_with("sqlite:") {
        "remove its file".to_owned()
    } else {
        format!("\n  psql '{url}' -c 'drop schema public cascade; create schema public'")
    };
    format!(
        "{failed}\nThe demo clinic needs an empty database. If what {url} holds is a demo's, perhaps of a start that was \
         interrupted, and nothing else, empty it: {empty}\nand start again with --reset; or name another database."
    )
}

/// The URL of a database without its password, for display and storage.
fn without_password(url: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let mut shown = match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((who, place))) => {
            let who = who.get(scheme.len() + 3..).unwrap_or_default();
            let name = who.split_once(':').map_or(who, |(name, _)| name);
            format!("{scheme}://{name}@{place}")
        }
        _ => address.to_owned(),
    };
    let kept =
        query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.starts_with("password="));
    for (n, pair) in kept.enumerate() {
        shown.push(if n == 0 { '?' } else { '&' });
        shown.push_str(pair);
    }
    shown
}

/// A URL as a folder name. Different URLs have different names.
fn file_name(url: &str) -> String {
    let named = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => char::from(byte).to_string(),
        _ => format!("_{byte:02x}"),
    };
    url.bytes().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://me:secret@db.internal:5432/clinic";

    fn fill(place: &Place, who: &str) -> Result<(), Failed> {
        fs::write(place.key(), who)?;
        Ok(fs::write(place.accounts(), json!({ "patients": [{ "email": who }] }).to_string())?)
    }

    fn refuse(_: &Place) -> Result<(), Failed> {
        Err("the database already holds a clinic".into())
    }

    fn unasked(_: &Place) -> Result<(), Failed> {
        panic!("there is one already")
    }

    #[test]
    fn each_database_has_a_clinic_of_its_own() {
        let data = tempfile::tempdir().unwrap();
        let (lite, pg) = (Home::new(data.path(), None), Home::new(data.path(), Some(URL)));
        let read =
            || -> Value { serde_json::from_slice(&fs::read(data.path().join(ACCOUNTS)).unwrap()).unwrap() };

        let place = lite.made(false, |place| fill(place, "lite")).unwrap();
        lite.publish(&place).unwrap();
        assert_eq!(
            (read()["patients"][0]["email"].as_str(), &read()["database"]),
            (Some("lite"), &json!(place.database))
        );

        // The sign-ins of one database are not those of another.
        let place = pg.made(false, |place| fill(place, "pg")).unwrap();
        assert_eq!(place.database, URL);
        pg.publish(&place).unwrap();
        assert_eq!(read()["patients"][0]["email"], "pg");
        assert_eq!(read()["database"], "postgres://me@db.internal:5432/clinic");

        // Both clinics still exist.
        let place = lite.made(false, unasked).unwrap();
        lite.publish(&place).unwrap();
        assert_eq!(read()["patients"][0]["email"], "lite");
        pg.made(false, unasked).unwrap();
    }

    #[test]
    fn what_was_interrupted_is_no_clinic() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::new(data.path(), None);
        // A start that is killed while it fills the clinic leaves its folder behind.
        let killed = std::panic::catch_unwind(|| {
            home.made(false, |place| {
                fs::write(place.key(), "half")?;
                panic!("killed")
            })
        });
        assert!(killed.is_err());
        let place = home
            .made(false, |place| {
                assert!(!place.key().exists(), "it begins anew");
                fill(place, "whole")
            })
            .unwrap();
        assert_eq!(fs::read_to_string(place.key()).unwrap(), "whole");
        assert!(place.database.ends_with("sqlite/medlane.db"), "{}", place.database);
    }

    #[test]
    fn one_that_cannot_be_made_anew_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::new(data.path(), Some(URL));
        home.made(false, |place| fill(place, "first")).unwrap();
        let said = home.made(true, refuse).err().unwrap().to_string();
        assert!(said.starts_with("the database already holds a clinic"), "{said}");
        assert!(said.contains("psql 'postgres://me@db.internal:5432/clinic'"), "{said}");
        assert!(!said.contains("secret"), "{said}");
        let place = home.made(false, unasked).unwrap();
        assert_eq!(fs::read_to_string(place.key()).unwrap(), "first");
        let place = home.made(true, |place| fill(place, "second")).unwrap();
        assert_eq!(fs::read_to_string(place.key()).unwrap(), "second");
    }

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            (URL, "postgres://me@db.internal:5432/clinic"),
            ("postgres://me@db/clinic", "postgres://me@db/clinic"),
            ("postgres://db/clinic", "postgres://db/clinic"),
            ("postgres://me:s%40@db/clinic?sslmode=require", "postgres://me@db/clinic?sslmode=require"),
            ("postgres:///clinic?password=x&host=/run&user=me", "postgres:///clinic?host=/run&user=me"),
            ("postgres://me:a@b@db/clinic", "postgres://me@db/clinic"),
            ("sqlite:/var/lib/medlane.db", "sqlite:/var/lib/medlane.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn folders_are_named_apart() {
        assert_eq!(file_name("postgres://me@db/a_b"), "postgres_3a_2f_2fme_40db_2fa_5fb");
        assert_ne!(
            Home::new(Path::new("."), Some("sqlite")).name(),
            Home::new(Path::new("."), Some("sqlite_")).name()
        );
    }
}
