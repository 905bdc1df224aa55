//! The allowed texts, numbers and lists of requests.
//!
//! Each has one declaration: the OpenAPI document shows it, and the server checks every request against it before a
//! handler sees the request. A field of a request names its shape by `schema(value_type = …)`. `x-fault` is the
//! field's fault ([`crate::fault::FieldCode`]) if the pattern or format does not match.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, SchemaFormat, Type,
        extensions::ExtensionsBuilder,
        schema::{Ref, Schema},
    },
};

use crate::{
    audit::{DeviceRead, READS_MAX},
    clinic::{DURATION_MAX_MIN, Opening, ROOM_MAX_CHARS, ROOMS_MAX},
    fault::FieldCode,
    identity::{CODE_DIGITS, NAME_MAX_CHARS, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS},
    queue::{HANDED_MAX, Label, PLACES_MAX, REASON_MAX_CHARS, SealedTicket},
    records::NOTE_MAX_CHARS,
};

/// One line that is not blank: no control characters, and at least one character that is not white space in Unicode.
const LINE: &str = concat!(
    r"^[^\u0000-\u001F\u007F-\u009F]*",
    r"[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]",
    r"[^\u0000-\u001F\u007F-\u009F]*$"
);
/// The same, or nothing.
const LINE_OR_NONE: &str = r"^[^\u0000-\u001F\u007F-\u009F]*$";
/// Text of several lines that is not blank.
const TEXT: &str = concat!(
    r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*",
    r"[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]",
    r"[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"
);
/// The same, or nothing.
const TEXT_OR_NONE: &str = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$";
/// Any text: it is only compared, and never stored.
const ANY: &str = r"^[\s\S]*$";
/// Any text without the NUL character, which PostgreSQL cannot store.
const NO_NUL: &str = r"^[^\u0000]*$";
/// At least seven digits (ASCII, Arabic-Indic, Persian or Devanagari), and no control characters.
const DIGITS: &str = concat!(
    r"^[^0-9\u0660-\u0669\u06F0-\u06F9\u0966-\u096F\u0000-\u001F\u007F-\u009F]*",
    r"([0-9\u0660-\u0669\u06F0-\u06F9\u0966-\u096F]",
    r"[^0-9\u0660-\u0669\u06F0-\u06F9\u0966-\u096F\u0000-\u001F\u007F-\u009F]*){7,40}$"
);
/// Six digits of any script, with blanks, dashes, and marks that show nothing between them.
const SIX: &str = concat!(
    r"^[\s_\u00AD\u061C\u200B-\u200F\u2010-\u2015\u202A-\u202E\u2060\u2066-\u2069\u2212\uFE58\uFE63\uFEFF\uFF0D-]*",
    r"([0-9\u0660-\u0669\u06F0-\u06F9\u0966-\u096F]",
    r"[\s_\u00AD\u061C\u200B-\u200F\u2010-\u2015\u202A-\u202E\u2060\u2066-\u2069\u2212\uFE58\uFE63\uFEFF\uFF0D-]*){6}$"
);
/// The largest whole number that every JSON reader keeps exactly.
const WHOLE_MAX: i64 = (1 << 53) - 1;

/// Declares a shape: its doc comment is its description. `with` names the shapes that it refers to.
macro_rules! shape {
    ($(#[doc = $doc:literal])* $name:ident, $about:ident => $schema:expr $(, with $part:ty)*) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $name;
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let $about = Some(concat!($($doc),*).trim());
                $schema.into()
            }
        }
        impl ToSchema for $name {
            fn schemas(_parts: &mut Vec<(String, RefOr<Schema>)>) {
                $(
                    _parts.push((<$part as ToSchema>::name().into_owned(), <$part as PartialSchema>::schema()));
                    <$part as ToSchema>::schemas(_parts);
                )*
            }
        }
    };
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident = $min:expr, $max:expr, $fault:ident $(, pattern $pattern:expr)? $(, format $format:literal)?;)*) => { $(
        shape! { $(#[doc = $doc])* $name, about => ObjectBuilder::new()
            .schema_type(Type::String)
            .description(about)
            .min_length(Some($min))
            .max_length(Some($max))
            $(.pattern(Some($pattern)))?
            $(.format(Some(SchemaFormat::Custom($format.to_owned()))))?
            .extensions(Some(ExtensionsBuilder::new().add("x-fault", FieldCode::$fault.text()).build()))
        }
    )* };
}

texts! {
    /// Somebody's whole name.
    PersonName = 1, NAME_MAX_CHARS, Line, pattern LINE, format "line";
    /// The name of a branch or service.
    Title = 1, 200, Line, pattern LINE, format "line";
    /// An address of a branch, one line; it may be empty.
    PostalAddress = 0, 200, Line, pattern LINE_OR_NONE, format "line";
    /// The name of a device.
    DeviceName = 1, 80, Line, pattern LINE, format "line";
    /// The name of a room or counter.
    RoomName = 1, ROOM_MAX_CHARS, Line, pattern LINE, format "line";
    /// The name of a room or counter, or nothing for the one last used.
    RoomOrNone = 0, ROOM_MAX_CHARS, Line, pattern LINE_OR_NONE, format "line";
    /// What a board says in turn.
    BoardMessage = 1, 200, Line, pattern LINE, format "line";
    /// Why something is done.
    Why = 1, 500, Text, pattern TEXT, format "text";
    /// Why somebody comes; it may be empty.
    VisitReason = 0, REASON_MAX_CHARS, Text, pattern TEXT_OR_NONE, format "text";
    /// The text of a note; it may be empty.
    NoteText = 0, NOTE_MAX_CHARS, Text, pattern TEXT_OR_NONE;
    /// An e-mail address.
    EmailAddress = 3, 254, Email, format "email";
    /// A phone number with its country code, `+968 9123 4567`, or as it is dialled in the country of the branch.
    PhoneNumber = 1, 40, Phone, format "phone";
    /// An e-mail address, or a phone number.
    SignInName = 1, 254, Line, pattern LINE;
    /// Digits of a phone number, in any script that patients write.
    PhoneDigits = 7, 40, Digits, pattern DIGITS;
    /// The day of birth, `1980-01-31`: not before 1900, and not in the future.
    BirthDate = 10, 10, BirthDate, format "birth-date";
    /// A day of the calendar, `2026-11-28`.
    Day = 10, 10, Day, format "day";
    /// A language that is spoken here, BCP 47: `en`, `ar-OM`.
    LanguageTag = 2, 35, Language, pattern r"^(en|ar|hi)(-[A-Za-z0-9]{1,8})*$";
    /// An IANA time zone: `Asia/Muscat`.
    TimeZone = 1, 64, TimeZone, format "time-zone";
    /// A time of day: `22:00`.
    TimeOfDay = 5, 5, TimeOfDay, pattern r"^([01][0-9]|2[0-3]):[0-5][0-9]$";
    /// A present password.
    Password = 1, PASSWORD_MAX_BYTES, Text, pattern NO_NUL;
    /// A password that somebody chooses. One that is quickly guessed is refused as `password_weak`.
    NewPassword = PASSWORD_MIN_CHARS, PASSWORD_MAX_BYTES, Text, pattern NO_NUL;
    /// The digits of a code that was sent, as they were typed.
    SentCode = CODE_DIGITS, 40, Form, pattern SIX;
    /// A code of an authenticator app, or a backup code: `ABCDE-23456`.
    FactorCode = 1, 64, Line, pattern LINE;
    /// A one-time code of a device: 8 characters of Crockford base32, as they were typed.
    EnrolCode = 1, 64, Line, pattern LINE;
    /// The code of a ticket, or what its QR says.
    TicketCode = 1, 500, Line, pattern LINE;
    /// A token or secret that the server gave.
    Secret = 0, 16_384, Form, pattern ANY;
    /// Letters before a ticket's number. `K` and another letter are a kiosk's.
    TicketPrefix = 1, 3, Prefix, pattern r"^([A-Z]|[A-JL-Z][A-Z]|[A-Z]{3})$";
    /// A currency, ISO 4217: `OMR`.
    Currency = 3, 3, Currency, pattern r"^[A-Z]{3}$";
    /// The release that a device runs.
    AppVersion = 0, 60, Line, pattern LINE_OR_NONE;
    /// An Ed25519 public key, base64url without padding.
    DeviceKey = 43, 43, DeviceKey, format "ed25519-key";
    /// An Ed25519 signature, base64url without padding.
    Signature = 1, 200, Form, pattern r"^[A-Za-z0-9_-]+$";
    /// Random bits, base64url without padding.
    Nonce = 22, 64, Form, pattern r"^[A-Za-z0-9_-]+$";
    /// A SHA-256 digest, in hexadecimal.
    Digest = 64, 64, Form, pattern r"^[0-9a-f]{64}$";
    /// A sealed ticket, base64url without padding.
    Sealed = 1, 4_096, Form, pattern r"^[A-Za-z0-9_-]+$";
    /// The bytes of a picture, base64.
    PictureBytes = 0, 14_000_000, Base64, format "byte";
    /// What a picture is said to be: `image/jpeg`. What it really is, its bytes say.
    PictureType = 1, 100, Form, pattern r"^[a-z]+/[a-z0-9.+-]+$";
    /// What is looked for: at least two letters or three digits.
    Search = 2, 200, Search, format "search";
    /// A part of a name, an address or a number.
    Part = 0, 200, Line, pattern LINE_OR_NONE;
    /// An action of the audit log, `ticket.call`, or a family of them, `ticket.`.
    AuditAction = 0, 60, Form, pattern r"^[a-z_.]*$";
    /// What the list gave as `next`.
    IdCursor = 36, 36, Cursor, format "uuid";
    /// What the list gave as `next`.
    NumberCursor = 1, 18, Cursor, pattern r"^[0-9]+$";
    /// The address that a push service gave the browser.
    PushEndpoint = 1, 1_000, PushService, format "push-endpoint";
    /// A browser's P-256 key, base64url.
    PushKeyText = 87, 88, PushKey, format "p256-key";
    /// A form's empty field.
    Nothing = 0, 0, Form, pattern "^$";
    /// Names a request: with the same key it takes effect once, and is answered alike.
    IdempotencyKey = 1, 200, Form, pattern r"^[!-~]{1,200}$";
    /// A version that was seen, as an entity tag or plain.
    IfMatch = 1, 24, Version, pattern r#"^(W/)?"?(0|[1-9][0-9]{0,15})"?$"#;
    /// A proof of identity.
    ConfirmProof = 1, 4_096, Form, pattern r"^[!-~]+$";
    /// The secret of a ticket's link.
    LinkSecret = 35, 35, Form, pattern r"^[A-Za-z0-9_-]{35}$";
    /// A browser's secret of 16 bytes, base64url.
    PushSecretText = 22, 24, PushSecret, pattern r"^[A-Za-z0-9_-]{21}[AQgw](==)?$";
}

macro_rules! or_nothing {
    ($($(#[doc = $doc:literal])* $name:ident = $text:ty;)*) => { $(
        shape! { $(#[doc = $doc])* $name, about => OneOfBuilder::new()
            .description(about)
            .item(Ref::from_schema_name(<$text as ToSchema>::name()))
            .item(Ref::from_schema_name(Nothing::name())),
            with $text, with Nothing
        }
    )* };
}

or_nothing! {
    /// An e-mail address, or nothing: a form's empty field.
    EmailOrNothing = EmailAddress;
    /// A phone number, or nothing: a form's empty field.
    PhoneOrNothing = PhoneNumber;
    /// A day of birth, or nothing: a form's empty field.
    BirthDateOrNothing = BirthDate;
}

macro_rules! numbers {
    ($($(#[doc = $doc:literal])* $name:ident = $format:literal, $min:expr, $max:expr;)*) => { $(
        shape! { $(#[doc = $doc])* $name, about => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::Custom($format.to_owned())))
            .description(about)
            .minimum(Some(i64::from($min)))
            .maximum(Some(i64::from($max)))
        }
    )* };
}

numbers! {
    /// A version that was seen.
    Version = "int64", 0, WHOLE_MAX;
    /// Rows of a page; 50 without it.
    PageLimit = "int32", 1, 200;
    /// Places that one lets others go before.
    Places = "int32", 1, PLACES_MAX;
    /// Minutes that a visit is planned for.
    DurationMin = "int32", 1, DURATION_MAX_MIN;
    /// A price in minor units of its currency.
    PriceMinor = "int64", 0, WHOLE_MAX;
    /// The number of a read at its device.
    ReadNumber = "int64", 1, WHOLE_MAX;
    /// The number of an entry in the audit log.
    EntryNumber = "int64", 1, WHOLE_MAX;
}

macro_rules! lists {
    ($($(#[doc = $doc:literal])* $name:ident = $item:ty, $min:expr, $max:expr, unique $unique:expr;)*) => { $(
        shape! { $(#[doc = $doc])* $name, about => ArrayBuilder::new()
            .items(Ref::from_schema_name(<$item as ToSchema>::name()))
            .description(about)
            .min_items(Some($min))
            .max_items(Some($max))
            .unique_items($unique),
            with $item
        }
    )* };
}

lists! {
    /// The rooms and counters of a branch, each once.
    Rooms = RoomName, 0, ROOMS_MAX, unique true;
    /// Languages that are spoken, the first is the default.
    Languages = LanguageTag, 1, 10, unique true;
    /// What the boards of a branch say in turn.
    BoardMessages = BoardMessage, 0, 20, unique false;
    /// When patients may join.
    OpeningHours = Opening, 0, 28, unique false;
    /// Tickets that a kiosk hands over.
    SealedTickets = SealedTicket, 0, HANDED_MAX, unique false;
    /// Reads that a device hands over.
    DeviceReadList = DeviceRead, 0, READS_MAX, unique false;
    /// The labels of those who are here.
    Labels = Label, 0, 50, unique false;
    /// Tickets of the caller's other patients.
    Tickets = crate::ids::TicketId, 0, 50, unique false;
    /// Who gives a service, and where, each once.
    GivenList = crate::clinic::Given, 0, 500, unique true;
    /// Roles, each once.
    Roles = StaffOrPatient, 1, 5, unique true;
    /// Branches.
    Branches = crate::ids::BranchId, 0, 1_000, unique false;
    /// Channels, each once.
    Channels = ContactChannel, 0, 2, unique true;
}

macro_rules! choices {
    ($($(#[doc = $doc:literal])* $name:ident = [$($value:expr),*];)*) => { $(
        shape! { $(#[doc = $doc])* $name, about => ObjectBuilder::new()
            .schema_type(Type::String)
            .description(about)
            .enum_values(Some([$($value.text()),*]))
        }
    )* };
}

choices! {
    /// A role that a person holds; devices have others.
    StaffOrPatient = [
        crate::access::Role::Patient,
        crate::access::Role::Doctor,
        crate::access::Role::Reception,
        crate::access::Role::Manager,
        crate::access::Role::Admin
    ];
    /// A role that somebody at work holds.
    StaffRole = [
        crate::access::Role::Doctor,
        crate::access::Role::Reception,
        crate::access::Role::Manager,
        crate::access::Role::Admin
    ];
    /// A channel that leads to a contact.
    ContactChannel = [crate::notify::Channel::Email, crate::notify::Channel::Sms];
}
