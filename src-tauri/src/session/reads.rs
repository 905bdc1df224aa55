//! What the session's person reads without the network.

use medlane_shared::{
    api::HandOverReads,
    audit::{DeviceReads, Read},
    fault::{Code, Fault},
};

use super::{Session, is_passing};

impl Session {
    /// Logs what is about to be shown without the server: what cannot be logged is not shown.
    ///
    /// # Errors
    /// [`Code::SignedOut`], [`Code::DeviceUnproven`], [`Code::KeyringLocked`], [`Code::Internal`].
    pub async fn reads(&self, what: Read) -> Result<(), Fault> {
        let reads = self.reads.as_ref().ok_or(Code::Offline)?;
        let person = self.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        reads.write(&self.device, person, what, self.device.now()).await
    }

    /// Sends the log of reads to the server. What it does not take now, it gets later.
    pub async fn hand_over_reads(&self) {
        if let Err(fault) = self.hand_over().await
            && !is_passing(&fault)
        {
            tracing::error!(code = ?fault.code, "the server did not take the log of reads");
        }
    }

    /// As [`Session::hand_over_reads`].
    ///
    /// # Errors
    /// The server's, [`Code::Offline`], [`Code::KeyringLocked`], [`Code::KeyLost`], [`Code::Internal`].
    pub(super) async fn hand_over(&self) -> Result<(), Fault> {
        let Some((log, device_id)) = self.reads.as_ref().zip(self.device.id()) else { return Ok(()) };
        loop {
            let reads = log.pending().await?;
            let Some(upto) = reads.last().map(|read| read.n) else { return Ok(()) };
            self.open_call::<HandOverReads>(&DeviceReads { device_id, reads }).await?;
            log.taken(upto).await?;
        }
    }
}
