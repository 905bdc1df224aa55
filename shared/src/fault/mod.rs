//! What can go wrong, as clients and people are told it: a stable code, a message in the caller's language, a way
//! out. The words are in `shared/i18n`, as `fault-<code>` and `field-<code>`.

mod fields;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

pub use fields::{FieldCode, FieldFault};
pub use words::Language;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal;)*) => {
        /// A stable code. Clients branch on it, never on the message. Snake case on the wire.
        ///
        /// Serialization is written by hand: what serde derives for so many names would be a fiftieth of the
        /// browser's bundle.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in the source: `TicketStale`.
            const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }

            /// The HTTP status that carries it.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }
        }
    };
}

codes! {
    /// The body, query or frame cannot be read; `fields` says where.
    Malformed = 400;
    /// Well-formed, but a value is not allowed; `fields` says which.
    Invalid = 422;
    /// No session, or one that has ended.
    SignedOut = 401;
    /// The access token has run out; refresh it.
    TokenExpired = 401;
    /// The token was not issued by this server, was altered, or is of another kind.
    TokenInvalid = 401;
    /// E-mail address and password do not match an account.
    CredentialsWrong = 401;
    /// A spent refresh token was used again: all tokens that descend from the same sign-in were ended.
    TokenReused = 401;
    /// The role may never do this.
    Forbidden = 403;
    /// The caller has to confirm their identity (`POST /users/me/confirm`) and send the proof with the call.
    /// `present.code` says whether they need a code beside the password.
    ConfirmNeeded = 403;
    /// A browser request from an origin that is not allowed.
    OriginRefused = 403;
    /// It does not exist, or the caller may not know that it exists.
    NotFound = 404;
    /// The path exists, the method does not.
    MethodNotAllowed = 405;
    /// Nobody is waiting in the caller's queues.
    NobodyWaiting = 404;
    /// The row changed since the caller saw it; `present` carries its present state.
    VersionStale = 409;
    /// The ticket changed since the caller saw it; `present` carries its present state.
    TicketStale = 409;
    /// The ticket's present state does not allow this step.
    TicketStepRefused = 409;
    /// The patient already waits for this service; `present` carries that ticket.
    TicketActive = 409;
    /// The same idempotency key came with another body.
    IdempotencyMismatch = 409;
    /// The time between two calls (`recall_after_s`, 60 s by default) has not passed yet.
    RecallTooSoon = 422;
    /// The patient was called as often as the branch allows (3 times by default). Mark a no-show, or park the ticket.
    RecallExhausted = 422;
    /// Another doctor has called a patient to this room, or sees one there.
    RoomInUse = 409;
    /// The caller has already called another patient, or sees one, whom the request does not name in `beside`. `present`
    /// is that patient's ticket.
    AlreadyCalled = 409;
    /// No ticket is behind this one, so stepping back would change nothing.
    NobodyBehind = 409;
    /// The time to undo the step has passed (`undo_s`, 2 minutes by default), or there is nothing to undo.
    UndoTooLate = 422;
    /// The grace period for returning has passed.
    ReturnTooLate = 422;
    /// The queue takes no more tickets today.
    QueueClosed = 422;
    /// Patients can join only within the branch's opening hours.
    OutsideHours = 422;
    /// The branch gives tickets only on site.
    RemoteJoinOff = 422;
    /// No patient who joined from home fits this code, link, or phone and date of birth.
    CheckInUnknown = 404;
    /// Tickets of several people fit what was entered at a kiosk. `present` has their labels; the next call names in
    /// `labels` the people who are here.
    CheckInWhich = 409;
    /// The printer is absent, switched off, or does not answer. Only desktop apps make this code.
    PrinterGone = 503;
    /// The printer has no paper. Only desktop apps make this code.
    PaperOut = 503;
    /// The ticket was not sealed to this server, or not by this kiosk.
    SealBroken = 422;
    /// The queue is paused: nobody can be called, but patients can join.
    QueuePaused = 422;
    /// This branch does not give the service, or not without an appointment.
    ServiceUnavailable = 422;
    /// The doctor does not give this service at this branch.
    DoctorUnavailable = 422;
    /// The note is signed: write another one.
    NoteSigned = 409;
    /// The ticket was for another day.
    TicketOver = 410;
    /// The ticket is for another branch.
    TicketElsewhere = 422;
    /// The one-time code was used or has run out.
    CodeExpired = 410;
    /// The code is not the one that was sent; `fields.code` says how many tries are left.
    CodeWrong = 422;
    /// This is not the present password of the signed-in person.
    PasswordWrong = 422;
    /// The password is right, but the second factor is missing; `present` says how to go on.
    MfaRequired = 401;
    /// The second factor is on already.
    MfaOn = 409;
    /// The second factor is not switched on, or was not set up first.
    MfaOff = 409;
    /// The clinic requires a second factor for the caller's role.
    MfaNeeded = 422;
    /// The password is too short, too long, or easy to guess.
    PasswordWeak = 422;
    /// An account with this address exists already.
    AccountExists = 409;
    /// Another service has these letters.
    PrefixTaken = 409;
    /// A registered patient looks like this one; `present` shows who.
    PatientAlike = 409;
    /// One of the two records was merged or removed already, or other records were merged into it; `present` shows
    /// which.
    PersonMerged = 409;
    /// The password is right, but the account's record was merged into another: sign in with that one.
    AccountMerged = 403;
    /// A date of birth is known already: a person enters it only once, and reception corrects it.
    BirthDateKnown = 409;
    /// The patient has a chart, which their name identifies: reception corrects it.
    NameKnown = 409;
    /// The patient whose record would be merged away has a place in a queue.
    PatientWaits = 409;
    /// Only the other record can sign in, so that record has to be the one that stays.
    MergeOther = 422;
    /// The merge would open a chart to an account, and there is no proof that both records are one person.
    IdentityUnproven = 422;
    /// A contact of a record with a chart or an account was typed at the desk: a code to it does not show whose record it is.
    ContactUnchecked = 422;
    /// The clinic sends no texts to the country of this number (`sms.countries`).
    CountryUnserved = 422;
    /// The change would leave the clinic without an administrator.
    LastAdmin = 422;
    /// The person's present standing does not allow this change; `present` shows the person.
    StandingRefused = 409;
    /// An administrator removed the device: it erases everything, and cannot come back.
    DeviceRevoked = 401;
    /// An administrator told the device to start anew.
    DeviceRestart = 401;
    /// An administrator locked the device; it stays locked until an administrator unlocks it.
    DeviceLocked = 423;
    /// The session is bound to a device's key, and the request does not prove that it comes from this device.
    DeviceUnproven = 401;
    /// The device's clock is more than 2 min off, or behind a time that it reported before. `present.now` is the
    /// server's time.
    ClockWrong = 401;
    /// The clinic allows its staff to work only at enrolled devices.
    DeviceNeeded = 403;
    /// The body or frame is larger than the limit.
    TooLarge = 413;
    /// The file is not a picture of a supported kind, or cannot be decoded.
    PictureUnread = 422;
    /// The picture's header names more pixels than the limit: 24 million in all, 12,000 a side.
    PictureLarge = 422;
    /// The request body did not arrive in time.
    RequestSlow = 408;
    /// The body is not JSON.
    UnsupportedMedia = 415;
    /// Too many requests; `retry_after_s` says when to come back.
    RateLimited = 429;
    /// The client speaks no version of the socket protocol that the server supports.
    ProtocolUnsupported = 426;
    /// The socket's first frame was not `hello`, or came too late.
    HelloExpected = 400;
    /// The frame does not follow the protocol.
    FrameMalformed = 400;
    /// This server does not know an intent of this name.
    IntentUnknown = 422;
    /// A feature is switched off or not set up.
    SwitchedOff = 503;
    /// The server has too much to do; try again shortly.
    Overloaded = 503;
    /// No connection to the server. Only clients make this code.
    Offline = 503;
    /// The server's address is not encrypted. Only desktop apps make this code.
    ServerInsecure = 400;
    /// The server's address redirects to another one, which the app does not follow. Only desktop apps make this
    /// code.
    ServerElsewhere = 502;
    /// Without the network a doctor can call only their own patients. Only desktop apps make this code.
    OfflineOnlyOwn = 503;
    /// Without the network nothing is undone that was done with it. Only desktop apps make this code.
    OfflineNoUndo = 503;
    /// This computer's keyring is locked, failing or missing. Only desktop apps make this code.
    KeyringLocked = 503;
    /// The screen is locked until its owner enters their password. Only clients make this code.
    ScreenLocked = 423;
    /// The keyring has lost the key of the data kept on this computer. Only desktop apps make this code.
    KeyLost = 503;
    /// An unexpected error on our side. It is logged there, and its details are never sent.
    Internal = 500;
}

impl Code {
    /// The code on the wire: `ticket_stale`.
    #[must_use]
    pub fn text(self) -> String {
        snake(self.name())
    }

    /// Whether the same call may succeed later: the server or this computer cannot answer now. Such a fault does not
    /// end a session.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(
            self,
            Self::Offline
                | Self::Overloaded
                | Self::RateLimited
                | Self::Internal
                | Self::KeyringLocked
                | Self::DeviceLocked
                | Self::ClockWrong
                | Self::RequestSlow
                | Self::ServerInsecure
                | Self::ServerElsewhere
        )
    }
}

/// `TicketStale` as `ticket_stale`.
fn snake(name: &str) -> String {
    let mut text = String::with_capacity(24);
    for (n, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && n > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|code| code.text() == text);
        known.ok_or_else(|| de::Error::custom("an unknown code"))
    }
}

/// An error, as rules and operations return it and as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// The code that clients branch on.
    pub code: Code,
    /// The message for a person, in the caller's language. Left out over the socket: its clients have their own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub message: String,
    /// Field path → what is wrong with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldFault>,
    /// Seconds to wait before the next try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// With 409: the present state of the thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Value>,
    /// The request that was refused, as the server's log names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Fault {
    /// A fault without words. The server adds them before it is sent, in the caller's language.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            message: String::new(),
            fields: BTreeMap::new(),
            retry_after_s: None,
            present: None,
            request_id: None,
        }
    }

    /// Adds a field and what is wrong with it.
    #[must_use]
    pub fn field(mut self, path: &str, why: impl Into<FieldFault>) -> Self {
        self.fields.insert(path.to_owned(), why.into());
        self
    }

    /// Adds the seconds to wait before the next try.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// [`Code::RateLimited`]: the caller may try again after `wait_ms`.
    #[must_use]
    pub fn rate_limited(wait_ms: i64) -> Self {
        let seconds = u32::try_from(wait_ms.saturating_add(999) / 1_000).unwrap_or(u32::MAX);
        Self::new(Code::RateLimited).retry_after_s(seconds.max(1))
    }

    /// Adds the present state of the thing.
    #[must_use]
    pub fn present(mut self, thing: &impl Serialize) -> Self {
        self.present = serde_json::to_value(thing).ok();
        self
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code.text())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests;
