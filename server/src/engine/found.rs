//! The first rows of a clinic: without them nothing can be written to it or audited in it.

use std::sync::Arc;

use medlane_shared::{audit::GENESIS, ids::ClinicId};

use super::{
    clinic::Clinic,
    core::Core,
    store::{ClinicRow, number_next},
    trust::{Trust, signing_key},
};
use crate::{
    db::{Value, insert_rows},
    keys::{SubjectKey, clinic_key_insert},
    writer::Head,
};

/// Founds a clinic: its row, its key, the head of its feed and audit log.
///
/// # Errors
/// An error of the database driver.
pub async fn found(core: &Core, name: &str, domain: Option<&str>) -> sqlx::Result<Arc<Clinic>> {
    let at = core.now();
    let id = ClinicId::new(at, rand::random());
    // The log is signed from its first entry on.
    let trust = Trust::new(id, signing_key(&core.root, id), true);
    let start = Head { epoch: 1, seq: 0, audit_seq: 0, audit_hash: GENESIS, checkpoint: 0, signature: None };
    let mut conn = core.db.write().await?;
    conn.begin().await?;
    let made = async {
        // Another clinic that is founded at the same moment gets the same number: one of the two fails.
        let number = number_next(&mut conn).await?;
        let row = vec![
            Value::text(id),
            Value::int(number),
            Value::text(name),
            Value::maybe(domain),
            Value::int(at.ms()),
        ];
        let head = "insert into clinic (id, number, name, domain, created_at_ms)";
        insert_rows(&mut conn, head, "", vec![row]).await?;
        let row = vec![
            Value::text(id),
            Value::int(1),
            Value::int(0),
            Value::int(0),
            Value::Bytes(Some(GENESIS.to_vec())),
            Value::Bytes(trust.sign(&start).map(|signature| signature.to_vec())),
        ];
        let head = "insert into clinic_head (clinic_id, epoch, seq, audit_seq, audit_hash, audit_signature)";
        insert_rows(&mut conn, head, "", vec![row]).await?;
        let key = SubjectKey::fresh();
        clinic_key_insert(&mut conn, &core.root, id, &key, at).await?;
        conn.commit().await?;
        Ok(number)
    };
    let number = match made.await {
        Ok(number) => number,
        Err(error) => {
            conn.discard().await;
            return Err(error);
        }
    };
    let row =
        ClinicRow { id: id.to_string(), number, name: name.to_owned(), domain: domain.map(str::to_owned) };
    let clinic = Clinic::load(&mut conn, &core.root, &core.rooms, row).await?;
    core.clinics.add(clinic.clone());
    Ok(clinic)
}
