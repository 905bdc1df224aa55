//! The writer's transactions, one after the other.

use std::time::{Duration, Instant};

use sqlx::error::BoxDynError;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use super::{Conn, Db, Script, direct::Direct};

/// A transaction that is written directly holds its thread for so long at the most, as much as any other piece of work; on a
/// disk with which it takes longer the thread's other tasks are handed on first, which costs more than a quick disk does.
const QUICK: Duration = Duration::from_millis(5);

/// Transactions that write. Each begins with its first statement; on SQLite one that only writes is written directly.
pub struct Tx {
    db: Db,
    conn: Option<Conn>,
    direct: Option<Direct>,
    is_begun: bool,
    /// Whether the last one that was written directly took long.
    is_slow: bool,
}

impl Tx {
    /// On connections of its own: given back and taken again, they would wait for their turn among the requests.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db, conn: None, direct: None, is_begun: false, is_slow: false }
    }

    /// Whether other nodes write to the same database.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.db.postgres().is_some()
    }

    /// The connection, in the transaction should it have begun: for what nothing else changes.
    ///
    /// # Errors
    /// When none can be had.
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

    /// Runs what is to be read again inside the transaction.
    ///
    /// # Errors
    /// The driver's.
    pub async fn run(&mut self, script: Script) -> sqlx::Result<()> {
        if script.is_empty() {
            return Ok(());
        }
        script.run(self.conn().await?).await
    }

    /// Runs the last of it, and commits. What has not begun and has nothing to do is not begun.
    ///
    /// # Errors
    /// The driver's; nothing is written then once it is rolled back.
    pub async fn commit(&mut self, script: Script) -> sqlx::Result<()> {
        if !self.is_begun && script.is_empty() {
            return Ok(());
        }
        let Some(script) = self.write(script).map_err(sqlx::Error::AnyDriverError)? else { return Ok(()) };
        let conn = self.conn().await?;
        script.run(conn).await?;
        conn.commit().await?;
        self.is_begun = false;
        Ok(())
    }

    /// Takes back what was not committed.
    pub async fn roll_back(&mut self) {
        if std::mem::take(&mut self.is_begun)
            && let Some(mut conn) = self.conn.take()
        {
            // A connection that is broken is not kept.
            match conn.rollback().await {
                Ok(()) => self.conn = Some(conn),
                Err(_) => conn.discard().await,
            }
        }
    }

    /// Writes directly what nothing stands against; the rest is given back.
    fn write(&mut self, script: Script) -> Result<Option<Script>, BoxDynError> {
        let Db::Sqlite { path, .. } = &self.db else { return Ok(Some(script)) };
        if self.is_begun {
            return Ok(Some(script));
        }
        // One that fails is not kept.
        let direct = match self.direct.take() {
            Some(open) => open,
            None => Direct::open(path)?,
        };
        let left = if direct.begin()? {
            let begun = Instant::now();
            let has_others = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
            if self.is_slow && has_others {
                block_in_place(|| direct.write(script))?;
            } else {
                direct.write(script)?;
            }
            self.is_slow = begun.elapsed() > QUICK;
            None
        } else {
            Some(script)
        };
        self.direct = Some(direct);
        Ok(left)
    }
}
