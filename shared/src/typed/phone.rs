//! Phone numbers as their countries write them.

/// How the numbers of a country are grouped: the country code, the digits of a mobile number, and the sizes of its groups.
/// These are the countries of our clinics and of most of their patients.
pub const PHONE_GROUPS: &[(&str, usize, &[usize])] = &[
    ("968", 8, &[4, 4]),
    ("971", 9, &[2, 3, 4]),
    ("966", 9, &[2, 3, 4]),
    ("965", 8, &[3, 5]),
    ("974", 8, &[4, 4]),
    ("973", 8, &[4, 4]),
    ("967", 9, &[3, 3, 3]),
    ("962", 9, &[1, 4, 4]),
    ("961", 8, &[2, 3, 3]),
    ("963", 9, &[3, 3, 3]),
    ("964", 10, &[3, 3, 4]),
    ("20", 10, &[2, 8]),
    ("249", 9, &[2, 3, 4]),
    ("91", 10, &[5, 5]),
    ("92", 10, &[3, 7]),
    ("880", 10, &[4, 6]),
    ("94", 9, &[2, 3, 4]),
    ("977", 10, &[3, 7]),
    ("63", 10, &[3, 3, 4]),
    ("98", 10, &[3, 3, 4]),
    ("90", 10, &[3, 3, 2, 2]),
    ("44", 10, &[4, 6]),
    ("33", 9, &[1, 2, 2, 2, 2]),
    ("1", 10, &[3, 3, 4]),
];

/// The sizes of groups in a number of another country.
const SIZE: usize = 3;

/// A number in E.164 as people read it: `+968 9212 3456`. A text that is no such number stays.
#[must_use]
pub fn phone_text(e164: &str) -> String {
    let Some(digits) = e164.strip_prefix('+').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    else {
        return e164.to_owned();
    };
    let known = PHONE_GROUPS.iter().find_map(|(code, count, groups)| {
        let rest = digits.strip_prefix(code).filter(|rest| rest.len() == *count)?;
        Some((*code, rest, *groups))
    });
    let mut text = String::from("+");
    match known {
        Some((code, mut rest, groups)) => {
            text.push_str(code);
            for size in groups {
                let (group, left) = rest.split_at((*size).min(rest.len()));
                text.push(' ');
                text.push_str(group);
                rest = left;
            }
        }
        None => {
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && at.is_multiple_of(SIZE) {
                    text.push(' ');
                }
                text.push(digit);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_they_are_written() {
        for (e164, text) in [
            ("+96892123456", "+968 9212 3456"),
            ("+971501234567", "+971 50 123 4567"),
            ("+919876543210", "+91 98765 43210"),
            ("+37061234567", "+370 612 345 67"),
            ("anna@x.example", "anna@x.example"),
            ("+968 9212", "+968 9212"),
            ("", ""),
        ] {
            assert_eq!(phone_text(e164), text);
        }
    }
}
