//! Codes that people read aloud and type.

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

/// A code in its original form, however it was typed: without blanks and dashes, in capitals, with similar letters
/// replaced by the meant ones.
#[must_use]
pub fn typed(text: &str) -> String {
    let meant = |c: char| match c.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    text.chars().filter(char::is_ascii_alphanumeric).map(meant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_meant() {
        assert_eq!(typed(" 2or7-dvle "), "20R7DV1E");
        let code = letters::<8>();
        assert_eq!(typed(&code), code, "what is given is what is meant");
    }
}
