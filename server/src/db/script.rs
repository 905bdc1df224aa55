//! What a transaction writes, gathered and handed over at once.
//!
//! Each hop to SQLite's thread costs more than the statements do that it brings; so there a script is one. PostgreSQL takes
//! its statements one by one.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::{Conn, Value, on};

/// Rows in one statement at the most.
const ROWS_MAX: usize = 64;
/// Rows that are handed over at once at the most.
const HOP_MAX: usize = 4 * ROWS_MAX;

/// Inserts rows of equal length: a script of one step.
///
/// # Errors
/// The driver's.
pub async fn insert_rows(
    conn: &mut Conn,
    head: &'static str,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
) -> sqlx::Result<()> {
    let mut script = Script::default();
    script.insert(head, tail, rows);
    script.run(conn, "", "").await
}

/// Statements in the order in which they run.
#[derive(Debug, Default)]
pub struct Script(Vec<Step>);

#[derive(Debug)]
enum Step {
    Insert { head: &'static str, tail: &'static str, rows: Vec<Vec<Value>> },
    Plain { sql: &'static str, args: Vec<Value> },
}

/// A text with what is bound to it.
#[derive(Default)]
struct Hop {
    sql: String,
    args: Vec<Value>,
    rows: usize,
}

impl Script {
    /// Adds rows of equal length. `head` is `insert into t (a, b)`, `tail` an `on conflict` clause or empty.
    pub fn insert(&mut self, head: &'static str, tail: &'static str, rows: Vec<Vec<Value>>) {
        if !rows.is_empty() {
            self.0.push(Step::Insert { head, tail, rows });
        }
    }

    /// Adds a statement that names each of its parameters once, in their order.
    pub fn plain(&mut self, sql: &'static str, args: Vec<Value>) {
        self.0.push(Step::Plain { sql, args });
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs it, on SQLite between `before` and `after`.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn run(self, conn: &mut Conn, before: &str, after: &str) -> sqlx::Result<()> {
        let is_one = matches!(conn, Conn::Sqlite(_));
        let mut hop = Hop { sql: before.to_owned(), ..Hop::default() };
        for step in self.0 {
            match step {
                Step::Plain { sql, args } => hop.plain(sql, args, is_one),
                Step::Insert { head, tail, rows } => {
                    let mut rows = rows.into_iter().peekable();
                    while rows.peek().is_some() {
                        hop.insert(head, tail, rows.by_ref().take(ROWS_MAX), is_one);
                        if !is_one || hop.rows >= HOP_MAX {
                            std::mem::take(&mut hop).run(conn).await?;
                        }
                    }
                }
            }
            if !is_one {
                std::mem::take(&mut hop).run(conn).await?;
            }
        }
        hop.sql.push_str(after);
        hop.run(conn).await
    }
}

impl Hop {
    /// Numbers are PostgreSQL's way; SQLite would look each up by name, and count them through all of a text.
    fn insert(&mut self, head: &str, tail: &str, rows: impl Iterator<Item = Vec<Value>>, is_one: bool) {
        // Whoever fails rolls all of it back: SQLite need not be ready to take this statement back alone.
        match head.strip_prefix("insert into") {
            Some(table) if is_one => {
                self.sql.push_str("insert or fail into");
                self.sql.push_str(table);
            }
            _ => self.sql.push_str(head),
        }
        self.sql.push_str(" values ");
        let first = self.rows;
        for row in rows {
            self.sql.push_str(if self.rows == first { "(" } else { ", (" });
            for (column, value) in row.into_iter().enumerate() {
                if column > 0 {
                    self.sql.push_str(", ");
                }
                self.args.push(value);
                if is_one {
                    self.sql.push('?');
                } else {
                    // Writing into a string cannot fail.
                    let _written = write!(self.sql, "${}", self.args.len());
                }
            }
            self.sql.push(')');
            self.rows += 1;
        }
        self.sql.push(' ');
        self.sql.push_str(tail);
        self.sql.push(';');
    }

    fn plain(&mut self, sql: &str, args: Vec<Value>, is_one: bool) {
        if is_one {
            let mut parts = sql.split('$');
            self.sql.push_str(parts.next().unwrap_or_default());
            for part in parts {
                self.sql.push('?');
                self.sql.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
        } else {
            self.sql.push_str(sql);
        }
        self.sql.push(';');
        self.args.extend(args);
    }

    async fn run(self, conn: &mut Conn) -> sqlx::Result<()> {
        if self.sql.is_empty() {
            return Ok(());
        }
        let Self { sql, args, .. } = self;
        on!(conn, |c| {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for value in args {
                query = match value {
                    Value::Text(text) => query.bind(text),
                    Value::Int(number) => query.bind(number),
                    Value::Real(number) => query.bind(number),
                    Value::Bytes(bytes) => query.bind(bytes),
                };
            }
            query.execute(c).await.map(drop)
        })
    }
}
