//! What can go wrong, as clients and people are told it: a stable code, a message in the caller's language, a way
//! out.

mod fields;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

pub use words::Language;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $en:literal, $ar:literal, $hi:literal;)*) => {
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

            /// Its name in Rust: `TicketStale`.
            const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }

            /// The HTTP status of the answer.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }

            /// The message for a person, in their language; empty without the feature `messages`.
            #[must_use]
            pub const fn message(self, language: Language) -> &'static str {
                #[cfg(any(test, feature = "messages"))]
                return match language {
                    Language::En => match self { $(Self::$name => $en,)* },
                    Language::Ar => match self { $(Self::$name => $ar,)* },
                    Language::Hi => match self { $(Self::$name => $hi,)* },
                };
                #[cfg(not(any(test, feature = "messages")))]
                match (self, language) { _ => "" }
            }
        }
    };
}

codes! {
    /// The body, query or frame cannot be read; `fields` says where.
    Malformed = 400, "This request could not be read. Check the marked fields.", "تعذّرت قراءة هذا الطلب. راجع الحقول المحددة.", "यह अनुरोध पढ़ा नहीं जा सका। चिह्नित जगहों को देखें।";
    /// Well-formed, but a value is not allowed; `fields` says which.
    Invalid = 422, "Some details need correcting.", "بعض البيانات تحتاج إلى تصحيح.", "कुछ जानकारी ठीक करनी है।";
    /// No session, or one that has ended.
    SignedOut = 401, "Please sign in.", "يُرجى تسجيل الدخول.", "कृपया साइन इन करें।";
    /// The access token has run out; refresh it.
    TokenExpired = 401, "Your session needs renewing.", "يجب تجديد الجلسة.", "आपके सत्र का नवीनीकरण ज़रूरी है।";
    /// The token was not issued by this server, was altered, or is of another kind.
    TokenInvalid = 401, "This sign-in is not valid here. Please sign in again.", "تسجيل الدخول هذا غير صالح هنا. يُرجى تسجيل الدخول من جديد.", "यह साइन-इन यहाँ मान्य नहीं है। कृपया फिर से साइन इन करें।";
    /// E-mail address and password do not match an account.
    CredentialsWrong = 401, "The e-mail address or password is not right.", "البريد الإلكتروني أو كلمة المرور غير صحيحة.", "ई-मेल पता या पासवर्ड सही नहीं है।";
    /// A spent refresh token was used again: all tokens that descend from the same sign-in were ended.
    TokenReused = 401, "For your safety this session was ended. Please sign in again.", "حفاظًا على سلامتك أُنهيت هذه الجلسة. يُرجى تسجيل الدخول من جديد.", "आपकी सुरक्षा के लिए यह सत्र बंद कर दिया गया। कृपया फिर से साइन इन करें।";
    /// The role may never do this.
    Forbidden = 403, "Your role does not allow this.", "دورك لا يسمح بهذا الإجراء.", "आपकी भूमिका में इसकी अनुमति नहीं है।";
    /// The caller has to confirm their identity (`POST /users/me/confirm`) and send the proof with the call.
    /// `present.code` says whether they need a code beside the password.
    ConfirmNeeded = 403, "Confirm it's you to continue.", "أكّد هويتك للمتابعة.", "जारी रखने के लिए अपनी पहचान की पुष्टि करें।";
    /// A browser request from an origin that is not allowed.
    OriginRefused = 403, "This page may not use this server.", "لا يُسمح لهذه الصفحة باستخدام هذا الخادم.", "यह पेज इस सर्वर का उपयोग नहीं कर सकता।";
    /// It does not exist, or the caller may not know that it exists.
    NotFound = 404, "This could not be found.", "تعذّر العثور على المطلوب.", "यह नहीं मिला।";
    /// The path exists, the method does not.
    MethodNotAllowed = 405, "This address does not take that method.", "هذا العنوان لا يقبل هذه الطريقة.", "यह पता इस तरीके को स्वीकार नहीं करता।";
    /// Nobody is waiting in the caller's queues.
    NobodyWaiting = 404, "Nobody is waiting.", "لا أحد في الانتظار.", "कोई प्रतीक्षा में नहीं है।";
    /// The row changed since the caller saw it; `present` carries its present state.
    VersionStale = 409, "This was changed meanwhile. Here is how it stands now.", "تغيّر هذا في الأثناء. إليك الحالة الحالية.", "इस बीच इसमें बदलाव हुआ है। अब की स्थिति यह है।";
    /// The ticket changed since the caller saw it; `present` carries its present state.
    TicketStale = 409, "This ticket has moved on meanwhile. Here is how it stands now.", "تغيّرت حالة هذه التذكرة في الأثناء. إليك حالتها الآن.", "इस बीच इस टिकट की स्थिति बदल गई है। अब की स्थिति यह है।";
    /// The ticket's present state does not allow this step.
    TicketStepRefused = 409, "This step is not possible for the ticket as it is now.", "هذه الخطوة غير ممكنة للتذكرة في حالتها الحالية.", "टिकट की अभी की स्थिति में यह कदम संभव नहीं है।";
    /// The patient already waits for this service; `present` carries that ticket.
    TicketActive = 409, "You already have a place in this queue.", "لديك مكان بالفعل في هذا الطابور.", "इस कतार में आपकी जगह पहले से है।";
    /// The same idempotency key came with another body.
    IdempotencyMismatch = 409, "This request was already made with other details.", "سبق إرسال هذا الطلب ببيانات مختلفة.", "यह अनुरोध पहले अलग जानकारी के साथ किया जा चुका है।";
    /// The time between two calls (`recall_after_s`, 60 s by default) has not passed yet.
    RecallTooSoon = 422, "The patient was called a moment ago. Please wait before calling again.", "تم النداء على المريض قبل لحظات. يُرجى الانتظار قبل النداء مجددًا.", "मरीज़ को अभी-अभी बुलाया गया था। दोबारा बुलाने से पहले थोड़ा रुकें।";
    /// The patient was called as often as the branch allows (3 times by default). Mark a no-show, or park the ticket.
    RecallExhausted = 422, "This patient was called three times. Park the ticket or mark a no-show.", "تم النداء على هذا المريض ثلاث مرات. علّق التذكرة أو سجّل عدم الحضور.", "इस मरीज़ को तीन बार बुलाया जा चुका है। टिकट अलग रखें या अनुपस्थित दर्ज करें।";
    /// Another doctor has called a patient to this room, or sees one there.
    RoomInUse = 409, "Somebody else is using this room. Choose another.", "شخص آخر يستخدم هذه الغرفة. اختر غرفة أخرى.", "कोई और इस कमरे का उपयोग कर रहा है। दूसरा कमरा चुनें।";
    /// No ticket is behind this one, so stepping back would change nothing.
    NobodyBehind = 409, "Nobody is behind you: you keep your place.", "لا أحد خلفك: تحتفظ بمكانك.", "आपके पीछे कोई नहीं है: आपकी जगह वही रहेगी।";
    /// The time to undo the step has passed (`undo_s`, 2 minutes by default), or there is nothing to undo.
    UndoTooLate = 422, "This can no longer be undone.", "لم يعد التراجع ممكنًا.", "अब इसे वापस नहीं लिया जा सकता।";
    /// The grace period for returning has passed.
    ReturnTooLate = 422, "The time to return to the queue has passed. Please take a new ticket.", "انتهت مهلة العودة إلى الطابور. يُرجى أخذ تذكرة جديدة.", "कतार में लौटने का समय बीत चुका है। कृपया नया टिकट लें।";
    /// The queue takes no more tickets today.
    QueueClosed = 422, "This queue is closed. Please ask at reception.", "هذا الطابور مغلق. يُرجى السؤال في الاستقبال.", "यह कतार बंद है। कृपया रिसेप्शन पर पूछें।";
    /// Patients can join only within the branch's opening hours.
    OutsideHours = 422, "This branch is closed at the moment. Please come back during its opening hours.", "هذا الفرع مغلق حاليًا. يُرجى العودة خلال ساعات العمل.", "यह शाखा अभी बंद है। कृपया खुलने के समय पर आएँ।";
    /// The branch gives tickets only on site.
    RemoteJoinOff = 422, "This branch gives tickets on site only. Please take one when you arrive.", "هذا الفرع يمنح التذاكر في الموقع فقط. يُرجى أخذ تذكرة عند وصولك.", "यह शाखा टिकट केवल शाखा में ही देती है। पहुँचकर टिकट लें।";
    /// No patient who joined from home fits this code, link, or phone and date of birth.
    CheckInUnknown = 404, "We found no ticket for this. Check it, take a new ticket, or ask for help.", "لم نجد تذكرة لهذه البيانات. راجعها أو خذ تذكرة جديدة أو اطلب المساعدة.", "इस जानकारी से कोई टिकट नहीं मिला। जाँच लें, नया टिकट लें, या सहायता माँगें।";
    /// Tickets of several people fit what was entered at a kiosk. `present` has their labels; the next call names in
    /// `labels` the people who are here.
    CheckInWhich = 409, "Several tickets fit. Choose those that are here.", "تطابقت عدة تذاكر. اختر تذاكر الحاضرين.", "कई टिकट मिले। जो लोग यहाँ हैं उनके टिकट चुनें।";
    /// The printer is absent, switched off, or does not answer. Only desktop apps make this code.
    PrinterGone = 503, "The printer does not answer. Your ticket was not printed.", "الطابعة لا تستجيب. لم تُطبع تذكرتك.", "प्रिंटर जवाब नहीं दे रहा। आपका टिकट नहीं छपा।";
    /// The printer has no paper. Only desktop apps make this code.
    PaperOut = 503, "The printer is out of paper. Your ticket was not printed.", "نفد ورق الطابعة. لم تُطبع تذكرتك.", "प्रिंटर में काग़ज़ ख़त्म है। आपका टिकट नहीं छपा।";
    /// The ticket was not sealed to this server, or not by this kiosk.
    SealBroken = 422, "This ticket does not belong to this kiosk.", "هذه التذكرة لا تخص هذا الجهاز.", "यह टिकट इस मशीन का नहीं है।";
    /// The queue is paused: nobody can be called, but patients can join.
    QueuePaused = 422, "This queue is paused.", "هذا الطابور متوقف مؤقتًا.", "यह कतार अभी रुकी हुई है।";
    /// This branch does not give the service, or not without an appointment.
    ServiceUnavailable = 422, "This service is not offered here without an appointment.", "هذه الخدمة غير متاحة هنا دون موعد.", "यह सेवा यहाँ बिना अपॉइंटमेंट के नहीं मिलती।";
    /// The doctor does not give this service at this branch.
    DoctorUnavailable = 422, "This doctor does not give this service here.", "هذا الطبيب لا يقدّم هذه الخدمة هنا.", "यह डॉक्टर यहाँ यह सेवा नहीं देते।";
    /// The note is signed: add an addendum.
    NoteSigned = 409, "This note is signed and can no longer be changed. Write an addendum.", "هذه الملاحظة موقّعة ولا يمكن تعديلها. اكتب ملحقًا.", "इस नोट पर हस्ताक्षर हो चुके हैं, इसे बदला नहीं जा सकता। परिशिष्ट लिखें।";
    /// The ticket was for another day.
    TicketOver = 410, "This ticket was for another day. Please take a new one.", "كانت هذه التذكرة ليوم آخر. يُرجى أخذ تذكرة جديدة.", "यह टिकट किसी और दिन का था। कृपया नया टिकट लें।";
    /// The ticket is for another branch.
    TicketElsewhere = 422, "This ticket is for another branch. Please go there, or take a new one here.", "هذه التذكرة لفرع آخر. يُرجى التوجه إليه أو أخذ تذكرة جديدة هنا.", "यह टिकट दूसरी शाखा का है। कृपया वहाँ जाएँ, या यहाँ नया टिकट लें।";
    /// The one-time code was used or has run out.
    CodeExpired = 410, "This code is no longer valid. Ask for a new one.", "لم يعد هذا الرمز صالحًا. اطلب رمزًا جديدًا.", "यह कोड अब मान्य नहीं है। नया कोड माँगें।";
    /// The code is not the one that was sent; `fields.code` says how many tries are left.
    CodeWrong = 422, "This code is not right. Check it and try again.", "هذا الرمز غير صحيح. راجعه وحاول مجددًا.", "यह कोड सही नहीं है। जाँचकर फिर कोशिश करें।";
    /// This is not the present password of the signed-in person.
    PasswordWrong = 422, "This is not your present password.", "هذه ليست كلمة مرورك الحالية.", "यह आपका मौजूदा पासवर्ड नहीं है।";
    /// The password is right, but the second factor is missing; `present` says how to go on.
    MfaRequired = 401, "Enter the code that your authenticator app shows.", "أدخل الرمز الظاهر في تطبيق المصادقة.", "अपने ऑथेंटिकेटर ऐप में दिख रहा कोड डालें।";
    /// The second factor is on already.
    MfaOn = 409, "Your authenticator app is set up already.", "تطبيق المصادقة مُعدّ بالفعل.", "आपका ऑथेंटिकेटर ऐप पहले से सेट है।";
    /// The second factor is not switched on, or was not set up first.
    MfaOff = 409, "No authenticator app is set up.", "لم يُعدّ أي تطبيق مصادقة.", "कोई ऑथेंटिकेटर ऐप सेट नहीं है।";
    /// The clinic requires a second factor for the caller's role.
    MfaNeeded = 422, "Your clinic requires an authenticator app for your role.", "تشترط عيادتك تطبيق مصادقة لدورك.", "आपकी भूमिका के लिए क्लिनिक ऑथेंटिकेटर ऐप माँगता है।";
    /// The password is too short, too long, or easy to guess.
    PasswordWeak = 422, "This password is easily guessed. Choose a longer one, or several words.", "كلمة المرور هذه سهلة التخمين. اختر كلمة أطول أو عدة كلمات.", "इस पासवर्ड का अनुमान आसान है। लंबा पासवर्ड या कई शब्द चुनें।";
    /// An account with this address exists already.
    AccountExists = 409, "Somebody with this address is there already.", "يوجد شخص بهذا العنوان بالفعل.", "इस पते वाला कोई पहले से मौजूद है।";
    /// Another service has these letters.
    PrefixTaken = 409, "Another service has these letters already.", "هذه الحروف مستخدمة لخدمة أخرى.", "ये अक्षर पहले से किसी और सेवा के हैं।";
    /// A registered patient looks like this one; `present` shows who.
    PatientAlike = 409, "Somebody who is there already looks like this patient.", "يوجد شخص مسجّل يشبه هذا المريض.", "इस मरीज़ जैसा कोई पहले से दर्ज है।";
    /// One of the two records was merged or removed already, or other records were merged into it; `present` shows
    /// which.
    PersonMerged = 409, "One of the two records was merged or removed already.", "أحد السجلين دُمج أو حُذف بالفعل.", "दोनों में से एक रिकॉर्ड पहले ही मिलाया या हटाया जा चुका है।";
    /// A person enters their date of birth once, where none is known; a correction is reception's.
    BirthDateKnown = 409, "Your date of birth is on record already. To correct it, please ask reception.", "تاريخ ميلادك مسجّل بالفعل. لتصحيحه يُرجى سؤال الاستقبال.", "आपकी जन्म तिथि पहले से दर्ज है। उसे ठीक कराने के लिए रिसेप्शन पर पूछें।";
    /// The patient whose record would be merged away has a place in a queue.
    PatientWaits = 409, "This patient is waiting at the moment. Merge the records after the visit.", "هذا المريض في الانتظار حاليًا. ادمج السجلين بعد الزيارة.", "यह मरीज़ अभी प्रतीक्षा में है। मुलाक़ात के बाद रिकॉर्ड मिलाएँ।";
    /// Only the other record can sign in, so that record has to be the one that stays.
    MergeOther = 422, "Keep the record of the two that can sign in.", "احتفظ بالسجل الذي يمكنه تسجيل الدخول.", "वह रिकॉर्ड रखें जिससे साइन इन किया जा सकता है।";
    /// The merge would open a chart to an account, and there is no proof that both records are one person.
    IdentityUnproven = 422, "This would open a chart to an account. Send a code to a confirmed contact of the record, or check the person's identity.", "سيفتح هذا ملفًا طبيًا لحساب آخر. أرسل رمزًا إلى جهة اتصال مؤكدة في السجل أو تحقق من هوية الشخص.", "इससे एक खाते को किसी का मेडिकल रिकॉर्ड दिखेगा। रिकॉर्ड के पुष्ट संपर्क पर कोड भेजें या व्यक्ति की पहचान जाँचें।";
    /// The clinic sends no texts to the country of this number (`sms.countries`).
    CountryUnserved = 422, "We cannot send texts to numbers of this country. Use an e-mail address.", "لا يمكننا إرسال رسائل نصية إلى أرقام هذا البلد. استخدم بريدًا إلكترونيًا.", "हम इस देश के नंबरों पर संदेश नहीं भेज सकते। ई-मेल पता दें।";
    /// The change would leave the clinic without an administrator.
    LastAdmin = 422, "The clinic needs at least one administrator.", "تحتاج العيادة إلى مسؤول واحد على الأقل.", "क्लिनिक में कम से कम एक प्रशासक होना चाहिए।";
    /// An administrator removed the device: it erases everything, and cannot come back.
    DeviceRevoked = 401, "This device was removed from the clinic.", "أُزيل هذا الجهاز من العيادة.", "यह उपकरण क्लिनिक से हटा दिया गया है।";
    /// An administrator told the device to start anew.
    DeviceRestart = 401, "This device is being restarted.", "جارٍ إعادة تشغيل هذا الجهاز.", "यह उपकरण फिर से शुरू हो रहा है।";
    /// An administrator locked the device; it stays locked until an administrator unlocks it.
    DeviceLocked = 423, "This device was locked by your clinic. Ask an administrator to unlock it.", "قفلت عيادتك هذا الجهاز. اطلب من المسؤول فتحه.", "क्लिनिक ने यह उपकरण लॉक किया है। प्रशासक से इसे खोलने को कहें।";
    /// The session is bound to a device's key, and the request does not prove that it comes from this device.
    DeviceUnproven = 401, "This computer could not prove that it is the one that was set up. Please sign in again.", "لم يستطع هذا الحاسوب إثبات أنه الجهاز المُعدّ. يُرجى تسجيل الدخول من جديد.", "यह कंप्यूटर साबित नहीं कर सका कि यह वही है जिसे सेट किया गया था। कृपया फिर से साइन इन करें।";
    /// The device's clock is more than 2 min off, or behind a time that it reported before. `present.now` is the
    /// server's time.
    ClockWrong = 401, "This computer's clock is wrong. Set it right and try again.", "ساعة هذا الحاسوب غير صحيحة. اضبطها ثم حاول مجددًا.", "इस कंप्यूटर की घड़ी ग़लत है। ठीक करके फिर कोशिश करें।";
    /// The clinic allows its staff to work only at enrolled devices.
    DeviceNeeded = 403, "Your clinic lets you work at its own devices only.", "تسمح عيادتك بالعمل على أجهزتها فقط.", "आपका क्लिनिक केवल अपने उपकरणों पर काम करने देता है।";
    /// The body or frame is larger than the limit.
    TooLarge = 413, "This is too large.", "الحجم كبير جدًا.", "यह बहुत बड़ा है।";
    /// The file is not a picture of a supported kind, or cannot be decoded.
    PictureUnread = 422, "This is not a picture that can be read. Choose a JPEG, PNG or WebP.", "تعذّرت قراءة هذه الصورة. اختر صورة بصيغة JPEG أو PNG أو WebP.", "यह तस्वीर पढ़ी नहीं जा सकी। JPEG, PNG या WebP चुनें।";
    /// The picture's header names more pixels than the limit: 24 million in all, 12,000 a side.
    PictureLarge = 422, "This picture has too many pixels: at most 24 million are read. Choose a smaller one.", "دقة هذه الصورة أكبر من المسموح: 24 مليون بكسل على الأكثر. اختر صورة أصغر.", "इस तस्वीर में बहुत अधिक पिक्सेल हैं: ज़्यादा से ज़्यादा 2.4 करोड़। छोटी तस्वीर चुनें।";
    /// The request body did not arrive in time.
    RequestSlow = 408, "The request took too long to arrive. Check your connection and try again.", "استغرق وصول الطلب وقتًا طويلًا. تحقق من الاتصال ثم حاول مجددًا.", "अनुरोध पहुँचने में बहुत समय लगा। कनेक्शन जाँचकर फिर कोशिश करें।";
    /// The body is not JSON.
    UnsupportedMedia = 415, "This server expects JSON.", "يتوقع الخادم بيانات بصيغة JSON.", "यह सर्वर JSON चाहता है।";
    /// Too many requests; `retry_after_s` says when to come back.
    RateLimited = 429, "Too many requests. Please wait a moment.", "طلبات كثيرة جدًا. يُرجى الانتظار قليلًا.", "बहुत अधिक अनुरोध। कृपया थोड़ा रुकें।";
    /// The client speaks no version of the socket protocol that the server supports.
    ProtocolUnsupported = 426, "This program is too old for the server. Please update it.", "هذا البرنامج أقدم من الخادم. يُرجى تحديثه.", "यह प्रोग्राम सर्वर के लिए बहुत पुराना है। कृपया इसे अपडेट करें।";
    /// The socket's first frame was not `hello`, or came too late.
    HelloExpected = 400, "The connection did not introduce itself.", "لم يعرّف الاتصال بنفسه.", "कनेक्शन ने अपना परिचय नहीं दिया।";
    /// The frame does not follow the protocol.
    FrameMalformed = 400, "A message could not be read.", "تعذّرت قراءة رسالة.", "एक संदेश पढ़ा नहीं जा सका।";
    /// This server does not know an intent of this name.
    IntentUnknown = 422, "This server does not know that action. Please update it.", "لا يعرف هذا الخادم ذلك الإجراء. يُرجى تحديثه.", "यह सर्वर उस कार्य को नहीं जानता। कृपया इसे अपडेट करें।";
    /// A feature is switched off or not set up.
    SwitchedOff = 503, "This is switched off.", "هذه الميزة غير مفعّلة.", "यह सुविधा बंद है।";
    /// The server has too much to do; try again shortly.
    Overloaded = 503, "The server is busy. Please try again shortly.", "الخادم مشغول. يُرجى المحاولة بعد قليل.", "सर्वर व्यस्त है। कृपया थोड़ी देर में कोशिश करें।";
    /// No connection to the server. Only clients make this code.
    Offline = 503, "No connection to the server.", "لا يوجد اتصال بالخادم.", "सर्वर से संपर्क नहीं है।";
    /// The server's address is not encrypted. Only desktop apps make this code.
    ServerInsecure = 400, "This app connects only to an address that begins with https://. Ask your administrator to correct the server's address (MEDLANE_SERVER).", "لا يتصل هذا التطبيق إلا بعنوان يبدأ بـ https://. اطلب من المسؤول تصحيح عنوان الخادم (MEDLANE_SERVER).", "यह ऐप केवल https:// से शुरू होने वाले पते से जुड़ता है। प्रशासक से सर्वर का पता (MEDLANE_SERVER) ठीक करने को कहें।";
    /// The server's address redirects to another one, which the app does not follow. Only desktop apps make this
    /// code.
    ServerElsewhere = 502, "The server's address leads elsewhere, and this app does not follow. Ask your administrator to correct it (MEDLANE_SERVER).", "عنوان الخادم يحيل إلى عنوان آخر، وهذا التطبيق لا يتبعه. اطلب من المسؤول تصحيحه (MEDLANE_SERVER).", "सर्वर का पता कहीं और भेजता है, और यह ऐप वहाँ नहीं जाता। प्रशासक से इसे ठीक करने को कहें (MEDLANE_SERVER)।";
    /// Without the network a doctor can call only their own patients. Only desktop apps make this code.
    OfflineOnlyOwn = 503, "Without a connection you can call only patients who asked for you by name.", "دون اتصال يمكنك النداء فقط على من طلبك بالاسم.", "बिना संपर्क के केवल उन्हीं मरीज़ों को बुलाया जा सकता है जिन्होंने आपका नाम लेकर समय माँगा।";
    /// This computer's keyring is locked, failing or missing. Only desktop apps make this code.
    KeyringLocked = 503, "This computer's keyring cannot be opened. Unlock it and try again.", "تعذّر فتح مخزن مفاتيح هذا الحاسوب. افتح قفله ثم حاول مجددًا.", "इस कंप्यूटर का की-रिंग नहीं खुल रहा। उसे खोलकर फिर कोशिश करें।";
    /// The screen is locked until its owner enters their password. Only clients make this code.
    ScreenLocked = 423, "This screen is locked.", "هذه الشاشة مقفلة.", "यह स्क्रीन लॉक है।";
    /// The keyring has lost the key of the data kept on this computer. Only desktop apps make this code.
    KeyLost = 503, "The key to the notes kept on this computer is gone. Ask your administrator before anything is removed.", "فُقد مفتاح الملاحظات المحفوظة على هذا الحاسوب. اسأل المسؤول قبل إزالة أي شيء.", "इस कंप्यूटर पर रखे नोटों की कुंजी खो गई है। कुछ भी हटाने से पहले प्रशासक से पूछें।";
    /// An unexpected error on our side. It is logged there, and its details are never sent.
    Internal = 500, "Something went wrong on our side. Nothing was changed.", "حدث خطأ من جانبنا. لم يتغيّر شيء.", "हमारी ओर से कुछ गड़बड़ हुई। कुछ भी नहीं बदला।";
}

impl Code {
    /// The code on the wire: `ticket_stale`.
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

/// An error, as rules and operations return it and as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// The code that clients branch on.
    pub code: Code,
    /// The message for a person, in the caller's language.
    pub message: String,
    /// Field path → what is wrong with it; in the caller's language if a person can make the mistake.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Seconds to wait before the next try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// With 409: the present state of the thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Value>,
}

impl Fault {
    /// A fault with the English message of its code. [`Fault::in_language`] translates it before it is sent.
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

    /// Adds a field and what is wrong with it.
    #[must_use]
    pub fn field(mut self, path: &str, why: &str) -> Self {
        self.fields.insert(path.to_owned(), why.to_owned());
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

    /// The same fault, with its message and its field texts in another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.code.message(language).clone_into(&mut self.message);
        for why in self.fields.values_mut() {
            *why = fields::said_in(language, why);
        }
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
