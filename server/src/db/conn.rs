//! A database, and a connection to it.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions as _, PgPool, Postgres, Sqlite, SqlitePool,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::config::without_password;

/// How many connections read at the same time.
const READERS: u32 = 8;
/// How many connections write to SQLite: one that the writer keeps, and one to found clinics and to prune. SQLite
/// lets one of them write at a time.
const SQLITE_WRITERS: u32 = 2;
/// How many prepared statements a connection keeps; each table needs one for each number of rows.
const STATEMENTS: usize = 400;
/// How long a SQLite connection waits for another writer.
const BUSY: Duration = Duration::from_secs(10);
/// The write-ahead log grows longer than usual before a checkpoint, so that pages that change repeatedly are copied
/// once. Statement journals stay in memory: otherwise a batch is large enough for SQLite to open a file. The cache
/// has SQLite's default size: after a commit SQLite often searches the whole cache, and a larger one costs more than
/// it saves.
const WRITER_PRAGMAS: [(&str, &str); 2] = [("wal_autocheckpoint", "4000"), ("temp_store", "memory")];
/// The oldest accepted SQLite. Older versions can corrupt a database when its write-ahead log is reset.
const SQLITE_OLDEST: (u32, u32, u32) = (3, 51, 3);

/// A database.
#[derive(Debug, Clone)]
pub enum Db {
    /// One file, one writer at a time.
    Sqlite {
        /// Connections that read.
        read: SqlitePool,
        /// Connections that write.
        write: SqlitePool,
    },
    /// A server that several nodes can share.
    Postgres(PgPool),
}

/// A connection to either database.
#[derive(Debug)]
pub enum Conn {
    /// To SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// To PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// Runs the same body on the connection of either driver.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(held) => {
                let $c = &mut **held;
                $body
            }
            $crate::db::Conn::Postgres(held) => {
                let $c = &mut **held;
                $body
            }
        }
    };
}
pub(crate) use on;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// An error of the database driver.
    #[error("the database failed: {0}")]
    Driver(#[from] sqlx::Error),
    /// No database answers at `database.url`, or it refuses the login.
    #[error("database.url {url}: {source}")]
    Unreachable {
        /// The URL without its password.
        url: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// `database.url` names no kind of database that the server knows.
    #[error("database.url must begin with sqlite: or postgres:")]
    UnknownUrl,
    /// The linked SQLite has a known defect.
    #[error("SQLite {0} is too old: 3.51.3 or later is needed")]
    SqliteTooOld(String),
    /// The schema is from a later release.
    #[error(
        "the database has schema {found}, this release knows {known}: use the newer release that wrote it"
    )]
    SchemaNewer {
        /// The version in the database.
        found: i64,
        /// The version of this binary.
        known: i64,
    },
    /// A migration was edited after this database ran it.
    #[error(
        "[migration_changed] migration {version} is not the one that this database ran: start the release that ran it, and report this"
    )]
    MigrationChanged {
        /// Which.
        version: i64,
    },
    /// A migration failed and was rolled back.
    #[error("[migration_failed] migration {version} failed and changed nothing: {source}")]
    MigrationFailed {
        /// Which.
        version: i64,
        /// The driver's error.
        source: sqlx::Error,
    },
}

impl Db {
    /// Opens the database of a URL: `sqlite:<path>` or `postgres://…`.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be opened.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        let opened = if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(Path::new(path.trim_start_matches("//"))).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await
        } else {
            return Err(DbError::UnknownUrl);
        };
        opened.map_err(|error| match error {
            DbError::Driver(source) => DbError::Unreachable { url: without_password(url), source },
            other => other,
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, DbError> {
        let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(STATEMENTS);
        let pool = PgPoolOptions::new()
            .max_connections(READERS + 2)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => Ok(Self::Postgres(pool)),
            // The pool kept trying, because the server may be starting. Connect once more to get the real error.
            Err(sqlx::Error::PoolTimedOut) => {
                let why = options.connect().await.err();
                Err(why.unwrap_or(sqlx::Error::PoolTimedOut).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(STATEMENTS);
        let pragmas = WRITER_PRAGMAS.into_iter();
        let writer = pragmas.fold(options.clone(), |options, (name, value)| options.pragma(name, value));
        let write = SqlitePoolOptions::new()
            .max_connections(SQLITE_WRITERS)
            .test_before_acquire(false)
            .connect_with(writer)
            .await?;
        let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&write).await?;
        if parse_version(&version) < SQLITE_OLDEST {
            return Err(DbError::SqliteTooOld(version));
        }
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.pragma("cache_size", "-32000").pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { read, write })
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// No connection is free, or an error of the database driver.
    pub async fn read(&self) -> sqlx::Result<Conn> {
        match self {
            Self::Sqlite { read, .. } => read.acquire().await.map(Conn::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Conn::Postgres),
        }
    }

    /// A connection to write with: for the writer, to found clinics, and to prune.
    ///
    /// # Errors
    /// No connection is free, or an error of the database driver.
    pub async fn write(&self) -> sqlx::Result<Conn> {
        match self {
            Self::Sqlite { write, .. } => write.acquire().await.map(Conn::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Conn::Postgres),
        }
    }

    /// The PostgreSQL pool, through which nodes notify each other; `None` with SQLite.
    #[must_use]
    pub const fn postgres(&self) -> Option<&PgPool> {
        match self {
            Self::Postgres(pool) => Some(pool),
            Self::Sqlite { .. } => None,
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Conn {
    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(held) => sqlx::raw_sql("begin immediate").execute(&mut **held).await.map(drop),
            Self::Postgres(held) => sqlx::raw_sql("begin").execute(&mut **held).await.map(drop),
        }
    }

    /// Begins a read transaction: all its reads see the same state of the database.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_read(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(held) => sqlx::raw_sql("begin").execute(&mut **held).await.map(drop),
            Self::Postgres(held) => {
                let begin = "begin isolation level repeatable read read only";
                sqlx::raw_sql(begin).execute(&mut **held).await.map(drop)
            }
        }
    }

    /// Commits.
    ///
    /// # Errors
    /// When the database refuses; nothing was written then.
    pub async fn commit(&mut self) -> sqlx::Result<()> {
        on!(self, |c| sqlx::raw_sql("commit").execute(c).await.map(drop))
    }

    /// Rolls back.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn rollback(&mut self) -> sqlx::Result<()> {
        on!(self, |c| sqlx::raw_sql("rollback").execute(c).await.map(drop))
    }

    /// Ends a read transaction. A connection that is broken does not go back to the pool.
    pub async fn end_read(mut self) {
        if self.rollback().await.is_err() {
            self.discard().await;
        }
    }

    /// Closes the connection instead of returning it to the pool.
    pub async fn discard(self) {
        // A failed close drops the connection too, which is enough.
        match self {
            Self::Sqlite(held) => drop(held.close().await),
            Self::Postgres(held) => drop(held.close().await),
        }
    }
}

/// Escapes a text for a pattern of `like … escape '\'`, so that it matches only itself.
#[must_use]
pub fn like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The sizes of a parameter list. They are few, so that prepared statements are reused.
const SIZES: [usize; 5] = [1, 4, 16, 64, 256];

/// The most parameters of one list.
pub const IN_MAX: usize = SIZES[SIZES.len() - 1];

/// `head (…)` with placeholders, and how many: the smallest size that holds `count`.
#[must_use]
pub fn in_list(head: &str, count: usize) -> (String, usize) {
    let size = SIZES.into_iter().find(|size| *size >= count).unwrap_or(IN_MAX);
    let marks: Vec<String> = (1..=size).map(|n| format!("${n}")).collect();
    (format!("{head} ({})", marks.join(", ")), size)
}

/// Parses an id or another text of a column.
///
/// # Errors
/// A decoding error that names the text's type.
pub fn parse<T: FromStr>(text: &str) -> sqlx::Result<T> {
    text.parse().map_err(|_| {
        sqlx::Error::Decode(format!("a column does not hold a {}", std::any::type_name::<T>()).into())
    })
}

/// [`parse`] of a column that may be null.
///
/// # Errors
/// As [`parse`].
pub fn parse_some<T: FromStr>(text: Option<&str>) -> sqlx::Result<Option<T>> {
    text.map(parse).transpose()
}

fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
