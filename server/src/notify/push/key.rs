//! The key that signs a clinic's Web Push messages (P-256).

use medlane_shared::ids::ClinicId;
use web_push_native::p256::ecdsa::SigningKey;

use crate::keys::Root;

/// The key that signs a clinic's Web Push messages.
#[must_use]
pub fn vapid(root: &Root, clinic: ClinicId) -> SigningKey {
    // All but one in 2^128 secrets are valid keys. For an invalid one the next secret is tried.
    let key = |n: u8| {
        SigningKey::from_slice(&*root.derive("vapid", &[clinic.0.as_bytes().as_slice(), &[n]].concat()))
    };
    (0..=u8::MAX).find_map(|n| key(n).ok()).unwrap_or_else(|| unreachable!())
}
