//! Seals a text to a public key (RFC 9180, base mode: X25519, HKDF-SHA256, AES-256-GCM). The sealer cannot open it
//! again.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm256, kdf::HkdfSha256,
    kem::X25519HkdfSha256, rand_core::CryptoRng, single_shot_open, single_shot_seal_with_rng,
};

type Kem = X25519HkdfSha256;

/// Bytes of the encapsulated key, which stands before the ciphertext.
const ENCAPPED: usize = 32;
/// The HPKE `info` of every sealed text: it names the purpose and the version.
const INFO: &[u8] = b"medlane kiosk ticket 1";

/// The text was sealed to another key or place, or was altered; or the public key is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotOpen;

impl std::fmt::Display for DoesNotOpen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sealed text does not open")
    }
}

impl std::error::Error for DoesNotOpen {}

/// The private half of the key pair.
pub struct OpenKey(<Kem as hpke::Kem>::PrivateKey);

impl OpenKey {
    /// Derives the key pair from 32 secret bytes.
    #[must_use]
    pub fn of(secret: &[u8; 32]) -> Self {
        Self(Kem::derive_keypair(secret).0)
    }

    /// The public half. It is not secret.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        Kem::sk_to_pk(&self.0).to_bytes().into()
    }

    /// Opens a text that was sealed to the public half with the same `place`.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let (encapped, text) = sealed.split_at_checked(ENCAPPED).ok_or(DoesNotOpen)?;
        let encapped = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapped).map_err(|_| DoesNotOpen)?;
        single_shot_open::<AesGcm256, HkdfSha256, Kem>(&OpModeR::Base, &self.0, &encapped, INFO, text, place)
            .map_err(|_| DoesNotOpen)
    }
}

/// Seals a text to a public key; it opens only with the same `place`.
///
/// # Errors
/// [`DoesNotOpen`] if `public` is not a valid key.
pub fn seal(
    public: &[u8],
    place: &[u8],
    text: &[u8],
    random: &mut impl CryptoRng,
) -> Result<Vec<u8>, DoesNotOpen> {
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| DoesNotOpen)?;
    let sealed = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public,
        INFO,
        text,
        place,
        random,
    );
    let (encapped, text) = sealed.map_err(|_| DoesNotOpen)?;
    let mut out = encapped.to_bytes().to_vec();
    out.extend(text);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter in place of randomness: it seals the same way each time.
    struct Counted(u8);

    impl hpke::rand_core::TryRng for Counted {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            self.0 += 1;
            Ok(u32::from(self.0))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.0 += 1;
            Ok(u64::from(self.0))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill_with(|| {
                self.0 = self.0.wrapping_add(1);
                self.0
            });
            Ok(())
        }
    }

    impl hpke::rand_core::TryCryptoRng for Counted {}

    #[test]
    fn what_is_sealed_opens_at_its_place_with_its_key() {
        let key = OpenKey::of(&[7; 32]);
        let sealed = seal(&key.public(), b"here", b"KA-004", &mut Counted(1)).unwrap();
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"KA-004");
        assert_eq!(key.open(b"there", &sealed), Err(DoesNotOpen));
        assert_eq!(OpenKey::of(&[8; 32]).open(b"here", &sealed), Err(DoesNotOpen));
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(key.open(b"here", &altered), Err(DoesNotOpen));
        assert_eq!(key.open(b"here", &sealed[..20]), Err(DoesNotOpen));
        assert_eq!(seal(&[0; 7], b"", b"", &mut Counted(1)), Err(DoesNotOpen));
    }
}
