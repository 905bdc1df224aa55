//! Seals texts with AES-256-GCM. Each text is bound to its place.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

/// The format of a sealed text. Another algorithm would get another number.
const FORM: u8 = 1;
const NONCE: usize = 12;

/// The sealed text was made with another key or for another place, or was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open")]
pub struct DoesNotOpen;

/// A 256-bit key, wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A fresh key.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Zeroizing::new(rand::random()))
    }

    /// A key from the bytes in the keyring.
    ///
    /// # Errors
    /// [`DoesNotOpen`] if there are not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DoesNotOpen> {
        bytes.try_into().map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| DoesNotOpen)
    }

    /// The bytes to store in the keyring.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0[..]
    }

    /// Seals a text for a place. A key must seal fewer than 2³² texts, because the nonces are random (NIST SP 800-38D
    /// §8.3).
    #[must_use]
    pub fn seal(&self, place: &[&str], text: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let mut out = vec![FORM];
        out.extend_from_slice(&nonce);
        let cipher = Aes256Gcm::new(&(*self.0).into());
        let payload = Payload { msg: text, aad: &associated(place) };
        // Encryption fails only past 64 GiB.
        out.extend(cipher.encrypt(&nonce.into(), payload).unwrap_or_default());
        out
    }

    /// Opens a text that was sealed for the same place.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, place: &[&str], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let body = sealed.strip_prefix(&[FORM]).ok_or(DoesNotOpen)?;
        let (nonce, body) = body.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        let cipher = Aes256Gcm::new(&(*self.0).into());
        let payload = Payload { msg: body, aad: &associated(place) };
        cipher.decrypt(&(*nonce).into(), payload).map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }
}

/// The place as bytes, with every part length-prefixed.
fn associated(place: &[&str]) -> Vec<u8> {
    let mut out = b"medlane vault v1".to_vec();
    for part in place {
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}
