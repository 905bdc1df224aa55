//! Collects the writes of a transaction, and runs them at once: one statement for each table and chunk.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::{
    conn::{Conn, on},
    value::Value,
};

/// The most rows in one statement.
const ROWS_MAX: usize = 64;

/// Inserts rows of equal length: a script of one step.
///
/// # Errors
/// An error of the database driver.
pub async fn insert_rows(
    conn: &mut Conn,
    head: &'static str,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
) -> sqlx::Result<()> {
    let mut script = Script::default();
    script.insert(head, tail, rows);
    script.run(conn).await
}

/// Statements in the order in which they run.
#[derive(Debug, Default)]
pub struct Script(Vec<Step>);

#[derive(Debug)]
enum Step {
    Insert { head: &'static str, tail: &'static str, rows: Vec<Vec<Value>> },
    Plain { sql: &'static str, args: Vec<Value> },
}

impl Script {
    /// Adds rows of equal length. `head` is `insert into t (a, b)`, `tail` an `on conflict` clause or empty.
    pub fn insert(&mut self, head: &'static str, tail: &'static str, rows: Vec<Vec<Value>>) {
        if !rows.is_empty() {
            self.0.push(Step::Insert { head, tail, rows });
        }
    }

    /// Adds a statement that names each of its parameters once, in order.
    pub fn plain(&mut self, sql: &'static str, args: Vec<Value>) {
        self.0.push(Step::Plain { sql, args });
    }

    /// Whether the script has no statement.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs the script.
    ///
    /// # Errors
    /// An error of the database driver.
    pub(super) async fn run(self, conn: &mut Conn) -> sqlx::Result<()> {
        for step in self.0 {
            match step {
                Step::Plain { sql, args } => execute(conn, sql.to_owned(), args).await?,
                Step::Insert { head, tail, rows } => {
                    let mut rows = rows.into_iter().peekable();
                    while rows.peek().is_some() {
                        let (sql, args) = insert(conn, head, tail, rows.by_ref().take(ROWS_MAX));
                        execute(conn, sql, args).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Builds an insert. PostgreSQL numbers its parameters; SQLite would look up each numbered one by name.
fn insert(
    conn: &Conn,
    head: &str,
    tail: &str,
    rows: impl Iterator<Item = Vec<Value>>,
) -> (String, Vec<Value>) {
    let is_numbered = matches!(conn, Conn::Postgres(_));
    let (mut sql, mut args) = (format!("{head} values "), Vec::new());
    for row in rows {
        sql.push_str(if args.is_empty() { "(" } else { ", (" });
        for (column, value) in row.into_iter().enumerate() {
            if column > 0 {
                sql.push_str(", ");
            }
            args.push(value);
            if is_numbered {
                // Writing into a string cannot fail.
                let _written = write!(sql, "${}", args.len());
            } else {
                sql.push('?');
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    (sql, args)
}

async fn execute(conn: &mut Conn, sql: String, args: Vec<Value>) -> sqlx::Result<()> {
    on!(conn, |c| {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in args {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Word(word) => query.bind(word),
                Value::Id(id) => query.bind(id.map(|id| id.to_string())),
                Value::Int(number) => query.bind(number),
                Value::Real(number) => query.bind(number),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.execute(c).await.map(drop)
    })
}
