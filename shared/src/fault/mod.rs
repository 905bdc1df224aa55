//! What can go wrong, as everyone is told it: a stable code, a message in the caller's language, a way out.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

pub use words::Language;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $en:literal, $ar:literal;)*) => {
        /// A stable code that clients branch on; never on the message. Snake case on the wire.
        ///
        /// Read and written by hand: what serde derives for so many names is a fiftieth of what a browser loads.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it is called here: `TicketStale`.
            const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }

            /// The HTTP status that carries it.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }

            /// What a person is told, in their language; nothing without the feature `messages`.
            #[must_use]
            pub const fn message(self, language: Language) -> &'static str {
                #[cfg(any(test, feature = "messages"))]
                return match language {
                    Language::En => match self { $(Self::$name => $en,)* },
                    Language::Ar => match self { $(Self::$name => $ar,)* },
                };
                #[cfg(not(any(test, feature = "messages")))]
                match (self, language) { _ => "" }
            }
        }
    };
}

codes! {
    /// The body, query or frame cannot be read; `fields` says where.
    Malformed = 400, "This request could not be read. Check the marked fields.", "تعذّرت قراءة هذا الطلب. راجع الحقول المحددة.";
    /// Well-formed, but a value is not allowed; `fields` says which.
    Invalid = 422, "Some details need correcting.", "بعض البيانات تحتاج إلى تصحيح.";
    /// No session, or one that has ended.
    SignedOut = 401, "Please sign in.", "يُرجى تسجيل الدخول.";
    /// The access token has run out; refresh it.
    TokenExpired = 401, "Your session needs renewing.", "يجب تجديد الجلسة.";
    /// The token is not ours, altered, or of another kind.
    TokenInvalid = 401, "This sign-in is not valid here. Please sign in again.", "تسجيل الدخول هذا غير صالح هنا. يُرجى تسجيل الدخول من جديد.";
    /// E-mail address and password do not match an account.
    CredentialsWrong = 401, "The e-mail address or password is not right.", "البريد الإلكتروني أو كلمة المرور غير صحيحة.";
    /// A spent refresh token came back: the whole family was ended.
    TokenReused = 401, "For your safety this session was ended. Please sign in again.", "حفاظًا على سلامتك أُنهيت هذه الجلسة. يُرجى تسجيل الدخول من جديد.";
    /// The role may never do this.
    Forbidden = 403, "Your role does not allow this.", "دورك لا يسمح بهذا الإجراء.";
    /// A browser request from an origin that is not allowed.
    OriginRefused = 403, "This page may not use this server.", "لا يُسمح لهذه الصفحة باستخدام هذا الخادم.";
    /// Not there, or not yours to know of.
    NotFound = 404, "This could not be found.", "تعذّر العثور على المطلوب.";
    /// The path exists, the method does not.
    MethodNotAllowed = 405, "This address does not take that method.", "هذا العنوان لا يقبل هذه الطريقة.";
    /// Nobody is waiting in the caller's queues.
    NobodyWaiting = 404, "Nobody is waiting.", "لا أحد في الانتظار.";
    /// The row changed since the caller saw it; `present` carries it as it is.
    VersionStale = 409, "This was changed meanwhile. Here is how it stands now.", "تغيّر هذا في الأثناء. إليك الحالة الحالية.";
    /// The ticket moved on since the caller saw it; `present` carries it as it is.
    TicketStale = 409, "This ticket has moved on meanwhile. Here is how it stands now.", "تغيّرت حالة هذه التذكرة في الأثناء. إليك حالتها الآن.";
    /// The step does not exist from the ticket's present state.
    TicketStepRefused = 409, "This step is not possible for the ticket as it is now.", "هذه الخطوة غير ممكنة للتذكرة في حالتها الحالية.";
    /// The patient already waits for this service; `present` carries that ticket.
    TicketActive = 409, "You already have a place in this queue.", "لديك مكان بالفعل في هذا الطابور.";
    /// The same idempotency key came with another body.
    IdempotencyMismatch = 409, "This request was already made with other details.", "سبق إرسال هذا الطلب ببيانات مختلفة.";
    /// A recall within 60 s of the last call.
    RecallTooSoon = 422, "The patient was called a moment ago. Please wait before calling again.", "تم النداء على المريض قبل لحظات. يُرجى الانتظار قبل النداء مجددًا.";
    /// Three calls were made; mark a no-show or park.
    RecallExhausted = 422, "This patient was called three times. Park the ticket or mark a no-show.", "تم النداء على هذا المريض ثلاث مرات. علّق التذكرة أو سجّل عدم الحضور.";
    /// Somebody else has called to the room, or sees somebody there.
    RoomInUse = 409, "Somebody else is using this room. Choose another.", "شخص آخر يستخدم هذه الغرفة. اختر غرفة أخرى.";
    /// Nobody is behind: stepping back changes nothing.
    NobodyBehind = 409, "Nobody is behind you: you keep your place.", "لا أحد خلفك: تحتفظ بمكانك.";
    /// More than two minutes have passed, or there is nothing to undo.
    UndoTooLate = 422, "This can no longer be undone.", "لم يعد التراجع ممكنًا.";
    /// The grace period for returning has passed.
    ReturnTooLate = 422, "The time to return to the queue has passed. Please take a new ticket.", "انتهت مهلة العودة إلى الطابور. يُرجى أخذ تذكرة جديدة.";
    /// The queue takes no more tickets today.
    QueueClosed = 422, "This queue is closed. Please ask at reception.", "هذا الطابور مغلق. يُرجى السؤال في الاستقبال.";
    /// Patients join only between the branch's opening hours.
    OutsideHours = 422, "This branch is closed at the moment. Please come back during its opening hours.", "هذا الفرع مغلق حاليًا. يُرجى العودة خلال ساعات العمل.";
    /// The branch gives its tickets at the branch alone.
    RemoteJoinOff = 422, "This branch gives tickets on site only. Please take one when you arrive.", "هذا الفرع يمنح التذاكر في الموقع فقط. يُرجى أخذ تذكرة عند وصولك.";
    /// Nobody who joined from home is known by this code, link, or phone and date of birth.
    CheckInUnknown = 404, "We found no ticket for this. Check it, take a new ticket, or ask for help.", "لم نجد تذكرة لهذه البيانات. راجعها أو خذ تذكرة جديدة أو اطلب المساعدة.";
    /// The printer is not there, off, or does not answer. Made by desktop apps, never sent by a server.
    PrinterGone = 503, "The printer does not answer. Your ticket was not printed.", "الطابعة لا تستجيب. لم تُطبع تذكرتك.";
    /// The printer has no paper. Made by desktop apps, never sent by a server.
    PaperOut = 503, "The printer is out of paper. Your ticket was not printed.", "نفد ورق الطابعة. لم تُطبع تذكرتك.";
    /// A ticket was not sealed to this server, or not by this kiosk.
    SealBroken = 422, "This ticket does not belong to this kiosk.", "هذه التذكرة لا تخص هذا الجهاز.";
    /// The queue is paused: nobody is called, joining goes on.
    QueuePaused = 422, "This queue is paused.", "هذا الطابور متوقف مؤقتًا.";
    /// The service is not given at this branch, or not without an appointment.
    ServiceUnavailable = 422, "This service is not offered here without an appointment.", "هذه الخدمة غير متاحة هنا دون موعد.";
    /// The doctor does not give this service at this branch.
    DoctorUnavailable = 422, "This doctor does not give this service here.", "هذا الطبيب لا يقدّم هذه الخدمة هنا.";
    /// The note is signed: add an addendum.
    NoteSigned = 409, "This note is signed and can no longer be changed. Write an addendum.", "هذه الملاحظة موقّعة ولا يمكن تعديلها. اكتب ملحقًا.";
    /// The ticket was of another day.
    TicketOver = 410, "This ticket was for another day. Please take a new one.", "كانت هذه التذكرة ليوم آخر. يُرجى أخذ تذكرة جديدة.";
    /// The ticket is of another branch.
    TicketElsewhere = 422, "This ticket is for another branch. Please go there, or take a new one here.", "هذه التذكرة لفرع آخر. يُرجى التوجه إليه أو أخذ تذكرة جديدة هنا.";
    /// The one-time code was used or has run out.
    CodeExpired = 410, "This code is no longer valid. Ask for a new one.", "لم يعد هذا الرمز صالحًا. اطلب رمزًا جديدًا.";
    /// Not the code that was sent; `fields.code` says how many tries are left.
    CodeWrong = 422, "This code is not right. Check it and try again.", "هذا الرمز غير صحيح. راجعه وحاول مجددًا.";
    /// Not the present password of whoever is signed in.
    PasswordWrong = 422, "This is not your present password.", "هذه ليست كلمة مرورك الحالية.";
    /// The password was right, and the second factor is still needed; `present` says how to go on.
    MfaRequired = 401, "Enter the code that your authenticator app shows.", "أدخل الرمز الظاهر في تطبيق المصادقة.";
    /// The second factor is on already.
    MfaOn = 409, "Your authenticator app is set up already.", "تطبيق المصادقة مُعدّ بالفعل.";
    /// The second factor is not on, or was not set up first.
    MfaOff = 409, "No authenticator app is set up.", "لم يُعدّ أي تطبيق مصادقة.";
    /// The clinic wants a second factor of whoever holds this role.
    MfaNeeded = 422, "Your clinic requires an authenticator app for your role.", "تشترط عيادتك تطبيق مصادقة لدورك.";
    /// The password is too short, too long, or one that is quickly guessed.
    PasswordWeak = 422, "This password is easily guessed. Choose a longer one, or several words.", "كلمة المرور هذه سهلة التخمين. اختر كلمة أطول أو عدة كلمات.";
    /// Somebody with this address is there already.
    AccountExists = 409, "Somebody with this address is there already.", "يوجد شخص بهذا العنوان بالفعل.";
    /// Another service has these letters.
    PrefixTaken = 409, "Another service has these letters already.", "هذه الحروف مستخدمة لخدمة أخرى.";
    /// Somebody who is there already looks like this patient; `present` shows who.
    PatientAlike = 409, "Somebody who is there already looks like this patient.", "يوجد شخص مسجّل يشبه هذا المريض.";
    /// One of the two was merged or removed already, or has others merged into them; `present` shows whom.
    PersonMerged = 409, "One of the two records was merged or removed already.", "أحد السجلين دُمج أو حُذف بالفعل.";
    /// Who would be merged has a place in a queue.
    PatientWaits = 409, "This patient is waiting at the moment. Merge the records after the visit.", "هذا المريض في الانتظار حاليًا. ادمج السجلين بعد الزيارة.";
    /// Only the other of the two can sign in: they have to be the one who stays.
    MergeOther = 422, "Keep the record of the two that can sign in.", "احتفظ بالسجل الذي يمكنه تسجيل الدخول.";
    /// The clinic would have no administrator left.
    LastAdmin = 422, "The clinic needs at least one administrator.", "تحتاج العيادة إلى مسؤول واحد على الأقل.";
    /// The device was removed by an administrator: it forgets everything, and does not come back.
    DeviceRevoked = 401, "This device was removed from the clinic.", "أُزيل هذا الجهاز من العيادة.";
    /// The device was told by an administrator to begin anew.
    DeviceRestart = 401, "This device is being restarted.", "جارٍ إعادة تشغيل هذا الجهاز.";
    /// The device was locked by an administrator, until they unlock it.
    DeviceLocked = 423, "This device was locked by your clinic. Ask an administrator to unlock it.", "قفلت عيادتك هذا الجهاز. اطلب من المسؤول فتحه.";
    /// The session is bound to a device's key, and nothing proves that this is the device.
    DeviceUnproven = 401, "This computer could not prove that it is the one that was set up. Please sign in again.", "لم يستطع هذا الحاسوب إثبات أنه الجهاز المُعدّ. يُرجى تسجيل الدخول من جديد.";
    /// The device's clock is more than 2 min off, or behind what it said before; `present.now` is the time to go by.
    ClockWrong = 401, "This computer's clock is wrong. Set it right and try again.", "ساعة هذا الحاسوب غير صحيحة. اضبطها ثم حاول مجددًا.";
    /// The clinic lets its staff work at enrolled devices alone.
    DeviceNeeded = 403, "Your clinic lets you work at its own devices only.", "تسمح عيادتك بالعمل على أجهزتها فقط.";
    /// The body or frame is larger than the limit.
    TooLarge = 413, "This is too large.", "الحجم كبير جدًا.";
    /// No picture of a kind that is taken, or one that does not read.
    PictureUnread = 422, "This is not a picture that can be read. Choose a JPEG, PNG or WebP.", "تعذّرت قراءة هذه الصورة. اختر صورة بصيغة JPEG أو PNG أو WebP.";
    /// The body is not JSON.
    UnsupportedMedia = 415, "This server expects JSON.", "يتوقع الخادم بيانات بصيغة JSON.";
    /// Too many requests; `retry_after_s` says when to come back.
    RateLimited = 429, "Too many requests. Please wait a moment.", "طلبات كثيرة جدًا. يُرجى الانتظار قليلًا.";
    /// A socket spoke no version of the protocol that is served.
    ProtocolUnsupported = 426, "This program is too old for the server. Please update it.", "هذا البرنامج أقدم من الخادم. يُرجى تحديثه.";
    /// A socket did not open with `hello`, or not in time.
    HelloExpected = 400, "The connection did not introduce itself.", "لم يعرّف الاتصال بنفسه.";
    /// A frame that is not of the protocol.
    FrameMalformed = 400, "A message could not be read.", "تعذّرت قراءة رسالة.";
    /// The intent's name is unknown to this server.
    IntentUnknown = 422, "This server does not know that action. Please update it.", "لا يعرف هذا الخادم ذلك الإجراء. يُرجى تحديثه.";
    /// A feature is switched off or not set up.
    SwitchedOff = 503, "This is switched off.", "هذه الميزة غير مفعّلة.";
    /// Too much at once; come back shortly.
    Overloaded = 503, "The server is busy. Please try again shortly.", "الخادم مشغول. يُرجى المحاولة بعد قليل.";
    /// No connection to the server. Made by clients, never sent by a server.
    Offline = 503, "No connection to the server.", "لا يوجد اتصال بالخادم.";
    /// Without the network a doctor's own patients alone are called. Made by desktop apps, never sent by a server.
    OfflineOnlyOwn = 503, "Without a connection you can call only patients who asked for you by name.", "دون اتصال يمكنك النداء فقط على من طلبك بالاسم.";
    /// This computer's keyring is locked, failing or missing. Made by desktop apps, never sent by a server.
    KeyringLocked = 503, "This computer's keyring cannot be opened. Unlock it and try again.", "تعذّر فتح مخزن مفاتيح هذا الحاسوب. افتح قفله ثم حاول مجددًا.";
    /// The screen is locked until its owner's password comes. Made by clients.
    ScreenLocked = 423, "This screen is locked.", "هذه الشاشة مقفلة.";
    /// The key of what is kept on this computer is gone from its keyring. Made by desktop apps.
    KeyLost = 503, "The key to the notes kept on this computer is gone. Ask your administrator before anything is removed.", "فُقد مفتاح الملاحظات المحفوظة على هذا الحاسوب. اسأل المسؤول قبل إزالة أي شيء.";
    /// Something broke on our side; it is logged there and never told here.
    Internal = 500, "Something went wrong on our side. Nothing was changed.", "حدث خطأ من جانبنا. لم يتغيّر شيء.";
}

impl Code {
    /// The code as it stands on the wire: `ticket_stale`.
    #[must_use]
    pub fn text(self) -> String {
        let mut text = String::with_capacity(24);
        for (n, letter) in self.name().chars().enumerate() {
            if letter.is_ascii_uppercase() && n > 0 {
                text.push('_');
            }
            text.push(letter.to_ascii_lowercase());
        }
        text
    }
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

/// An error as it stands on the wire, and as rules and operations return it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// What clients branch on.
    pub code: Code,
    /// What a person is told, in the caller's language.
    pub message: String,
    /// Field path → what is wrong with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Seconds after which to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// With 409: the thing as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Value>,
}

impl Fault {
    /// A fault with the English message of its code; [`Fault::in_language`] changes it at the edge.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            message: code.message(Language::En).to_owned(),
            fields: BTreeMap::new(),
            retry_after_s: None,
            present: None,
        }
    }

    /// Names a field and what is wrong with it.
    #[must_use]
    pub fn field(mut self, path: &str, why: &str) -> Self {
        self.fields.insert(path.to_owned(), why.to_owned());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Too many: to be tried again after these milliseconds.
    #[must_use]
    pub fn rate_limited(wait_ms: i64) -> Self {
        let seconds = u32::try_from(wait_ms.saturating_add(999) / 1_000).unwrap_or(u32::MAX);
        Self::new(Code::RateLimited).retry_after_s(seconds.max(1))
    }

    /// Carries the thing as it is now.
    #[must_use]
    pub fn present(mut self, thing: &impl Serialize) -> Self {
        self.present = serde_json::to_value(thing).ok();
        self
    }

    /// The same fault with its message in another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.code.message(language).clone_into(&mut self.message);
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
        write!(f, "{}: {}", self.code.text(), self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests;
