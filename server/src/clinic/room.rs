//! How the catalogue is loaded and kept current.

use std::sync::Arc;

use super::{
    catalogue::{CATALOGUE, Catalogue},
    store::catalogue_load,
};
use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

impl RoomState for Catalogue {
    /// The whole catalogue, read again from the database.
    type Change = Arc<Self>;

    const ENTITIES: &'static [Entity] = &[CATALOGUE];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        catalogue_load(at.conn, at.clinic).await
    }

    fn apply(&mut self, now: &Arc<Self>) {
        self.clone_from(now);
    }

    async fn catch_up(at: Load<'_>, _news: &[&ChangeRow]) -> sqlx::Result<Vec<Arc<Self>>> {
        Ok(vec![Arc::new(catalogue_load(at.conn, at.clinic).await?)])
    }
}
