//! The sync protocol (described in `shared/README.md`): its frames, and both ends without I/O.

pub mod client;
pub mod frame;
mod intent;
pub mod server;

use sha2::{Digest, Sha256};

pub use frame::*;
pub use intent::IntentArgs;

/// The checksum of a bucket's rows, as [`BucketSum`] defines it.
#[must_use]
pub fn bucket_sum<'a>(rows: impl IntoIterator<Item = (&'a str, i64)>) -> String {
    let sum = rows.into_iter().fold(0_u64, |sum, (key, version)| {
        let digest =
            Sha256::new().chain_update(key).chain_update([0]).chain_update(version.to_string()).finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        sum.wrapping_add(u64::from_be_bytes(first))
    });
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests;
