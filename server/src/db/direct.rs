//! The writer's own way to SQLite, without a thread between: what a batch writes that has read nothing.
//!
//! sqlx runs SQLite in a thread of its own, and each statement is a hop to it and back; the writer has its own thread already.

use std::path::Path;

use rusqlite::{Connection, Statement, types::Null};
use uuid::Uuid;

use super::{BUSY, Script, Value, WRITER_PRAGMAS, script::Step};

/// Statements that are kept prepared: each table that a batch writes to has one.
const STATEMENTS: usize = 32;

/// A connection.
pub(super) struct Direct(Connection);

impl Direct {
    /// Opens a database that is there.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(BUSY)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "synchronous", "full")?;
        for (name, value) in WRITER_PRAGMAS {
            conn.pragma_update(None, name, value)?;
        }
        Ok(Self(conn))
    }

    /// Writes all of a script in a transaction of its own, or nothing.
    pub(super) fn write(&self, script: Script) -> rusqlite::Result<()> {
        self.0.prepare_cached("begin immediate")?.raw_execute()?;
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
                execute(&mut statement, args)
            }
            Step::Insert { head, tail, rows } => {
                let marks = rows.first().map_or(0, Vec::len);
                // Whoever fails rolls all of it back: SQLite need not be ready to take this statement back alone.
                let table = head.trim_start_matches("insert into");
                let marks = vec!["?"; marks].join(", ");
                let sql = format!("insert or fail into{table} values ({marks}) {tail}");
                let mut statement = self.0.prepare_cached(&sql)?;
                rows.into_iter().try_for_each(|row| execute(&mut statement, row))
            }
        }
    }
}

fn execute(statement: &mut Statement<'_>, args: Vec<Value>) -> rusqlite::Result<()> {
    for (n, value) in (1..).zip(args) {
        match value {
            Value::Text(text) => statement.raw_bind_parameter(n, text)?,
            Value::Word(word) => statement.raw_bind_parameter(n, word)?,
            Value::Id(None) => statement.raw_bind_parameter(n, Null)?,
            Value::Id(Some(id)) => {
                statement
                    .raw_bind_parameter(n, &*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))?;
            }
            Value::Int(number) => statement.raw_bind_parameter(n, number)?,
            Value::Real(number) => statement.raw_bind_parameter(n, number)?,
            Value::Bytes(bytes) => statement.raw_bind_parameter(n, bytes)?,
        }
    }
    statement.raw_execute().map(drop)
}
