//! What is wrong with a field: a stable code and its parameters. Clients branch on the code, never on the words.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::snake;

macro_rules! field_codes {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// What is wrong with a field. Snake case on the wire.
        ///
        /// Read and written by hand, as [`super::Code`] is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
        pub enum FieldCode { $($(#[$doc])* $name,)* }

        impl FieldCode {
            /// Every code, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }
        }
    };
}

field_codes! {
    /// It is needed, and not there.
    Missing;
    /// There is no such field.
    Unknown;
    /// It is of another kind: a text where a number is expected.
    Kind;
    /// The value is not one of the allowed values.
    Choice;
    /// A text is shorter than `min` or longer than `max` characters.
    Length;
    /// A number is less than `min` or more than `max`.
    Range;
    /// A list has fewer than `min` or more than `max` items.
    Items;
    /// A list has something twice.
    Twice;
    /// A text is blank, or has a character that has no place in one line.
    Line;
    /// A text is blank, or has a control character that is no tab and no line break.
    Text;
    /// A text has characters that show nothing, turn the text around them, or pile up on a letter.
    Hidden;
    /// A text does not have the form that is described.
    Form;
    /// Not an id (UUID, with hyphens).
    Uuid;
    /// Not a time (RFC 3339).
    DateTime;
    /// Not an e-mail address.
    Email;
    /// Not a phone number: neither with its country code, nor as it is dialled in the branch's country. `like` is an example of
    /// the latter.
    Phone;
    /// Not a day in the past.
    BirthDate;
    /// Not a day of the calendar, as 2026-11-28.
    Day;
    /// It has the form of a day, and the calendar has no such day: 31 February.
    NoSuchDay;
    /// The end is before the beginning.
    Backwards;
    /// Not an IANA time zone.
    TimeZone;
    /// Not a time of day, as 22:00.
    TimeOfDay;
    /// Not a language that is spoken here.
    Language;
    /// Fewer than two letters or three digits to look for.
    Search;
    /// Not 1 to 3 capital letters that a service may have.
    Prefix;
    /// Not a currency of three letters.
    Currency;
    /// Not a ticket's label.
    Label;
    /// Not base64.
    Base64;
    /// Not an Ed25519 key, base64url.
    DeviceKey;
    /// Not a cursor that this list gave.
    Cursor;
    /// Not the address of a push service that this server knows.
    PushService;
    /// Not a browser's key, base64url.
    PushKey;
    /// Not a browser's secret of 16 bytes, base64url.
    PushSecret;
    /// Not a WebSocket of version 13.
    Websocket;
    /// The password is too short, too long, or quickly guessed.
    Password;
    /// The code is wrong; `left` tries are left.
    TriesLeft;
    /// An e-mail address or a phone number is needed.
    Contact;
    /// A code, or a phone number and a date of birth.
    Claim;
    /// A phone number has fewer than `min` digits.
    Digits;
    /// Not the version that was seen, where one is needed; or one where none may be.
    Version;
    /// Ends before it begins, or there is no such weekday.
    Hours;
    /// A branch is not one of this clinic.
    Branch;
    /// The role needs a branch.
    BranchNeeded;
    /// The role is not one of staff.
    Staff;
    /// Somebody else has this address.
    Taken;
    /// Another service has these letters.
    OtherService;
    /// Somebody does not work at the branch.
    Giver;
    /// Nothing reaches the person by this channel.
    Unreached;
    /// The record has no such contact.
    NotOnRecord;
    /// The contact is not confirmed on the record.
    NotConfirmed;
    /// The person has no open invitation.
    NotInvited;
    /// The person has not asked to be removed.
    NotLeaving;
    /// One's own account.
    Yourself;
    /// Both are the same record.
    SameRecord;
    /// One more than can be looked after.
    Dependants;
    /// The code is for another kind of device.
    OtherDevice;
    /// Only kiosks and boards do this.
    KioskOnly;
    /// Not the id of the address.
    Address;
    /// A new note needs the ticket of its visit.
    VisitNeeded;
    /// The note belongs to another visit.
    OtherVisit;
    /// The ticket is another patient's.
    OtherPatient;
    /// A setting of the server that is not set.
    Unset;
}

impl FieldCode {
    /// The code as it stands on the wire: `birth_date`.
    #[must_use]
    pub fn text(self) -> String {
        snake(self.name())
    }

    /// The code of a text of [`FieldCode::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.text() == text)
    }
}

impl Serialize for FieldCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for FieldCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| de::Error::custom("an unknown code"))
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldFault {
    /// What clients branch on.
    pub code: FieldCode,
    /// The least that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The most that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How often it can be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// An example of what is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// What a person is told, in the caller's language. Left out over the socket.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub message: String,
}

impl From<FieldCode> for FieldFault {
    fn from(code: FieldCode) -> Self {
        Self { code, min: None, max: None, left: None, like: None, message: String::new() }
    }
}

impl FieldFault {
    /// A text that has fewer or more characters.
    #[must_use]
    pub fn length(min: usize, max: usize) -> Self {
        Self::bounded(FieldCode::Length, count(min), count(max))
    }

    /// A list that has fewer or more items.
    #[must_use]
    pub fn items(min: usize, max: usize) -> Self {
        Self::bounded(FieldCode::Items, count(min), count(max))
    }

    /// A number outside of its range.
    #[must_use]
    pub fn range(min: impl Into<i64>, max: impl Into<i64>) -> Self {
        Self::bounded(FieldCode::Range, min.into(), max.into())
    }

    /// A code that was wrong.
    #[must_use]
    pub fn tries_left(left: u32) -> Self {
        Self { left: Some(left), ..FieldCode::TriesLeft.into() }
    }

    /// A code with what is allowed.
    #[must_use]
    pub fn bounded(code: FieldCode, min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max), ..code.into() }
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
