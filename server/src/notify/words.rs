//! The texts of messages: `server/i18n/*.ftl`, in the reader's language.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use medlane_shared::fault::Language;

/// The kind of a message. Its texts are `<name>-subject` and `<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// The code that proves a new account's contact.
    RegisterCode,
    /// A person tried to register with a contact that has an account.
    AccountKnown,
    /// The code that lets a forgotten password be replaced.
    ResetCode,
    /// The code that confirms a contact of a record or of an account.
    ContactCode,
    /// The code by which a record's person agrees to merge it into an account.
    MergeCode,
    /// Another e-mail address replaced this one.
    EmailChanged,
    /// Another number replaced this one.
    PhoneChanged,
    /// The clinic has corrected a contact, and no longer uses this one.
    ContactCorrected,
    /// The password was changed.
    PasswordChanged,
    /// A spent refresh token was used again: it may have been copied.
    SessionReused,
    /// Another browser replaced the one that a session is told by.
    PushReplaced,
    /// The link with which staff choose their password.
    Invitation,
    /// The second factor was switched on.
    FactorOn,
    /// The second factor was removed.
    FactorOff,
    /// The account was merged into another of the same person.
    AccountMerged,
    /// The clinic was asked to delete the account.
    DeletionAsked,
    /// The clinic keeps the account, and why.
    DeletionRefused,
    /// The account was deleted, as its owner asked.
    AccountDeleted,
    /// It is nearly the patient's turn, so they should be on the way.
    TurnSoon,
    /// It is the patient's turn.
    TurnNow,
    /// A call that the patient was told about was undone.
    TurnBack,
    /// The room of a call was changed.
    TurnMoved,
    /// A call was taken back, and the patient is on hold.
    TurnHold,
    /// The called patient has come: the message on their phone is outdated.
    TurnCame,
    /// The called patient did not come, and may return for a while.
    TurnMissed,
    /// The called patient did not come, and the ticket has ended.
    TurnOver,
    /// The ticket of a called patient was cancelled.
    TurnCancelled,
    /// The visit was sent on to another service or doctor.
    TurnSent,
    /// A transfer that the patient was told about was undone.
    TurnUnsent,
}

/// Messages of each kind are counted apart, so that notices of visits cannot use up the limit of warnings about an
/// account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code or link, or the message sent in its place. It is counted, and refused, where it is made.
    Code,
    /// A message about an account.
    Account,
    /// A message about a visit.
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
        Self::ContactCorrected,
        Self::PasswordChanged,
        Self::SessionReused,
        Self::PushReplaced,
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
        Self::TurnMoved,
        Self::TurnHold,
        Self::TurnCame,
        Self::TurnMissed,
        Self::TurnOver,
        Self::TurnCancelled,
        Self::TurnSent,
        Self::TurnUnsent,
    ];

    /// Whether the message can wait until the quiet hours end.
    #[must_use]
    pub const fn can_wait(self) -> bool {
        matches!(self, Self::AccountMerged | Self::DeletionRefused | Self::AccountDeleted)
    }

    /// Whether the message only replaces the one that a browser still shows: it makes no sound, does not stay, and is
    /// sent by no other channel.
    #[must_use]
    pub const fn is_quiet(self) -> bool {
        matches!(self, Self::TurnCame)
    }

    /// The kind for which it is counted.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::RegisterCode
            | Self::AccountKnown
            | Self::ResetCode
            | Self::ContactCode
            | Self::MergeCode
            | Self::Invitation => Kind::Code,
            Self::TurnSoon
            | Self::TurnNow
            | Self::TurnBack
            | Self::TurnMoved
            | Self::TurnHold
            | Self::TurnCame
            | Self::TurnMissed
            | Self::TurnOver
            | Self::TurnCancelled
            | Self::TurnSent
            | Self::TurnUnsent => Kind::Turn,
            Self::EmailChanged
            | Self::PhoneChanged
            | Self::ContactCorrected
            | Self::PasswordChanged
            | Self::SessionReused
            | Self::PushReplaced
            | Self::FactorOn
            | Self::FactorOff
            | Self::AccountMerged
            | Self::DeletionAsked
            | Self::DeletionRefused
            | Self::AccountDeleted => Kind::Account,
        }
    }

    /// The text in the database.
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
            Self::ContactCorrected => "contact_corrected",
            Self::PasswordChanged => "password_changed",
            Self::SessionReused => "session_reused",
            Self::PushReplaced => "push_replaced",
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
            Self::TurnMoved => "turn_moved",
            Self::TurnHold => "turn_hold",
            Self::TurnCame => "turn_came",
            Self::TurnMissed => "turn_missed",
            Self::TurnOver => "turn_over",
            Self::TurnCancelled => "turn_cancelled",
            Self::TurnSent => "turn_sent",
            Self::TurnUnsent => "turn_unsent",
        }
    }

    /// The subject and the text.
    #[must_use]
    pub fn write(self, language: Language, clinic: &str, named: &[Named<'_>]) -> (String, String) {
        let words = bundle(language);
        let mut arguments = FluentArgs::new();
        arguments.set("clinic", clinic);
        for (name, value) in named {
            arguments.set(*name, isolated(language, name, value));
        }
        let key = self.text().replace('_', "-");
        let say = |key: &str| {
            let pattern = words.get_message(key).and_then(|message| message.value());
            // A missing text shows its key. The test below finds it first.
            pattern.map_or_else(
                || key.to_owned(),
                |pattern| words.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned(),
            )
        };
        let told = |key: &str| beginning(language, say(key));
        (told(&format!("{key}-subject")), told(&key))
    }
}

/// The name of the reception desk, to which patients are called where there are no rooms.
#[must_use]
pub fn reception(language: Language) -> String {
    let words = bundle(language);
    let pattern = words.get_message("reception").and_then(|message| message.value());
    pattern
        .map_or_else(String::new, |pattern| words.format_pattern(pattern, None, &mut Vec::new()).into_owned())
}

/// Starts each line of a right-to-left language with a mark. Phones and mail programs take the direction from the
/// first letter, which may be Latin in a label or a name.
fn beginning(language: Language, text: String) -> String {
    if !language.is_rtl() {
        return text;
    }
    let line = |line: &str| if line.starts_with(RLM) { line.to_owned() } else { format!("{RLM}{line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A value in a right-to-left text, kept in its own direction: otherwise `+968 9123` is shown as `9123 968+`. Plain digits
/// stay in order by themselves, so that phones recognise a code, and a link ends with its last letter.
fn isolated<'a>(language: Language, name: &str, value: &'a str) -> Cow<'a, str> {
    let is_plain = name == "link" || value.bytes().all(|byte| byte.is_ascii_digit());
    if !language.is_rtl() || is_plain {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("{FSI}{value}{PDI}"))
}

/// Begins and ends a run with a direction of its own (UAX #9).
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';

/// The mark of a right-to-left text.
pub const RLM: char = '\u{200f}';

/// The name of a value in a message, and the value.
pub type Named<'a> = (&'a str, &'a str);

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let text = match language {
        Language::En => include_str!("../../i18n/en.ftl"),
        Language::Ar => include_str!("../../i18n/ar.ftl"),
        Language::Hi => include_str!("../../i18n/hi.ftl"),
    };
    // A message that does not parse is left out, and the test below finds it.
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
                        ("who", "GP-017 (Sara)"),
                        ("place", "Room 2"),
                        ("ahead", "2"),
                        ("service", "General practice"),
                        ("now", "a…@x.example"),
                    ],
                );
                let key = template.text().replace('_', "-");
                assert!(!subject.contains(&key) && !text.contains(&key), "{key} in {}", language.tag());
                assert!(text.contains("Al Noor") && !text.contains('{'), "{text}");
                for line in subject.lines().chain(text.lines()) {
                    assert_eq!(line.starts_with(RLM), language.is_rtl(), "{key}: {line}");
                }
            }
        }
        let at_desk = Language::ALL.iter().map(|language| reception(*language));
        assert_eq!(at_desk.collect::<Vec<_>>(), ["reception", "الاستقبال", "रिसेप्शन"]);
        let moved = [
            ("who", "GP-017 (Sara)"),
            ("place", "Room 2"),
            ("link", "https://x"),
            ("name", "Anna"),
            ("code", "123456"),
        ];
        let write = |template: Template| template.write(Language::Ar, "Al Noor", &moved).1;
        assert!(
            write(Template::TurnNow).contains("\u{2068}GP-017 (Sara)\u{2069}"),
            "a label keeps its order"
        );
        assert!(write(Template::RegisterCode).contains(" 123456"), "a phone recognises the code");
        assert!(write(Template::Invitation).contains("https://x\n"), "a mark is no part of a link");
        let (_, text) = Template::RegisterCode.write(Language::En, "Al Noor", &[("code", "123456")]);
        assert!(text.contains("123456"));
    }
}
