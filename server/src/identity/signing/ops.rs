//! Replaces the signing key.

use medlane_shared::access::{Action, Resource, may};
use serde_json::json;

use super::{
    generation::{SIGNING, Signing},
    store::{self, signing_load},
};
use crate::{
    identity::confirm,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Replaces the signing key with a fresh one. Tokens of the old key stay valid until they end.
#[derive(Debug, Clone, Copy)]
pub struct SigningRotate;

impl Op for SigningRotate {
    type Out = i64;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<i64>, Failure> {
        let grant = may(unit.actor(), Action::KeysManage, &Resource::clinic())?;
        confirm::demand(unit).await?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let generation = signing_load(unit.reads().await?, clinic).await?.generation + 1;
        let signing = Signing { generation, since: at };
        store::signing_insert(unit.writes().await?, clinic, signing).await?;
        unit.change::<Signing>(signing);
        unit.changed(SIGNING, clinic, None, None);
        let entry = Entry::new("keys.rotate", format!("clinic:{clinic}")).by(&grant);
        let entry = entry.detail(json!({ "generation": generation }));
        Ok(unit.commit(entry, generation))
    }
}
