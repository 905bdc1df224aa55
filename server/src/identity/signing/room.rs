//! How the present key is loaded and kept current.

use super::{
    generation::{SIGNING, Signing},
    store::signing_load,
};
use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

impl RoomState for Signing {
    /// Tokens are signed with another key.
    type Change = Self;

    const ENTITIES: &'static [Entity] = &[SIGNING];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        signing_load(at.conn, at.clinic).await
    }

    fn apply(&mut self, now: &Self) {
        *self = *now;
    }

    async fn catch_up(at: Load<'_>, _news: &[&ChangeRow]) -> sqlx::Result<Vec<Self>> {
        Ok(vec![signing_load(at.conn, at.clinic).await?])
    }
}
