//! Many rows in one statement: what a batch writes costs statements, not rows.

use sqlx::AssertSqlSafe;

use super::{Conn, on};

/// A value to bind.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text or null.
    Text(Option<String>),
    /// A whole number or null.
    Int(Option<i64>),
    /// A number or null.
    Real(Option<f64>),
    /// Bytes or null.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// The text of anything that has one.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn text(value: impl ToString) -> Self {
        Self::Text(Some(value.to_string()))
    }

    /// The text of anything that has one, or null.
    #[must_use]
    pub fn maybe(value: Option<impl ToString>) -> Self {
        Self::Text(value.map(|value| value.to_string()))
    }

    /// A whole number.
    #[must_use]
    pub const fn int(value: i64) -> Self {
        Self::Int(Some(value))
    }

    /// A number.
    #[must_use]
    pub const fn real(value: f64) -> Self {
        Self::Real(Some(value))
    }
}

/// Rows in one statement at the most. Each number of rows is a statement of its own, prepared once: a hop to the
/// database costs more than it does.
pub(super) const ROWS_MAX: usize = 64;

/// Inserts rows of equal length. `head` is `insert into t (a, b)`, `tail` an `on conflict` clause or empty. Both are
/// written in the code; only their number of placeholders grows.
///
/// # Errors
/// The driver's.
pub async fn insert_rows(
    conn: &mut Conn,
    head: &'static str,
    tail: &'static str,
    mut rows: Vec<Vec<Value>>,
) -> sqlx::Result<()> {
    while let Some(columns) = rows.first().map(Vec::len) {
        let rest = rows.split_off(rows.len().min(ROWS_MAX));
        let chunk = std::mem::replace(&mut rows, rest);
        let numbered = matches!(conn, Conn::Postgres(_));
        let sql = statement(head, tail, columns, chunk.len(), numbered);
        on!(&mut *conn, |c| {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for value in chunk.into_iter().flatten() {
                query = match value {
                    Value::Text(text) => query.bind(text),
                    Value::Int(number) => query.bind(number),
                    Value::Real(number) => query.bind(number),
                    Value::Bytes(bytes) => query.bind(bytes),
                };
            }
            query.execute(c).await?;
        });
    }
    Ok(())
}

/// `numbered` is PostgreSQL's way; SQLite looks numbers up by name, one after the other, for each value bound.
fn statement(head: &str, tail: &str, columns: usize, rows: usize, numbered: bool) -> String {
    let mut sql = format!("{head} values ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                sql.push_str(", ");
            }
            if numbered {
                sql.push('$');
                sql.push_str(&(row * columns + column + 1).to_string());
            } else {
                sql.push('?');
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}
