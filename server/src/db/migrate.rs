//! Forward-only migrations. They are embedded in the binary and run by sqlx's migrator, which stores the checksum of each.
//!
//! This module adds what two databases and earlier releases need: one lock for all nodes, a check of SQLite's references before
//! each commit, and the table `schema_version`, which tells earlier releases that a database is too new for them.

use std::borrow::Cow;

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqlStr, SqliteConnection,
    migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator},
};

use super::{
    conn::{Conn, Db, DbError, on},
    fill::fill,
};

/// The files of both databases, by name.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        )),*]
    };
}

/// Name, SQLite, PostgreSQL; numbered from 1 without gaps.
const MIGRATIONS: &[(&str, &str, &str)] = embedded![
    "0001_spine",
    "0002_people",
    "0003_devices",
    "0004_profile",
    "0005_estimates",
    "0006_waiting_room",
    "0007_notices",
    "0008_reads",
    "0009_not_taken",
    "0010_appended",
    "0011_places",
    "0012_shown",
    "0013_bound",
    "0014_sessions",
    "0015_who_is_who",
    "0016_help_answered",
    "0017_contacts",
    "0018_told",
    "0019_checks",
    "0020_ages",
    "0021_why_urgent",
    "0022_audit_by_time",
    "0023_intents",
    "0024_sent_on",
    "0025_found_by",
    "0026_door_set",
    "0027_found_in_twos",
];

/// The schema version of this binary.
#[expect(clippy::cast_possible_wrap, reason = "there are few")]
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Any number that no other program uses on the same PostgreSQL server. Earlier releases lock by it too.
const ADVISORY_LOCK: i64 = 0x006d_6564_6c61_6e65;

/// The schema version of the database; 0 if it is empty.
///
/// # Errors
/// An error of the database.
pub async fn schema_version(conn: &mut Conn) -> sqlx::Result<i64> {
    on!(&mut *conn, |c| {
        sqlx::raw_sql("create table if not exists schema_version (version bigint primary key not null)")
            .execute(c)
            .await?;
    });
    schema_found(conn).await
}

/// The schema version of a database that is not empty.
///
/// # Errors
/// An error of the database, or an empty database.
pub async fn schema_found(conn: &mut Conn) -> sqlx::Result<i64> {
    let sql = "select coalesce(max(version), 0) from schema_version";
    on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await)
}

/// Migrates the schema to this binary's version, fills what is derived from other rows, and returns how many migrations
/// ran.
///
/// # Errors
/// [`DbError::SchemaNewer`] if a later release has migrated the database, [`DbError::MigrationChanged`] if a migration was
/// edited since it ran, [`DbError::MigrationFailed`].
pub async fn migrate(db: &Db) -> Result<usize, DbError> {
    let mut conn = db.write().await?;
    if let Conn::Postgres(held) = &mut conn {
        sqlx::query("select pg_advisory_lock($1)").bind(ADVISORY_LOCK).execute(&mut **held).await?;
    }
    // SQLite changes a table's constraints by rebuilding the table, while rows of other tables refer to it. So
    // foreign keys are off meanwhile, and are checked before each commit. The setting has an effect only outside a
    // transaction.
    references(&mut conn, "off").await?;
    let mut ran = run(&mut conn).await;
    if ran.is_ok()
        && let Err(source) = fill(&mut conn).await
    {
        ran = Err(source.into());
    }
    references(&mut conn, "on").await?;
    if let Conn::Postgres(held) = &mut conn {
        sqlx::query("select pg_advisory_unlock($1)").bind(ADVISORY_LOCK).execute(&mut **held).await?;
    }
    ran
}

/// Switches SQLite's foreign keys `on` or `off`. PostgreSQL does not need this.
async fn references(conn: &mut Conn, to: &str) -> sqlx::Result<()> {
    let Conn::Sqlite(held) = conn else { return Ok(()) };
    let sql = AssertSqlSafe(format!("pragma foreign_keys = {to}"));
    sqlx::raw_sql(sql).execute(&mut **held).await.map(drop)
}

async fn run(conn: &mut Conn) -> Result<usize, DbError> {
    let found = schema_version(conn).await?;
    if found > SCHEMA_VERSION {
        return Err(DbError::SchemaNewer { found, known: SCHEMA_VERSION });
    }
    match conn {
        Conn::Sqlite(held) => known(&migrator(true), &mut **held, found).await?,
        Conn::Postgres(held) => known(&migrator(false), &mut **held, found).await?,
    }
    let mut ran = 0;
    for version in found + 1..=SCHEMA_VERSION {
        match conn {
            Conn::Sqlite(held) => run_sqlite(held, version).await?,
            Conn::Postgres(held) => run_postgres(held, version).await?,
        }
        ran += 1;
    }
    Ok(ran)
}

/// The migrator of one database. [`migrate`] holds the lock, because earlier releases know only that one.
fn migrator(is_sqlite: bool) -> Migrator {
    let numbered = MIGRATIONS.iter().zip(1..);
    let all = numbered.map(|((name, sqlite, postgres), version)| {
        let sql = SqlStr::from_static(if is_sqlite { sqlite } else { postgres });
        Migration::new(version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(all.collect());
    migrator.set_locking(false);
    migrator
}

/// Checks that the migrations that ran are those of this binary. A release before checksums left none; its migrations get the
/// checksums of this binary.
async fn known<C: Migrate>(migrator: &Migrator, conn: &mut C, found: i64) -> Result<(), DbError> {
    migrator.run_direct(Some(found), conn, true).await.map_err(failed)
}

/// Runs a migration of SQLite, and checks that no row refers to a missing one.
async fn run_sqlite(conn: &mut SqliteConnection, version: i64) -> Result<(), DbError> {
    let mut tx = conn.begin_with("begin immediate").await?;
    migrator(true).run_direct(Some(version), &mut *tx, false).await.map_err(failed)?;
    let astray: i64 =
        sqlx::query_scalar("select count(*) from pragma_foreign_key_check").fetch_one(&mut *tx).await?;
    if astray > 0 {
        let source = sqlx::Error::Protocol(format!("{astray} rows refer to nothing"));
        return Err(DbError::MigrationFailed { version, source });
    }
    sqlx::query("insert into schema_version (version) values (?1) on conflict do nothing")
        .bind(version)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

async fn run_postgres(conn: &mut PgConnection, version: i64) -> Result<(), DbError> {
    let mut tx = conn.begin().await?;
    migrator(false).run_direct(Some(version), &mut *tx, false).await.map_err(failed)?;
    sqlx::query("insert into schema_version (version) values ($1)").bind(version).execute(&mut *tx).await?;
    Ok(tx.commit().await?)
}

fn failed(error: MigrateError) -> DbError {
    match error {
        MigrateError::VersionMismatch(version) => DbError::MigrationChanged { version },
        MigrateError::VersionMissing(found) => DbError::SchemaNewer { found, known: SCHEMA_VERSION },
        MigrateError::ExecuteMigration(source, version) => DbError::MigrationFailed { version, source },
        MigrateError::Execute(source) => DbError::Driver(source),
        other => DbError::Driver(other.into()),
    }
}
