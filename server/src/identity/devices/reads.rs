//! Adds the reads that happened at a device without the network to the audit log.

use medlane_shared::{
    audit::{DeviceRead, DeviceReads, Hash, READS_MAX, ReadsAlert, hex},
    fault::{Code, Fault, FieldFault},
    ids::DeviceId,
};
use serde_json::json;

use super::{proof::signed, store};
use crate::{
    identity::memory::DEVICE,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Takes over each read once. Reads with a broken chain are recorded too, and the problem is reported beside them.
#[derive(Debug, Clone)]
pub struct ReadsTake(pub DeviceReads);

impl Op for ReadsTake {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let DeviceReads { device_id, reads } = &self.0;
        if reads.len() > READS_MAX {
            return Err(Fault::new(Code::Invalid).field("reads", FieldFault::items(0, READS_MAX)).into());
        }
        // The reads of a locked or removed device count too.
        let device = store::device_by_id(unit.reads().await?, clinic, *device_id).await?;
        let device = device.ok_or(Code::DeviceUnproven)?;
        let mut hashes: Vec<Hash> = Vec::with_capacity(reads.len());
        for read in reads {
            let hash = read.hash(device.id);
            signed(&device, &hash, &read.signature)?;
            hashes.push(hash);
        }
        let mut alert = None;
        for (read, hash) in reads.iter().zip(hashes) {
            let there = store::read_hashes(unit.reads().await?, device.id, read.n).await?;
            if there.contains(&hash) {
                continue;
            }
            if !there.is_empty() {
                alert = Some(ReadsAlert::Fork);
            } else if !follows(unit, device.id, read.n, &read.prev).await? {
                alert = alert.or(Some(ReadsAlert::Gap));
            }
            store::read_insert(unit.writes().await?, device.id, read.n, &hash, at).await?;
            let entry = Entry::new(read.what.action(), read.what.target())
                .patient(read.what.patient())
                .proven(Some(read.person_id), Some(device.id))
                .detail(json!({ "offline": true, "read_at": read.at, "n": read.n }));
            unit.audit(entry);
        }
        if let Some(alert) = alert {
            store::reads_alert(unit.writes().await?, device.id, alert).await?;
            unit.changed(DEVICE, device.id, Some(device.branch), None);
            let entry = Entry::new("device.reads", format!("device:{}", device.id))
                .refused()
                .proven(None, Some(device.id))
                .detail(json!({ "alert": alert }));
            unit.audit(entry);
        }
        // Each read has its own entry.
        Ok(unit.commit_unaudited())
    }
}

/// Whether the server has the read that this one names as the one before it.
async fn follows(unit: &mut Unit<'_>, device: DeviceId, n: i64, prev: &str) -> Result<bool, Failure> {
    if n == 1 {
        return Ok(prev == DeviceRead::genesis());
    }
    let before = store::read_hashes(unit.reads().await?, device, n.saturating_sub(1)).await?;
    Ok(before.iter().any(|hash| hex(hash) == prev))
}
