//! Codes that people read aloud and type.

use medlane_shared::typed as read;

/// The letters of codes, without I, L, O and U, which look like others (Crockford).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A random code of `N` letters, with five bits each.
#[must_use]
pub fn letters<const N: usize>() -> String {
    lettered(&rand::random::<[u8; N]>())
}

/// The code for some bytes, one letter for each byte.
#[must_use]
pub fn lettered(bytes: &[u8]) -> String {
    bytes.iter().map(|n| char::from(LETTERS[usize::from(n % 32)])).collect()
}

/// A code in its original form, however it was typed: without blanks and dashes, with digits of any script, in capitals,
/// with similar letters replaced by the meant ones.
#[must_use]
pub fn typed(text: &str) -> String {
    let meant = |c: char| match c.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    read::code(text).chars().filter(char::is_ascii_alphanumeric).map(meant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_meant() {
        for text in [" 2or7-dvle ", "٢OR٧ DV1E", "२0R७—DV1E", "\u{200f}۲0r۷dvle\u{200e}"] {
            assert_eq!(typed(text), "20R7DV1E", "{text}");
        }
        let code = letters::<8>();
        assert_eq!(typed(&code), code, "what is given is what is meant");
    }
}
