//! The writer's transactions, one after the other.

use super::{
    conn::{Conn, Db},
    script::Script,
};

/// Transactions that write. Each begins with its first statement.
pub struct Tx {
    db: Db,
    conn: Option<Conn>,
    is_begun: bool,
}

impl Tx {
    /// On a connection of its own: given back and taken again, it would wait for its turn among the requests.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db, conn: None, is_begun: false }
    }

    /// Whether other nodes write to the same database.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.db.postgres().is_some()
    }

    /// The connection, inside the transaction if it has begun: to read rows that nothing but the writer changes.
    ///
    /// # Errors
    /// No connection is free, or an error of the database driver.
    pub async fn early(&mut self) -> sqlx::Result<&mut Conn> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.db.write().await?,
        };
        Ok(self.conn.insert(conn))
    }

    /// The connection, inside the transaction.
    ///
    /// # Errors
    /// As [`Tx::early`]; when the database refuses to begin.
    pub async fn conn(&mut self) -> sqlx::Result<&mut Conn> {
        self.early().await?;
        let conn = self.conn.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        if !self.is_begun {
            conn.begin().await?;
            self.is_begun = true;
        }
        Ok(conn)
    }

    /// Runs a script inside the transaction, so that later reads see its rows.
    ///
    /// # Errors
    /// An error of the database driver.
    pub async fn run(&mut self, script: Script) -> sqlx::Result<()> {
        if script.is_empty() {
            return Ok(());
        }
        script.run(self.conn().await?).await
    }

    /// Runs the last script, and commits. A transaction that has not begun does not begin for an empty script.
    ///
    /// # Errors
    /// An error of the database driver: after a rollback nothing is written.
    pub async fn commit(&mut self, script: Script) -> sqlx::Result<()> {
        if !self.is_begun && script.is_empty() {
            return Ok(());
        }
        let conn = self.conn().await?;
        script.run(conn).await?;
        conn.commit().await?;
        self.is_begun = false;
        Ok(())
    }

    /// Rolls back what was not committed.
    pub async fn roll_back(&mut self) {
        if std::mem::take(&mut self.is_begun)
            && let Some(mut conn) = self.conn.take()
        {
            // A broken connection is not kept.
            match conn.rollback().await {
                Ok(()) => self.conn = Some(conn),
                Err(_) => conn.discard().await,
            }
        }
    }
}
