//! The writer's transactions, one after the other on one connection.

use std::{future::poll_fn, task::Poll};

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{Conn, Db, Script};

/// Transactions that write. Each begins with its first statement; its commit is on its way while the next is thought of, and
/// whoever needs the connection before waits for it.
pub struct Tx {
    db: Db,
    conn: Option<Conn>,
    is_begun: bool,
    commit: Option<BoxFuture<'static, (Conn, sqlx::Result<()>)>>,
    /// How the last commit ended, until somebody asks.
    ended: Option<sqlx::Result<()>>,
}

impl Tx {
    /// On a connection of its own: given back and taken again, it would wait for its turn among the requests.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db, conn: None, is_begun: false, commit: None, ended: None }
    }

    /// Whether other nodes write to the same database.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.db.postgres().is_some()
    }

    /// The connection, in the transaction should it have begun: for what nothing else changes.
    ///
    /// # Errors
    /// When none can be had, or the commit before has failed.
    pub async fn early(&mut self) -> sqlx::Result<&mut Conn> {
        self.arrive().await;
        if matches!(self.ended, Some(Err(_))) {
            return Err(sqlx::Error::Protocol("the transaction before has failed".to_owned()));
        }
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
        // Only once it is here it is known where it stands.
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
        script.run(self.conn().await?, "", "").await
    }

    /// Hands the last of it over, to be committed: [`Tx::committed`] tells how that ends. What has not begun and has nothing to
    /// do is not begun.
    pub async fn commit(&mut self, script: Script) {
        if script.is_empty() && !self.is_begun {
            self.ended = Some(Ok(()));
        } else if let Err(error) = self.begin_commit(script).await {
            self.ended = Some(Err(error));
        }
    }

    async fn begin_commit(&mut self, script: Script) -> sqlx::Result<()> {
        if self.is_shared() {
            self.conn().await?;
        } else {
            self.early().await?;
        }
        let begin = if std::mem::take(&mut self.is_begun) { "" } else { "begin immediate; " };
        let mut conn = self.conn.take().ok_or(sqlx::Error::PoolClosed)?;
        let mut commit = async move {
            let done = match &conn {
                Conn::Sqlite(_) => script.run(&mut conn, begin, "commit").await,
                Conn::Postgres(_) => match script.run(&mut conn, "", "").await {
                    Ok(()) => conn.commit().await,
                    Err(error) => Err(error),
                },
            };
            (conn, done)
        }
        .boxed();
        // Polled once, it is on its way.
        match poll_fn(|context| Poll::Ready(commit.poll_unpin(context))).await {
            Poll::Ready(arrived) => self.take_back(arrived),
            Poll::Pending => self.commit = Some(commit),
        }
        Ok(())
    }

    /// How the commit that was handed over has ended. May be dropped while it waits.
    ///
    /// # Errors
    /// The driver's; nothing was written then.
    pub async fn committed(&mut self) -> sqlx::Result<()> {
        self.arrive().await;
        self.ended.take().unwrap_or(Ok(()))
    }

    /// Takes back what was not committed.
    pub async fn roll_back(&mut self) {
        self.arrive().await;
        self.ended = None;
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

    async fn arrive(&mut self) {
        if let Some(commit) = &mut self.commit {
            let arrived = commit.await;
            self.take_back(arrived);
        }
    }

    fn take_back(&mut self, (conn, ended): (Conn, sqlx::Result<()>)) {
        self.commit = None;
        self.conn = Some(conn);
        self.is_begun = ended.is_err();
        self.ended = Some(ended);
    }
}
