//! The keys of subjects: what they seal, and how they are wrapped.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use aes_gcm_siv::Aes256GcmSiv;
use medlane_shared::ids::ClinicId;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::root::Root;

/// The version of the sealed format.
const FORM: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const WRAPPED: usize = NONCE + 32 + TAG;

/// Whether two secrets are equal. The comparison never ends early, because its time would reveal how many bytes are
/// right. It may reveal the lengths.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// The sealed text was made with another key or for another place, or was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open")]
pub struct DoesNotOpen;

/// A value could not be sealed, so it must not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("data cannot be sealed")]
pub struct DoesNotSeal;

impl From<DoesNotOpen> for sqlx::Error {
    fn from(error: DoesNotOpen) -> Self {
        Self::Decode(error.into())
    }
}

impl From<DoesNotSeal> for sqlx::Error {
    fn from(error: DoesNotSeal) -> Self {
        Self::Encode(error.into())
    }
}

/// The key of one patient, or of the clinic.
#[derive(Clone)]
pub struct SubjectKey(Zeroizing<[u8; 32]>);

/// The place of a sealed text. The text opens only with the same place.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The clinic.
    pub clinic: ClinicId,
    /// The patient or the clinic whose key seals the text.
    pub subject: Uuid,
    /// The row.
    pub record: Uuid,
    /// The row's version.
    pub version: i64,
    /// The kind of text: `ticket.reason`.
    pub kind: &'a str,
}

impl Place<'_> {
    /// The place as associated data, with every field length-prefixed.
    fn bytes(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let fields: [&[u8]; 6] = [
            b"medlane seal v1",
            self.clinic.0.as_bytes(),
            self.subject.as_bytes(),
            self.record.as_bytes(),
            &version,
            self.kind.as_bytes(),
        ];
        let mut out = Vec::with_capacity(128);
        for field in fields {
            out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(field);
        }
        out
    }
}

impl SubjectKey {
    /// A new key.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Zeroizing::new(rand::random()))
    }

    /// Seals a text for its place, with a data key of its own.
    ///
    /// # Errors
    /// [`DoesNotSeal`].
    pub fn seal(&self, place: &Place<'_>, text: &[u8]) -> Result<Vec<u8>, DoesNotSeal> {
        let aad = place.bytes();
        let data_key = Zeroizing::new(rand::random::<[u8; 32]>());
        let mut out = Vec::with_capacity(1 + WRAPPED + NONCE + text.len() + TAG);
        out.push(FORM);
        out.extend_from_slice(&wrap(&self.0, &data_key[..], &aad)?);
        let nonce: [u8; NONCE] = rand::random();
        out.extend_from_slice(&nonce);
        let cipher = Aes256Gcm::new(&(*data_key).into());
        out.extend(cipher.encrypt(&nonce.into(), Payload { msg: text, aad: &aad }).map_err(|_| DoesNotSeal)?);
        Ok(out)
    }

    /// Opens a text that [`SubjectKey::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let aad = place.bytes();
        let body = sealed.strip_prefix(&[FORM]).ok_or(DoesNotOpen)?;
        let (wrapped, body) = body.split_at_checked(WRAPPED).ok_or(DoesNotOpen)?;
        let data_key = unwrap(&self.0, wrapped, &aad)?;
        let (nonce, body) = body.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        let cipher = Aes256Gcm::new(&(*data_key).into());
        cipher.decrypt(&(*nonce).into(), Payload { msg: body, aad: &aad }).map_err(|_| DoesNotOpen)
    }

    /// The form in the database, wrapped by the root key.
    ///
    /// # Errors
    /// [`DoesNotSeal`].
    pub fn wrapped(&self, root: &Root, clinic: ClinicId, subject: Uuid) -> Result<Vec<u8>, DoesNotSeal> {
        wrap(root.wrapping(), &self.0[..], &subject_aad(clinic, subject))
    }

    /// The key from its form of [`SubjectKey::wrapped`] or [`SubjectKey::bound`].
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn unwrapped(
        root: &Root,
        clinic: ClinicId,
        subject: Uuid,
        wrapped: &[u8],
    ) -> Result<Self, DoesNotOpen> {
        let plain = unwrap(root.wrapping(), wrapped, &subject_aad(clinic, subject));
        plain.or_else(|_| unwrap(root.wrapping(), wrapped, &bound_aad(clinic, subject))).map(Self)
    }

    /// The form of a clinic's key once its audit log is bound. Nobody can replace it by the unbound form without the
    /// root key, and without the key nothing opens.
    ///
    /// # Errors
    /// [`DoesNotSeal`].
    pub fn bound(&self, root: &Root, clinic: ClinicId) -> Result<Vec<u8>, DoesNotSeal> {
        wrap(root.wrapping(), &self.0[..], &bound_aad(clinic, clinic.0))
    }

    /// Whether a key has the form of [`SubjectKey::bound`].
    #[must_use]
    pub fn is_bound(root: &Root, clinic: ClinicId, wrapped: &[u8]) -> bool {
        unwrap(root.wrapping(), wrapped, &bound_aad(clinic, clinic.0)).is_ok()
    }
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey(…)")
    }
}

fn subject_aad(clinic: ClinicId, subject: Uuid) -> Vec<u8> {
    Place { clinic, subject, record: subject, version: 0, kind: "subject key" }.bytes()
}

fn bound_aad(clinic: ClinicId, subject: Uuid) -> Vec<u8> {
    Place { clinic, subject, record: subject, version: 1, kind: "subject key, audit bound" }.bytes()
}

/// AES-GCM-SIV tolerates a repeated nonce (RFC 8452). A long-lived key wraps so often that random nonces may repeat.
fn wrap(key: &[u8; 32], secret: &[u8], aad: &[u8]) -> Result<Vec<u8>, DoesNotSeal> {
    let nonce: [u8; NONCE] = rand::random();
    let cipher = Aes256GcmSiv::new(&(*key).into());
    let mut out = nonce.to_vec();
    out.extend(cipher.encrypt(&nonce.into(), Payload { msg: secret, aad }).map_err(|_| DoesNotSeal)?);
    Ok(out)
}

fn unwrap(key: &[u8; 32], wrapped: &[u8], aad: &[u8]) -> Result<Zeroizing<[u8; 32]>, DoesNotOpen> {
    let (nonce, body) = wrapped.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
    let cipher = Aes256GcmSiv::new(&(*key).into());
    let secret = Zeroizing::new(
        cipher.decrypt(&(*nonce).into(), Payload { msg: body, aad }).map_err(|_| DoesNotOpen)?,
    );
    secret.as_slice().try_into().map(Zeroizing::new).map_err(|_| DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn a_sealed_text_opens_only_at_its_place() {
        let clinic = ClinicId::new(Timestamp::from_ms(1), [1; 10]);
        let place =
            Place { clinic, subject: Uuid::nil(), record: Uuid::nil(), version: 1, kind: "note.text" };
        let key = SubjectKey::fresh();
        let sealed = key.seal(&place, b"cough").unwrap();
        assert_eq!(key.open(&place, &sealed).unwrap(), b"cough");
        assert_eq!(key.open(&Place { version: 2, ..place }, &sealed), Err(DoesNotOpen));
        assert_eq!(key.open(&Place { kind: "ticket.reason", ..place }, &sealed), Err(DoesNotOpen));
        assert_eq!(SubjectKey::fresh().open(&place, &sealed), Err(DoesNotOpen));
        let mut altered = sealed;
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(key.open(&place, &altered), Err(DoesNotOpen));

        let root = Root::from_bytes([7; 32]);
        let wrapped = key.wrapped(&root, clinic, Uuid::nil()).unwrap();
        assert!(SubjectKey::unwrapped(&root, clinic, Uuid::nil(), &wrapped).is_ok());
        assert!(SubjectKey::unwrapped(&root, clinic, Uuid::max(), &wrapped).is_err());

        let bound = key.bound(&root, clinic).unwrap();
        assert!(SubjectKey::is_bound(&root, clinic, &bound));
        assert!(SubjectKey::unwrapped(&root, clinic, clinic.0, &bound).is_ok());
        assert!(!SubjectKey::is_bound(&root, clinic, &key.wrapped(&root, clinic, clinic.0).unwrap()));
    }
}
