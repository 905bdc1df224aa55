//! The codes of an authenticator app (RFC 6238) and backup codes.

use medlane_shared::{
    access::Role,
    audit::hex,
    fault::{Code, Fault},
    identity::{BACKUP_CODES, Face},
    ids::{ClinicId, DeviceId, PersonId},
    time::Timestamp,
};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    engine::Core,
    identity::{
        code::{letters, typed},
        keys::codes,
        mark::PasswordMark,
    },
    keys::{Place, mac},
};

/// How many steps before and after the present one also count, because clocks differ.
const SKEW: u16 = 1;
/// The length of an app's secret in bytes (RFC 4226 §4).
pub(super) const SECRET: usize = 20;
/// The length of half a backup code in characters. A backup code has 50 bits, protected by a limit on tries.
const HALF: usize = 5;

/// A sign-in whose password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfSignIn {
    /// The clinic.
    pub clinic: ClinicId,
    /// The person.
    pub person: PersonId,
    /// The role to act in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// The device, if it has proven itself.
    pub device: Option<DeviceId>,
    /// The password that was right.
    pub password: PasswordMark,
}

pub(super) fn place(clinic: ClinicId, person: PersonId) -> Place<'static> {
    Place { clinic, subject: clinic.0, record: person.0, version: 0, kind: "factor" }
}

/// The generator of an app's codes.
pub(super) fn totp(secret: [u8; SECRET], clinic: &str, account: &str) -> Result<Totp, Fault> {
    // A colon separates issuer and account in the URI that the app reads.
    let plain = |text: &str| text.replace(':', " ");
    let builder = Builder::new()
        .with_secret(Secret::new_stack(secret))
        .with_skew(SKEW)
        .with_issuer(Some(plain(clinic)))
        .with_account_name(plain(account));
    builder.build().map_err(|_| Code::Internal.into())
}

/// The step that this code belongs to, if it is one of the steps that count now.
pub(super) fn step_of(totp: &Totp, code: &str, now: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.ms() / 1_000).ok()?;
    totp.check(&medlane_shared::typed::code(code), seconds).and_then(|step| i64::try_from(step).ok())
}

/// The hash under which a backup code is stored.
pub(super) fn backup_hash(core: &Core, person: PersonId, told: &str) -> String {
    hex(&mac(&codes(&core.root), &[person.0.as_bytes(), typed(told).as_bytes()].concat()))
}

/// Fresh backup codes.
pub(super) fn backup_codes() -> Vec<String> {
    (0..BACKUP_CODES).map(|_| format!("{}-{}", letters::<HALF>(), letters::<HALF>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits of each code.
        let totp = totp(*b"12345678901234567890", "Clinic: North", "a@x.example").unwrap();
        for (s, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let at = Timestamp::from_ms(s * 1_000);
            assert_eq!(step_of(&totp, code, at), Some(s / 30));
            assert_eq!(step_of(&totp, &format!(" {} {}", &code[..3], &code[3..]), at), Some(s / 30));
            assert_eq!(step_of(&totp, &format!("{}-{}", &code[..3], &code[3..]), at), Some(s / 30));
            assert_eq!(step_of(&totp, code, at.plus_ms(30_000)), Some(s / 30), "a clock that is behind");
            assert_eq!(step_of(&totp, code, at.plus_ms(90_000)), None);
        }
        for meant in ["٢٨٧٠٨٢", "۲۸۷ ۰۸۲", "२८७-०८२", "\u{200f}287082"] {
            assert_eq!(step_of(&totp, meant, Timestamp::from_ms(59_000)), Some(1), "{meant}");
        }
        for wrong in ["", "28708", "2870822", "abcdef"] {
            assert_eq!(step_of(&totp, wrong, Timestamp::from_ms(59_000)), None, "{wrong}");
        }
        assert!(totp.to_url().unwrap().starts_with("otpauth://totp/"));
    }

    #[test]
    fn backup_codes_are_all_different_and_read_alike() {
        let codes = backup_codes();
        let mut once = codes.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), BACKUP_CODES);
        assert!(codes.iter().all(|code| code.len() == 11 && !code.contains(['I', 'L', 'O', 'U'])));
    }
}
