//! Codes that people read and type.

/// Without the look-alikes I, L, O, U (Crockford).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of so many letters, five bits each.
#[must_use]
pub fn letters<const N: usize>() -> String {
    rand::random::<[u8; N]>().iter().map(|n| char::from(LETTERS[usize::from(n % 32)])).collect()
}
