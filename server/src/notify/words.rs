//! What messages say: `server/i18n/*.ftl`, in the reader's language.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use medlane_shared::fault::Language;

/// What a message is about; its words are `<name>-subject` and `<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// The code that proves a new account's contact.
    RegisterCode,
    /// Somebody wants to register with a contact that has an account.
    AccountKnown,
    /// The code that lets a forgotten password be replaced.
    ResetCode,
    /// The code that confirms a contact, of a record or of an account.
    ContactCode,
    /// The code by which a record's person agrees that it is merged into an account.
    MergeCode,
    /// Another e-mail address took this one's place.
    EmailChanged,
    /// Another number took this one's place.
    PhoneChanged,
    /// The password was changed.
    PasswordChanged,
    /// A spent refresh token came back: somebody may have copied it.
    SessionReused,
    /// The link by which staff choose their password.
    Invitation,
    /// The second factor was switched on.
    FactorOn,
    /// The second factor was taken off.
    FactorOff,
    /// The account was merged into another of the same person.
    AccountMerged,
    /// The clinic was asked to delete the account.
    DeletionAsked,
    /// The clinic keeps the account, and why.
    DeletionRefused,
    /// The account was deleted as its owner asked.
    AccountDeleted,
    /// It is nearly somebody's turn: whoever is on the way should be.
    TurnSoon,
    /// It is somebody's turn.
    TurnNow,
    /// A call that somebody was told of was taken back.
    TurnBack,
    /// Somebody was called and did not come.
    TurnMissed,
}

/// What messages are counted apart by: nobody's visits use up what warns them of a stranger in their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code or link, or what is sent in its place: counted where it is made, and refused there.
    Code,
    /// What concerns an account.
    Account,
    /// What concerns a visit.
    Turn,
}

impl Template {
    /// Every template, for tests.
    pub const ALL: &[Self] = &[
        Self::RegisterCode,
        Self::AccountKnown,
        Self::ResetCode,
        Self::ContactCode,
        Self::MergeCode,
        Self::EmailChanged,
        Self::PhoneChanged,
        Self::PasswordChanged,
        Self::SessionReused,
        Self::Invitation,
        Self::FactorOn,
        Self::FactorOff,
        Self::AccountMerged,
        Self::DeletionAsked,
        Self::DeletionRefused,
        Self::AccountDeleted,
        Self::TurnSoon,
        Self::TurnNow,
        Self::TurnBack,
        Self::TurnMissed,
    ];

    /// Whether it can wait until nobody is disturbed by it.
    #[must_use]
    pub const fn can_wait(self) -> bool {
        matches!(self, Self::AccountMerged | Self::DeletionRefused | Self::AccountDeleted)
    }

    /// What it is counted with, where messages are limited.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::RegisterCode
            | Self::AccountKnown
            | Self::ResetCode
            | Self::ContactCode
            | Self::MergeCode
            | Self::Invitation => Kind::Code,
            Self::TurnSoon | Self::TurnNow | Self::TurnBack | Self::TurnMissed => Kind::Turn,
            Self::EmailChanged
            | Self::PhoneChanged
            | Self::PasswordChanged
            | Self::SessionReused
            | Self::FactorOn
            | Self::FactorOff
            | Self::AccountMerged
            | Self::DeletionAsked
            | Self::DeletionRefused
            | Self::AccountDeleted => Kind::Account,
        }
    }

    /// As it stands in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::RegisterCode => "register_code",
            Self::AccountKnown => "account_known",
            Self::ResetCode => "reset_code",
            Self::ContactCode => "contact_code",
            Self::MergeCode => "merge_code",
            Self::EmailChanged => "email_changed",
            Self::PhoneChanged => "phone_changed",
            Self::PasswordChanged => "password_changed",
            Self::SessionReused => "session_reused",
            Self::Invitation => "invitation",
            Self::FactorOn => "factor_on",
            Self::FactorOff => "factor_off",
            Self::AccountMerged => "account_merged",
            Self::DeletionAsked => "deletion_asked",
            Self::DeletionRefused => "deletion_refused",
            Self::AccountDeleted => "account_deleted",
            Self::TurnSoon => "turn_soon",
            Self::TurnNow => "turn_now",
            Self::TurnBack => "turn_back",
            Self::TurnMissed => "turn_missed",
        }
    }

    /// Subject and text.
    #[must_use]
    pub fn write(self, language: Language, clinic: &str, named: &[Named<'_>]) -> (String, String) {
        let words = bundle(language);
        let mut arguments = FluentArgs::new();
        arguments.set("clinic", clinic);
        for (name, value) in named {
            arguments.set(*name, *value);
        }
        let key = self.text().replace('_', "-");
        let say = |key: &str| {
            let pattern = words.get_message(key).and_then(|message| message.value());
            // A missing word says its key: the test below finds it before anyone reads it.
            pattern.map_or_else(
                || key.to_owned(),
                |pattern| words.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned(),
            )
        };
        (say(&format!("{key}-subject")), say(&key))
    }
}

/// What a message names, and its value.
pub type Named<'a> = (&'a str, &'a str);

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let text = match language {
        Language::En => include_str!("../../i18n/en.ftl"),
        Language::Ar => include_str!("../../i18n/ar.ftl"),
        Language::Hi => include_str!("../../i18n/hi.ftl"),
    };
    // What does not read is left out, and found by the test below.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = FluentBundle::new(language.tag().parse().into_iter().collect());
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_there_in_every_language() {
        for language in Language::ALL.iter().copied() {
            for template in Template::ALL {
                let (subject, text) = template.write(
                    language,
                    "Al Noor",
                    &[
                        ("code", "123456"),
                        ("name", "Anna"),
                        ("link", "https://x"),
                        ("why", "By law"),
                        ("label", "GP-017"),
                        ("place", "Room 2"),
                        ("ahead", "2"),
                        ("now", "a…@x.example"),
                    ],
                );
                let key = template.text().replace('_', "-");
                assert!(!subject.contains(&key) && !text.contains(&key), "{key} in {}", language.tag());
                assert!(text.contains("Al Noor") && !text.contains('{'), "{text}");
            }
        }
        let (_, text) = Template::RegisterCode.write(Language::En, "Al Noor", &[("code", "123456")]);
        assert!(text.contains("123456"));
    }
}
