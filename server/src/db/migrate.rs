//! Forward-only migrations, embedded in the binary.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Conn, Db, DbError, on};

/// `(version, SQLite, PostgreSQL)`.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        include_str!("../../../migrations/sqlite/0001_spine.sql"),
        include_str!("../../../migrations/postgres/0001_spine.sql"),
    ),
    (
        2,
        include_str!("../../../migrations/sqlite/0002_people.sql"),
        include_str!("../../../migrations/postgres/0002_people.sql"),
    ),
    (
        3,
        include_str!("../../../migrations/sqlite/0003_devices.sql"),
        include_str!("../../../migrations/postgres/0003_devices.sql"),
    ),
    (
        4,
        include_str!("../../../migrations/sqlite/0004_profile.sql"),
        include_str!("../../../migrations/postgres/0004_profile.sql"),
    ),
    (
        5,
        include_str!("../../../migrations/sqlite/0005_estimates.sql"),
        include_str!("../../../migrations/postgres/0005_estimates.sql"),
    ),
    (
        6,
        include_str!("../../../migrations/sqlite/0006_waiting_room.sql"),
        include_str!("../../../migrations/postgres/0006_waiting_room.sql"),
    ),
    (
        7,
        include_str!("../../../migrations/sqlite/0007_notices.sql"),
        include_str!("../../../migrations/postgres/0007_notices.sql"),
    ),
    (
        8,
        include_str!("../../../migrations/sqlite/0008_reads.sql"),
        include_str!("../../../migrations/postgres/0008_reads.sql"),
    ),
    (
        9,
        include_str!("../../../migrations/sqlite/0009_not_taken.sql"),
        include_str!("../../../migrations/postgres/0009_not_taken.sql"),
    ),
    (
        10,
        include_str!("../../../migrations/sqlite/0010_appended.sql"),
        include_str!("../../../migrations/postgres/0010_appended.sql"),
    ),
    (
        11,
        include_str!("../../../migrations/sqlite/0011_places.sql"),
        include_str!("../../../migrations/postgres/0011_places.sql"),
    ),
    (
        12,
        include_str!("../../../migrations/sqlite/0012_shown.sql"),
        include_str!("../../../migrations/postgres/0012_shown.sql"),
    ),
    (
        13,
        include_str!("../../../migrations/sqlite/0013_bound.sql"),
        include_str!("../../../migrations/postgres/0013_bound.sql"),
    ),
    (
        14,
        include_str!("../../../migrations/sqlite/0014_sessions.sql"),
        include_str!("../../../migrations/postgres/0014_sessions.sql"),
    ),
    (
        15,
        include_str!("../../../migrations/sqlite/0015_who_is_who.sql"),
        include_str!("../../../migrations/postgres/0015_who_is_who.sql"),
    ),
    (
        16,
        include_str!("../../../migrations/sqlite/0016_help_answered.sql"),
        include_str!("../../../migrations/postgres/0016_help_answered.sql"),
    ),
    (
        17,
        include_str!("../../../migrations/sqlite/0017_contacts.sql"),
        include_str!("../../../migrations/postgres/0017_contacts.sql"),
    ),
    (
        18,
        include_str!("../../../migrations/sqlite/0018_told.sql"),
        include_str!("../../../migrations/postgres/0018_told.sql"),
    ),
    (
        19,
        include_str!("../../../migrations/sqlite/0019_checks.sql"),
        include_str!("../../../migrations/postgres/0019_checks.sql"),
    ),
];

/// The schema that this binary knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Any number that no other program uses on the same PostgreSQL server.
const ADVISORY_LOCK: i64 = 0x006d_6564_6c61_6e65;

/// The schema of the database; 0 where it is empty.
///
/// # Errors
/// When the database fails.
pub async fn schema_version(conn: &mut Conn) -> sqlx::Result<i64> {
    on!(&mut *conn, |c| {
        sqlx::raw_sql("create table if not exists schema_version (version bigint primary key not null)")
            .execute(c)
            .await?;
    });
    schema_found(conn).await
}

/// The schema of a database that has one.
///
/// # Errors
/// When the database fails or is empty.
pub async fn schema_found(conn: &mut Conn) -> sqlx::Result<i64> {
    let sql = "select coalesce(max(version), 0) from schema_version";
    on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await)
}

/// Brings the schema up to this binary's; the number of migrations that ran.
///
/// # Errors
/// [`DbError::SchemaNewer`] where a later release has been here.
pub async fn migrate(db: &Db) -> Result<usize, DbError> {
    let mut conn = db.write().await?;
    if let Conn::Postgres(held) = &mut conn {
        sqlx::query("select pg_advisory_lock($1)").bind(ADVISORY_LOCK).execute(&mut **held).await?;
    }
    // SQLite rebuilds a table to change its rules. Rows of other tables refer to it meanwhile, and are checked before each commit.
    // The setting counts only outside a transaction.
    references(&mut conn, "off").await?;
    let ran = run(&mut conn).await;
    references(&mut conn, "on").await?;
    if let Conn::Postgres(held) = &mut conn {
        sqlx::query("select pg_advisory_unlock($1)").bind(ADVISORY_LOCK).execute(&mut **held).await?;
    }
    ran
}

/// Switches SQLite's checks of references `on` or `off`; PostgreSQL needs neither.
async fn references(conn: &mut Conn, to: &str) -> sqlx::Result<()> {
    let Conn::Sqlite(held) = conn else { return Ok(()) };
    let sql = AssertSqlSafe(format!("pragma foreign_keys = {to}"));
    sqlx::raw_sql(sql).execute(&mut **held).await.map(drop)
}

/// Runs a migration of SQLite; it leaves no row that refers to nothing.
async fn run_sqlite(held: &mut SqliteConnection, sql: &'static str) -> sqlx::Result<()> {
    sqlx::raw_sql(sql).execute(&mut *held).await?;
    let astray: i64 =
        sqlx::query_scalar("select count(*) from pragma_foreign_key_check").fetch_one(&mut *held).await?;
    if astray == 0 { Ok(()) } else { Err(sqlx::Error::Protocol(format!("{astray} rows refer to nothing"))) }
}

async fn run(conn: &mut Conn) -> Result<usize, DbError> {
    let found = schema_version(conn).await?;
    if found > SCHEMA_VERSION {
        return Err(DbError::SchemaNewer { found, known: SCHEMA_VERSION });
    }
    let mut ran = 0;
    for (version, sqlite, postgres) in MIGRATIONS.iter().filter(|(version, ..)| *version > found) {
        conn.begin().await?;
        let done = match conn {
            Conn::Sqlite(held) => run_sqlite(held, sqlite).await,
            Conn::Postgres(held) => sqlx::raw_sql(*postgres).execute(&mut **held).await.map(drop),
        };
        let done = match done {
            Ok(()) => on!(conn, |c| sqlx::query("insert into schema_version (version) values ($1)")
                .bind(*version)
                .execute(c)
                .await
                .map(drop)),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            conn.rollback().await?;
            return Err(error.into());
        }
        conn.commit().await?;
        ran += 1;
    }
    Ok(ran)
}
