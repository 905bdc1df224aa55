//! The keys of the room, each derived from the root key for one purpose.

use ed25519_dalek::SigningKey;
use medlane_shared::ids::ClinicId;
use zeroize::Zeroizing;

use crate::keys::Root;

/// A key for one purpose.
type Key = Zeroizing<[u8; 32]>;

/// Signed the refresh tokens of earlier releases. Such tokens are valid until they are renewed.
#[must_use]
pub fn refresh(root: &Root) -> Key {
    root.derive("refresh token", &[])
}

/// Hashes codes that were sent.
#[must_use]
pub fn codes(root: &Root) -> Key {
    root.derive("codes", &[])
}

/// Signs the cookies of browsers in which a person has signed in before.
#[must_use]
pub fn browsers(root: &Root) -> Key {
    root.derive("browsers", &[])
}

/// Makes the marks of stored passwords.
#[must_use]
pub fn passwords(root: &Root) -> Key {
    root.derive("passwords", &[])
}

/// The key that signs a clinic's tokens of one kind in one generation. Each kind has its own keys.
#[must_use]
pub fn token(root: &Root, kind: &str, clinic: ClinicId, generation: i64) -> Key {
    root.derive(kind, &[clinic.0.as_bytes().as_slice(), &generation.to_be_bytes()].concat())
}

/// The key that signs a clinic's orders to its devices. A device learns the public half when it is enrolled.
#[must_use]
pub fn order_signing(root: &Root, clinic: ClinicId) -> SigningKey {
    SigningKey::from_bytes(&root.derive("device orders", clinic.0.as_bytes()))
}
