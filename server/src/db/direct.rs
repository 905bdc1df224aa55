//! The writer's own way to SQLite, without a thread between: what a batch writes that has read nothing.
//!
//! sqlx runs SQLite in a thread of its own, and each statement is a hop to it and back. This one never waits for another that
//! writes: whoever does may need the very thread that would be waiting.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, Statement, types::Null};
use uuid::Uuid;

use super::{Script, Value, WRITER_PRAGMAS, script::Step};

/// Statements that are kept prepared: each table that a batch writes to has one.
const STATEMENTS: usize = 32;

/// A connection.
pub(super) struct Direct(Connection);

impl Direct {
    /// Opens a database that is there.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::ZERO)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "synchronous", "full")?;
        for (name, value) in WRITER_PRAGMAS {
            conn.pragma_update(None, name, value)?;
        }
        Ok(Self(conn))
    }

    /// Begins a transaction, unless another connection is writing.
    pub(super) fn begin(&self) -> rusqlite::Result<bool> {
        match self.0.prepare_cached("begin immediate")?.raw_execute() {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes all of a script in the transaction that was begun, and commits; or nothing.
    pub(super) fn write(&self, script: Script) -> rusqlite::Result<()> {
        let done = script.steps().try_for_each(|step| self.step(step)).and_then(|()| {
            self.0.prepare_cached("commit")?.raw_execute()?;
            Ok(())
        });
        if done.is_err() && !self.0.is_autocommit() {
            self.0.execute_batch("rollback")?;
        }
        done
    }

    fn step(&self, step: Step) -> rusqlite::Result<()> {
        match step {
            Step::Plain { sql, args } => {
                let mut statement = self.0.prepare_cached(sql)?;
                execute(&mut statement, &args, &[])
            }
            Step::Insert { head, tail, rows } => {
                let marks = rows.first().map_or(0, Vec::len);
                // Whoever fails rolls all of it back: SQLite need not be ready to take this statement back alone.
                let table = head.trim_start_matches("insert into");
                let marks = vec!["?"; marks].join(", ");
                let sql = format!("insert or fail into{table} values ({marks}) {tail}");
                let mut statement = self.0.prepare_cached(&sql)?;
                let befores = std::iter::once(&[][..]).chain(rows.iter().map(Vec::as_slice));
                rows.iter().zip(befores).try_for_each(|(row, before)| execute(&mut statement, row, before))
            }
        }
    }
}

/// Runs a statement. What it was last run with is still bound: most of a row is as in the row before.
fn execute(statement: &mut Statement<'_>, args: &[Value], before: &[Value]) -> rusqlite::Result<()> {
    for (n, value) in args.iter().enumerate().filter(|(n, value)| before.get(*n) != Some(value)) {
        let n = n + 1;
        match value {
            Value::Text(text) => statement.raw_bind_parameter(n, text.as_deref())?,
            Value::Word(word) => statement.raw_bind_parameter(n, word)?,
            Value::Id(None) => statement.raw_bind_parameter(n, Null)?,
            Value::Id(Some(id)) => {
                statement
                    .raw_bind_parameter(n, &*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))?;
            }
            Value::Int(number) => statement.raw_bind_parameter(n, number)?,
            Value::Real(number) => statement.raw_bind_parameter(n, number)?,
            Value::Bytes(bytes) => statement.raw_bind_parameter(n, bytes.as_deref())?,
        }
    }
    statement.raw_execute().map(drop)
}
