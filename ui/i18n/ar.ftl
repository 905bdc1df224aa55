language-name = العربية
language-direction = rtl
# الإطار
companion = زيارتك
workstation = محطة عمل الطبيب
console = إدارة العيادة
kiosk = جهاز الخدمة الذاتية
board = شاشة غرفة الانتظار
skip = انتقل إلى المحتوى
page-not-found = لا توجد صفحة بهذا العنوان
page-start = الانتقال إلى صفحة البداية
sign-in = تسجيل الدخول
sign-out = تسجيل الخروج
password = كلمة المرور
loading = جارٍ التحميل
load-failed = تعذّر تحميل هذه الصفحة.
try-again = حاول مرة أخرى
offline-notice = لا يوجد اتصال. قد لا يكون ما تراه محدَّثًا. تجري إعادة الاتصال…
hello = مرحبًا، { $name }
back = رجوع
more = عرض المزيد
nobody = لا أحد
no-name = زائر دون اسم
branch = الفرع
room = الغرفة
nothing-yet = لا شيء بعد
nothing-found = لم يُعثر على شيء

# الأوقات
wait-range =
    { $low }–{ $high } { $high ->
        [few] دقائق
       *[other] دقيقة
    }
minutes =
    { $n ->
        [one] دقيقة واحدة
        [two] دقيقتان
        [few] { $n } دقائق
       *[other] { $n } دقيقة
    }
hours = { $n } س
hours-minutes = { $h } س { $m } د
wait-hours = { $low } – { $high }
# How dates and times are written: a locale of the browser's Intl.
dates = ar-u-ca-gregory-nu-latn

# التذاكر
your-ticket = تذكرتك
your-turn = حان دورك: يُرجى التوجه إلى الاستقبال
come-to-reception = يُرجى التوجه إلى الاستقبال
go-to = يُرجى التوجه إلى { $room }
position = مكانك في الطابور
waiting-time = وقت الانتظار
wait-hint = يبدأ معظم المرضى زيارتهم خلال هذا الوقت. إذا انقضى فاسأل في الاستقبال.
state-waiting = في الانتظار
state-called = نودي
state-serving = عند الطبيب
state-parked = معلّقة
state-done = اكتملت
state-no_show = لم يحضر
state-cancelled = ملغاة
now-waiting = أنت في الطابور.
now-called = حان دورك.
now-serving = أنت عند الطبيب الآن.
now-parked = عُلّقت تذكرتك مؤقتًا مع حفظ وقت انتظارك. يُرجى السؤال في الاستقبال.
now-done = انتهت زيارتك. نتمنى لك الشفاء.
now-no_show = فاتك نداؤك. إن كنت هنا فأخبرنا الآن أو اسأل الاستقبال: يمكنك العودة خلال فترة قصيرة.
now-no_show-late = فاتك نداؤك. يُرجى السؤال في الاستقبال.
now-cancelled = أُلغيت هذه التذكرة ولن يُنادى عليها. إن كان ذلك خطأً فيُرجى سؤال الاستقبال.
give-up = مغادرة الطابور
give-up-sure = ستفقد مكانك. هل تغادر الطابور؟
keep-place = البقاء في الطابور

# الانضمام
join-title = الانضمام إلى طابور
join-where = أي فرع؟
door-closed = لا يستقبل الطابور تذاكر أخرى اليوم. يُرجى السؤال في الاستقبال.
joined = أنت في الطابور
reason-for-visit = ما سبب زيارتك؟
reason-for-visit-hint = لا يقرأ هذا إلا طبيبك. يمكنك تركه فارغًا.
join = احجز مكاني في الطابور

# الطابور
call-next = نداء التالي
waiting = في الانتظار
called = نودي عليهم
serving = عند الطبيب
parked = معلّقون
ended = انتهوا للتو
seen = اكتملت اليوم
mean-wait = متوسط الانتظار
mean-service = متوسط الزيارة
priority-emergency = طارئ
priority-urgent = عاجل
similar-name = اسم مشابه
age-years =
    { $n ->
        [one] سنة
        [two] سنتان
        [few] { $n } سنوات
       *[other] { $n } سنة
    }
age-months =
    { $n ->
        [zero] أقل من شهر
        [one] شهر
        [two] شهران
        [few] { $n } أشهر
       *[other] { $n } شهرًا
    }
born = مواليد { $day }
record-number = رقم الملف { $number }
record-number-was = رقم الملف السابق { $number }
gender = الجنس
gender-none = غير محدد
gender-male = ذكر
gender-female = أنثى
gender-other = آخر
gender-unknown = غير معروف
suggested = يقول المريض: { $class }
earlier-day = تذكرة يوم { $day }
place-of = { $n } من { $of }
place-now = الأولوية: الآن { $n } من { $of } في { $service }
placed = { $label } الآن { $class }: من { $before } إلى { $n } من { $of } في { $service }.
ask-who = هل تنادي هذا المريض بالتذكرة { $label }؟
ask-who-hint = يوجد هنا شخص آخر باسم مشابه. تأكد من تاريخ الميلاد أو رقم الملف مع المريض.
ask-who-yes = نعم، نادِ
ask-who-serve = هل تبدأ زيارة هذا المريض، { $label }؟
ask-who-serve-yes = نعم، ابدأ
notes-pending =
    { $n ->
        [one] ملاحظة واحدة محفوظة على هذا الحاسوب ولم تصل إلى العيادة بعد.
        [two] ملاحظتان محفوظتان على هذا الحاسوب ولم تصلا إلى العيادة بعد.
        [few] { $n } ملاحظات محفوظة على هذا الحاسوب ولم تصل إلى العيادة بعد.
       *[other] { $n } ملاحظة محفوظة على هذا الحاسوب ولم تصل إلى العيادة بعد.
    }
waiting-count =
    { $n ->
        [0] لا أحد في الانتظار
        [one] شخص واحد في الانتظار
        [two] شخصان في الانتظار
        [few] { $n } أشخاص في الانتظار
       *[other] { $n } شخصًا في الانتظار
    }
step-call = نداء
step-recall = نداء مجددًا
step-serve = بدء الزيارة
step-done = إنهاء الزيارة
step-park = تعليق
step-resume = إعادة إلى الطابور
step-put-back = إرجاع
step-no-show = لم يحضر
step-return = وصل متأخرًا
step-cancel = إلغاء
step-prioritise = أولوية
step-transfer = تحويل
step-move = غرفة أخرى
step-back = التأخر في الطابور
step-undo = تراجع
door = الطابور
door-open = مفتوح
door-paused = متوقف
door-close = مغلق
door-not-open = الطابور متوقف أو مغلق: قد يطول انتظار المرضى.
nobody-here = لا أحد عندك
nobody-here-hint = نادِ المريض التالي للبدء.
comes-for = سبب الزيارة
all-seen = اكتملت جميع الزيارات
all-seen-hint = يظهر المرضى الجدد هنا تلقائيًا.

# الملاحظات
note = ملاحظة الاستشارة
note-empty = تُحفظ تلقائيًا أثناء الكتابة
note-unsaved = لم تُحفظ بعد
note-saving = جارٍ الحفظ …
note-saved = حُفظت كمسودة
note-pending = محفوظة على هذا الحاسوب وستُرسل عند عودة الاتصال
note-sign = توقيع
notes-refused =
    { $n ->
        [one] لم تقبل العيادة ملاحظة واحدة
        [two] لم تقبل العيادة ملاحظتين
        [few] لم تقبل العيادة { $n } ملاحظات
       *[other] لم تقبل العيادة { $n } ملاحظة
    }
notes-refused-hint = النص محفوظ على هذا الحاسوب وحده. أرسله مرة أخرى، أو انسخه إلى مكانه ثم احذفه من هنا.
note-retry = إرسال مرة أخرى
note-discard = حذف
note-discard-sure = حذف نهائي
note-signed = موقّعة
note-draft = مسودة

# الإدارة
rail-administration = الإدارة
page-not-yours = هذه الصفحة غير متاحة لدورك
tab-queue = اليوم
tab-activity = النشاط المباشر
tab-audit = سجل التدقيق
activity-title =
    مباشرةً · { $n ->
        [one] اتصال مفتوح واحد
        [two] اتصالان مفتوحان
        [few] { $n } اتصالات مفتوحة
       *[other] { $n } اتصالًا مفتوحًا
    }
a-device = جهاز
the-system = ميدلين
column-number = رقم
column-at = متى
column-who = من
column-action = ماذا
column-patient = عن
shown-more = و{ $n } غيرهم
column-outcome = النتيجة
outcome-done = تمّ
outcome-refused = مرفوض
filter-action = الإجراء
verify = التحقق من سلامة السجل
verdict-ok = السجل سليم: { $entries } قيدًا و{ $checkpoints } نقطة تحقق موقّعة، منها { $anchored } مخزّنة أيضًا خارج قاعدة البيانات.
verdict-bad = السجل غير سليم: القيد { $seq } { $what }. لا تغيّر شيئًا على هذا الخادم وأبلغ مسؤول الأمن لديكم.
log-unsigned = لا يُوقَّع شيء آخر حتى يفحصه من لديه مفتاح الخادم.
log-seen = اطّلعتُ على ذلك
verdict-recorded = السجل سليم باستثناء ما هو مسجّل فيه هنا:
verdict-entry = القيد { $seq } { $what }.
verdict-unproven = غير مثبت: { $from }–{ $upto }.
verdict-lost = المفقود: { $from }–{ $upto }.
verdict-since = مسجّل في القيد { $entry }، { $at }.
verdict-holds = القيود السليمة: { $runs }
tampering-changed = عُدّل بعد كتابته
tampering-removed = مفقود
tampering-reordered = لا يتبع القيد الذي قبله
tampering-truncated = موضع قطع السجل
tampering-checkpoint = لا يطابق نقطة تحقق موقّعة
tampering-blanked = أُزيلت تفاصيله
tampering-unsigned = وما بعده لا يحمل توقيع هذا الخادم
tampering-checkpoint_missing = موضع نقطة تحقق موقّعة مفقودة
tampering-checkpoint_overdue = وما بعده لا تشمله نقطة تحقق موقّعة مع أن موعدها قد حان
tampering-anchor = لا يطابق نقطة تحقق مخزّنة خارج قاعدة البيانات
tampering-anchor_missing = موضع نقطة تحقق كانت مخزّنة خارج قاعدة البيانات ولم تعد موجودة
tampering-rolled_back = وما بعده وُقّع ثم فُقد: أُعيدت نسخة أقدم من قاعدة البيانات

# الجهاز والشاشة
kiosk-question = ماذا تحتاج اليوم؟
kiosk-offline = لا يوجد اتصال. يُرجى السؤال في الاستقبال.
your-number = رقمك
qr-label = رمز تذكرتك المباشرة
qr-hint = امسحه لمتابعة مكانك على هاتفك.
done-in = تمّ ({ $n })
enrol-title = إعداد هذا الجهاز
enrol-hint = ينشئ المسؤول رمزًا لمرة واحدة لها من إدارة العيادة.
enrol-code = رمز لمرة واحدة
enrol = إعداد
clinic-key-title = فُتح من إدارة العيادة وما زال مقفلًا هنا؟
clinic-key-hint = لا يعرف هذا الجهاز مفتاح عيادتك. يقرؤه المسؤول في إدارة العيادة، في «الأجهزة»، بجانب هذا الجهاز. لا تكتبه إلا من هناك.
clinic-key-code = مفتاح العيادة
clinic-key = فتح
board-calling = تفضلوا بالدخول
board-serving = عند الطبيب
board-next = التالي
board-nobody = لا نداء الآن
board-closed = لا تذاكر أخرى اليوم
board-stale = لا يوجد اتصال: هذه الشاشة غير محدّثة. يُرجى الإصغاء إلى رقمك.
contact = البريد الإلكتروني أو رقم الجوال
contact-hint = رقم هاتف بلد آخر يبدأ بعلامة + ورمز ذلك البلد
forgot = نسيت كلمة المرور؟
forgot-at = نسيت كلمة المرور؟ اختر كلمة جديدة على { $address }
register = إنشاء حساب
have-account = لديّ حساب
your-name = اسمك الكامل
send-code = أرسلوا لي رمزًا
code-title = أدخل الرمز
code-sent-email = إن كان { $to } مسجّلًا أو صحيحًا فقد أرسلنا إليه رمزًا من 6 أرقام. قد يستغرق دقيقة، وتحقق من مجلد البريد غير المرغوب فيه أيضًا.
code-sent-sms = إن كان { $to } مسجّلًا أو صحيحًا فقد أرسلنا إليه رمزًا من 6 أرقام. قد يستغرق دقيقة.
code = الرمز
code-again = إرسال رمز آخر
code-again-sent = رمز آخر في الطريق. لم يعد الرمز السابق صالحًا.
code-other = تغيير العنوان
go-on = متابعة
choose-password = اختر كلمة مرور
password-hint = 8 أحرف على الأقل. بضع كلمات يسهل تذكرها ويصعب تخمينها.
register-finish = إنشاء الحساب
reset-finish = تغيير كلمة المرور
reset-title = تم تغيير كلمة المرور
reset-done = تم تسجيل خروج كل من كان يستخدمها. سجّل الدخول بالكلمة الجديدة.
tab-people = الأشخاص
people-find = الاسم أو البريد الإلكتروني أو الرقم
people-hint = ابحث عن جزء من اسم أو عنوان.
invite = دعوة موظف
invite-send = إرسال الدعوة
invite-again = إرسال مرة أخرى
invited = مدعو
your-name-of = الاسم الكامل
email = البريد الإلكتروني
role = الدور
role-patient = مريض
role-doctor = طبيب
role-reception = استقبال
role-manager = مدير فرع
role-admin = مسؤول
role-kiosk = كشك
role-board = لوحة
standing-suspended = موقوف
standing-deleted = مُزال
suspend = إيقاف
reinstate = إعادة
remove = إزالة
why = السبب
accepted = تم تعيين كلمة مرورك. سجّل الدخول بالبريد { $email }.
account = حسابك
account-name = اسمك
account-saved = تم الحفظ.
save = حفظ
password-present = كلمة مرورك الحالية
password-new = كلمة المرور الجديدة
password-saved = تم تغيير كلمة مرورك. وتم تسجيل خروجك في كل مكان آخر.
sessions = الأجهزة المسجّل دخولها
session-present = هذا الجهاز
session-ended = سُجّل خروج ذلك الجهاز.
sessions-end = تسجيل الخروج في كل مكان آخر
# The second factor
factor = التحقق بخطوتين
factor-why = مع تطبيق مصادقة على هاتفك، لن يستطيع من يعرف كلمة مرورك تسجيل الدخول.
factor-set-up = إعداد تطبيق مصادقة
factor-first = تطلب عيادتك التحقق بخطوتين. أعدّ تطبيق مصادقة في حسابك أولًا، ثم سجّل الدخول هنا.
factor-scan = امسح هذا بتطبيق مصادقة على هاتفك، ثم أدخل الرمز الذي يعرضه.
factor-qr = رمز لتطبيق المصادقة
factor-by-hand = إدخاله يدويًا
factor-code = رمز تطبيق المصادقة
factor-hint = الأرقام الستة التي يعرضها، أو أحد رموزك الاحتياطية.
factor-on = تفعيل
factor-is-on = مفعّل
factor-left =
    { $n ->
        [0] لم يبقَ أي رمز احتياطي.
        [one] بقي رمز احتياطي واحد.
        [two] بقي رمزان احتياطيان.
        [few] بقيت { $n } رموز احتياطية.
       *[other] بقي { $n } رمزًا احتياطيًا.
    }
factor-codes = احفظ هذه الرموز الاحتياطية في مكان آمن. كل رمز يسجّل دخولك مرة واحدة إن لم يكن هاتفك معك، ولن تُعرض مجددًا.
factor-kept = حفظت هذه الرموز
factor-renew = رموز احتياطية جديدة
factor-off = إيقاف
# Devices
tab-devices = الأجهزة
devices-hint = الحواسيب والشاشات التابعة للعيادة. ما يُقفل أو يُمسح هنا ينقطع خلال ثوانٍ.
device-add = إضافة جهاز
devices-none = لا توجد أجهزة بعد
devices-none-hint = أضف جهازًا: يحصل على رمز يجعله تابعًا للعيادة.
device-name = الاسم
device-name-hint = مكانه، مثل «الغرفة 2» أو «كشك المدخل».
device-kind = نوع الجهاز
device-workstation = محطة عمل الطبيب
device-console = وحدة الإدارة
device-kiosk = كشك
device-board = لوحة
device-make = إنشاء رمز
device-qr = رمز إعداد الجهاز
device-code-hint = اكتب هذا الرمز على الجهاز أو امسحه هناك. يُستخدم مرة واحدة.
device-code-until = صالح حتى { $at }.
device-unseen = لم يتصل بعد
device-seen = آخر اتصال { $at }
device-locked = مقفل
device-wiping = سيُمسح عند اتصاله القادم
device-wiped = مُسح
device-rename = إعادة تسمية
device-clinic-code = مفتاح العيادة إن طلبه هذا الجهاز:
device-lock = قفل
device-unlock = فتح
device-wipe = مسح
device-wipe-sure = سينسى كل ما يحتفظ به، ومنه الملاحظات التي لم تُرسل، ولن يعود دون رمز جديد.
close = إغلاق
# People who are there twice
tab-duplicates = المكررون
duplicates-hint = مرضى يُرجَّح أنهم شخص واحد. من تُبقيه يحصل على زيارات الآخر وملاحظاته، ويمكن التراجع أدناه.
duplicates-none = لا يوجد مكررون
duplicates-none-hint = يظهر هنا المرضى الذين لهم الاسم أو تاريخ الميلاد أو الرقم نفسه.
duplicates-keep = الإبقاء على هذا
duplicates-apart = ليس مكررًا
duplicates-apart-said = { $name } و{ $other } ليسا مكررين.
duplicates-merged = تم الدمج: لدى { $name } كل شيء الآن.
duplicates-back = تراجع
decided = مدموجون، أو ليسوا مكررين
decided-hint = ما تقرر بشأن كل زوج، الأحدث أولًا. يمكن التراجع عن كل منها.
decided-merged = دُمج في السجل أدناه
decided-distinct = ليسا مكررين
merged-into = مدموج
alike-name = الاسم نفسه
alike-birth = تاريخ الميلاد نفسه
alike-phone = الرقم نفسه
since = هنا منذ { $at }
roles = الأدوار
factor-reset = إزالة التحقق بخطوتين
factor-reset-sure = لمن فقد هاتفه ورموزه الاحتياطية. سيُسجَّل خروجه من كل مكان ويُخبر بذلك.
# Dependants
dependants = العائلة ومن ترعاهم
dependants-hint = أطفال، أو من لا يستطيع فعل ذلك بنفسه: تنضم إلى الطوابير نيابة عنهم وترى زياراتهم. ويُظهر السجل أنك أنت من فعل ذلك.
dependant-add = إضافة شخص
dependant-end-sure = ما يخصه يبقى لدى العيادة، ولن تتصرف نيابة عنه بعد الآن.
birth-date = تاريخ الميلاد
birth-date-known = لتصحيحه يُرجى سؤال الاستقبال.
birth-date-once = يمكنك إدخاله مرة واحدة، وبعدها يصححه الاستقبال.
for-whom = لمن؟
for-myself = لي
# A locked screen
locked-by = مقفل: { $name }
unlock = فتح القفل
switch-user = تبديل المستخدم
# One's data
export = بياناتك
export-hint = كل ما تحتفظ به العيادة عنك هنا: هويتك وزياراتك وملاحظاتك الموقّعة، في ملف واحد.
export-make = تجهيز الملف
export-made = الملف جاهز.
export-save = حفظ الملف
# One's picture, how one is told, and leaving
portrait = الصورة
portrait-choose = اختر صورة
portrait-other = صورة أخرى
portrait-hint = تراها أنت وموظفو العيادة. بصيغة JPEG أو PNG أو WebP وبحجم لا يتجاوز 10 ميغابايت؛ ويُزال منها مكان التقاطها ووقته.
notices = إعدادات الإشعارات
notices-hint = عندما يحين دورك، حتى إن كانت هذه الصفحة مغلقة. أما ما يخص أمان حسابك فيُرسل دائمًا.
notices-language = لغة الرسائل
channel-email = بالبريد الإلكتروني
channel-sms = برسالة نصية
quiet = ساعات الهدوء: الرسائل العاجلة فقط
quiet-from = من
quiet-until = إلى
leaving = حذف حسابك
leaving-hint = تنظر العيادة في الطلب وتجيب بالبريد الإلكتروني أو برسالة نصية. يُحفظ من سجلك الطبي ما يوجبه القانون للمدة التي يحددها.
leaving-ask = اطلب حذف حسابي
leaving-sure = بعد أن تحذفه العيادة لا يستطيع أحد تسجيل الدخول إليه، وتضيع الأماكن في الطوابير. حتى ذلك الحين يمكنك سحب الطلب.
leaving-asked = طلبت من العيادة حذف حسابك في { $at }.
leaving-back = أبقِ حسابي
people-leaving = طلبوا الحذف
people-keep = إبقاء الحساب
people-keep-why = سبب إبقائه كما سيقرؤه صاحبه
people-leaving-since = طلب الحذف في { $at }
# Contacts
contacts = بيانات الاتصال
contacts-hint = تُرسل الرسائل إلى ما تم تأكيده. يحل العنوان الجديد محل السابق بعد إدخال الرمز الذي نرسله إليه.
contact-confirmed = مؤكد
contact-unconfirmed = غير مؤكد
contact-since = تم التأكيد في { $at }
contact-silent = لا يُرسل شيء إليه حتى تؤكده.
contact-confirm = تأكيد
contact-other = تغيير أو إضافة
contact-sent = إن كان ⁦{ $to }⁩ صالحًا فقد أرسلنا إليه رمزًا من 6 أرقام.
contact-done = تم التأكيد.
# Contacts at the desk, and how messages fare
tab-patients = المرضى
walk-in-unconfirmed = لا تصل الرسائل إلا إلى بيانات اتصال مؤكدة. أكدها مع المريض في
contact-send = إرسال رمز
contact-read-back = اطلب من الشخص قراءة الرمز المرسل إلى ⁦{ $to }⁩.
identity-check = تم التحقق من الهوية
identity-go = تسجيل التحقق
identity-hint = سجّله فقط بعد رؤية الوثيقة أو إن كنت تعرف الشخص وأكد جهة الاتصال هذه. لا يُحفظ رقم الوثيقة.
document = ما اطلعت عليه
document-passport = جواز سفر
document-id-card = بطاقة هوية
document-residence-card = بطاقة إقامة
document-driving-licence = رخصة قيادة
document-known-in-person = معروف شخصيًا
merge-proof = لدى { $name } ملف طبي. قبل أن يراه صاحب سجل آخر، أثبت أن السجلين لشخص واحد.
merge-send = إرسال رمز إلى ⁦{ $to }⁩
merge-go = دمج
merge-checked = تم التحقق من الهوية: دمج
people-back-hint = مُحيت بيانات الاتصال. يُدعى الموظفون من جديد؛ اتركه فارغًا لمريض يُوصَل إليه بطريقة أخرى.
tab-messages = الرسائل
messages-hint = ما أُرسل إلى الأشخاص وما لم يُرسل ولماذا. لا يُعرض نص الرسالة.
messages-none = لا رسائل بعد
message-waiting = قيد الانتظار
message-sent = أُرسلت
message-failed = لم تُرسل
message-kept = محفوظة هنا
channel-push = بإشعار
column-by = القناة
column-to = إلى
column-about = الموضوع
# At the desk
more-steps = المزيد
service = الخدمة
doctor = الطبيب
any-doctor = أي طبيب متاح
priority-normal = عادي
step-behind = مكان واحد إلى الخلف
day-left = نحو { $time } من الزيارات
walk-in = بلا موعد
walk-in-who = من هو؟
walk-in-hint = الاسم أو رقم الهاتف أو تاريخ الميلاد (⁦23/08/1990⁩) أو رقم السجل
search-more =
    { $all ->
        [two] يطابق شخصان. المعروض أول { $shown }: اكتب المزيد من الاسم.
        [few] يطابق { $all } أشخاص. المعروض أول { $shown }: اكتب المزيد من الاسم.
        [many] يطابق { $all } شخصًا. المعروض أول { $shown }: اكتب المزيد من الاسم.
       *[other] يطابق { $all } شخص. المعروض أول { $shown }: اكتب المزيد من الاسم.
    }
search-more-than = يطابق أكثر من { $all } شخص. المعروض منهم { $shown }: اكتب المزيد من الاسم.
walk-in-new = مريض جديد
walk-in-register = تسجيل
walk-in-anyway = تسجيله شخصًا آخر
walk-in-alike = هل هو أحد هؤلاء؟
walk-in-join = إضافة إلى الطابور
walk-in-next = الداخل التالي
phone = رقم الهاتف
phone-hint = رقم بلد آخر يبدأ بعلامة + ورمز ذلك البلد
leave-now = اقترب دورك. إن لم تكن هنا بعد فانطلق الآن.
let-go-first = كم شخصًا تريد أن يسبقك؟
# How good the waiting times were
tab-estimates = أوقات الانتظار
estimates-hint = ما قيل للناس عند انضمامهم خلال آخر 30 يومًا مقارنةً بما انتظروه فعلًا.
estimates-none = بعد أن ينتظر الناس تظهر هنا دقة أوقات انتظارهم.
estimates-waits = مرات الانتظار
estimates-error = متوسط الخطأ بالدقائق
estimates-bias = أطول مما قيل بالدقائق
estimates-coverage = ضمن المدى (المقصود 80 ٪)
# Help, and what the board says
help-ask = أحتاج إلى مساعدة
help-comes = أحد الموظفين قادم إليك.
help-at = { $branch } · { $name }: شخص يحتاج إلى مساعدة
help-go = في الطريق
speak = التذكرة { $label }، يُرجى التوجه إلى الاستقبال
speak-room = التذكرة { $label }، يُرجى التوجه إلى { $room }
# Settings
tab-settings = الإعدادات
services = الخدمات
branches = الفروع
service-add = إضافة خدمة
branch-add = إضافة فرع
change = تغيير
name = الاسم
address = العنوان
time-zone = المنطقة الزمنية
languages = اللغات
rooms = الغرف
rooms-hint = واحدة في كل سطر كما يُنادى المرضى إليها.
prefix = بادئة التذكرة
prefix-hint = من حرف إلى 3 أحرف لاتينية كبيرة: ‏GP تعطي GP-001.
duration = الدقائق المخططة
price = السعر
price-hint = بعملة { $currency }، مثل { $like }؛ و0 إن كانت مجانية.
slip-missing = أدخل رقمًا.
slip-missing-price = أدخل السعر؛ و0 إن كانت مجانية.
slip-price = أدخل مبلغًا بالأرقام، مثل { $like }.
slip-whole = أدخل عددًا صحيحًا بالأرقام، مثل 15.
slip-grouped = احذف فواصل الآلاف. تأتي الكسور بعد نقطة.
slip-decimals = { $n ->
    [0] ليس لعملة { $currency } كسور. أدخل مبلغًا مثل { $like }.
   *[other] لعملة { $currency } { $n } منازل عشرية على الأكثر. أدخل مبلغًا مثل { $like }.
}
slip-either = قد يعني هذا { $less } أو { $more }. اكتبه من دون الفاصلة، أو بنقطة قبل كل الخانات العشرية.
slip-range = أدخل عددًا من { $min } إلى { $max }.
not-sent = لم يُحفظ شيء. صحّح الحقول المعلَّمة.
given-by = يقدّمها
currency = العملة
walk-in-may = يمكن الانضمام إليها دون موعد
given-at = يقدّمها في { $name }
still-there = هل ما زلت هنا؟ المس الشاشة وإلا بدأت من جديد خلال { $n } ث.
kiosk-welcome = مرحبًا · Welcome · नमस्ते
begin-again = البدء من جديد
have-ticket = لديّ تذكرة أو حجز: تسجيل الوصول
kiosk-matched-later = لا يوجد اتصال: خذ تذكرة وسنربطها بحجزك لاحقًا
kiosk-goes-on = لا يوجد اتصال. ما زال بإمكانك أخذ تذكرة.
check-in = تسجيل الوصول
check-in-question = امسح الرمز أو اكتبه
check-in-who = من أنت؟
check-in-code = الرمز
check-in-hint = ضع رمز QR في هاتفك أو على الورق أمام الماسح.
check-in-by-phone = استخدام رقم الهاتف وتاريخ الميلاد
check-in-by-code = استخدام رمز
check-in-birth-hint = اليوم ثم الشهر ثم السنة
check-in-which = من الموجود هنا؟
check-in-which-hint = اضغط على تذكرة كل شخص حاضر.
checked-in = تم تسجيل وصولك
checked-in-hint = تفضل بالجلوس، سيُنادى عليك.
pad-back = حذف آخر حرف
printing = جارٍ الطباعة …
printed = يُرجى أخذ تذكرتك.
print-again = الطباعة مجددًا
take-on-phone = استخدام هاتفي بدلًا من ذلك
take-by-heart = سأتذكر رقمي
no-ticket = لا أريد تذكرة ({ $n })
paper-keep = احتفظ بهذا الرقم: سيُنادى عليك به.
ticket-untold = لم يؤكّد الخادم هذه التذكرة. يُرجى إظهارها في الاستقبال.
ease-large = نص كبير
ease-contrast = تباين عالٍ
ease-low = أزرار منخفضة
ease-speaks = القراءة بصوت عالٍ
step-arrive = وصل
on-the-way = في الطريق
on-the-way-at = في الطريق، { $at }
check-in-code-yours = رمز يُعرض على الماسح
arrive = وصلتُ
tasks = المهام
task-twin = { $label } (أُخذت من الجهاز دون اتصال) تعود على الأرجح لصاحب { $other }. اسأل ثم ألغِ إحداهما.
task-label-twice = طُبع { $other } مرتين. من جاء ثانيًا أصبح رقمه { $label }: أعطه الرقم الجديد.
task-call-refused = نادى طبيب على { $label } دون اتصال، لكن حالتها كانت قد تغيّرت. اسأل إن كان المريض قد فُحص.
task-not-taken = أعطى الكشك التذكرة { $label } دون اتصال، ولم تتمكن من دخول الطابور. من يحملها ليس في أي طابور: أعطه تذكرة أخرى.
task-unreadable = أعطى الكشك تذكرة دون اتصال لا يمكن قراءتها. من يحمل تذكرة لا تعرفها اللوحة ليس في أي طابور: أعطه تذكرة أخرى.
task-done = تم
state-held = قيد الطباعة
now-held = هذه التذكرة قيد الطباعة.
check-in-how = عند وصولك: اكتب هذا الرمز في الجهاز، أو ضع رمز QR أمام الماسح، أو اضغط الزر.
opening = ساعات العمل
opening-hint = ينضم المرضى بأنفسهم ومن الأجهزة خلال هذه الساعات فقط. إن لم تُحدد فدائمًا.
opens = يفتح
closes = يغلق
remote-join = يمكن للمرضى الانضمام من المنزل
weekday-1 = الاثنين
weekday-2 = الثلاثاء
weekday-3 = الأربعاء
weekday-4 = الخميس
weekday-5 = الجمعة
weekday-6 = السبت
weekday-7 = الأحد
policy-near = «انطلق الآن» عندما يكون قبلك أقل من
policy-calls = الحد الأقصى للنداءات
policy-recall = الثواني بين نداءين
policy-undo = ثواني التراجع عن خطوة
policy-return = دقائق العودة بعد عدم الحضور
policy-urgent-start = عاجل: أسبقية بدقائق الانتظار
policy-urgent-gain = عاجل: كل دقيقة تُحتسب
policy-effect = يُحتسب العاجل كأنه انتظر { $n } { $n ->
        [few] دقائق
       *[other] دقيقة
    }: لا يسبقه إلا من انتظر أطول منه بـ { $n } { $n ->
        [few] دقائق
       *[other] دقيقة
    }. والطارئ أولًا دائمًا.
policy-effect-gain = يبدأ العاجل بأسبقية { $n } { $n ->
        [few] دقائق
       *[other] دقيقة
    }، ثم تُحتسب له كل دقيقة انتظار { $gain }: كلما طال انتظاره تجاوز عددًا أكبر ممن جاؤوا قبله. والطارئ أولًا دائمًا.
board-messages = رسائل الشاشات
board-messages-hint = رسالة في كل سطر؛ تُعرض بالتناوب.
inbox = الإشعارات
inbox-unread = { $n } جديد
push-on = أبلغني هنا عندما يحين دوري، حتى عند إغلاق هذه الصفحة
push-is-on = ستُبلَّغ هنا حتى عند إغلاق هذه الصفحة.
push-off = إيقاف
push-refused = لا يسمح هذا المتصفح بذلك. يمكنك تغيير ذلك من إعداداته.
steps-pending =
    { $n ->
        [one] خطوة واحدة للتذاكر بانتظار الاتصال.
        [two] خطوتان للتذاكر بانتظار الاتصال.
        [few] { $n } خطوات للتذاكر بانتظار الاتصال.
       *[other] { $n } خطوة للتذاكر بانتظار الاتصال.
    }
device-restart = إعادة التشغيل
device-heed = لقد تحققت من الأمر
device-reads-gap = فُتحت سجلات هنا دون اتصال، وما دُوِّن عن ذلك غير مكتمل: بعضه مفقود.
device-reads-fork = ما دُوِّن هنا عن السجلات التي فُتحت دون اتصال أُعيد إلى حال سابقة أو بدأ من جديد: قد يكون بعضه مفقودًا.
language = اللغة
visits = الزيارات السابقة
visits-none = لا زيارات بعد.
# Step-up confirmation
confirm-title = أكّد هويتك
confirm-why = للحفاظ على أمان هذا الحساب، أدخل كلمة المرور للمتابعة.
confirm-go = تأكيد
cancel = إلغاء
help-told = أبلغنا الاستقبال. يُرجى الانتظار هنا.
help-unlock = افتح القفل للرد
your-turn-at = حان دورك: { $room }
call-seen = أنا في الطريق
call-offline = لا يوجد اتصال. آخر تحديث { $at }
call-back = يُرجى عدم الدخول الآن. عدت إلى الطابور.
call-hold = يُرجى عدم الدخول الآن. تذكرتك معلّقة مؤقتًا: يُرجى سؤال الاستقبال.
call-sent = يُرجى عدم الدخول. تم تحويلك إلى { $service }: يُرجى الانتظار هناك حتى نناديك.
call-told = ترى العيادة أنك في الطريق ({ $at }).
call-untold = لا تعلم العيادة بعد أنك في الطريق.
call-untold-again = أخبر العيادة مرة أخرى
service-path = { $from } ← { $to }
list-more = { $from }، { $to }
ticket-elsewhere-at = تذكرتك لفرع { $branch }. يُرجى التوجه إليه أو أخذ تذكرة جديدة هنا.
sent-on = تم تحويلك إلى { $service }. يبقى رقمك كما هو؛ يُرجى الانتظار هناك حتى نناديك.
call-moved = تغيّرت الغرفة
here-now = أنا هنا الآن
put-away = حسنًا
moved-ask = هل تقصد { $name }؟
moved-why = تحركت القائمة قبل ضغطك مباشرة.
moved-yes = نعم
moved-no = لا
order-changed = تغيّر الترتيب: اعرضه
keys = اختصارات لوحة المفاتيح
keys-on = تفعيل الاختصارات بحرف واحد
key-down = التالي في القائمة
key-up = السابق في القائمة
end-first = إنهاء الزيارة مع { $name } أولًا؟
end-visit = إنهاء الزيارة مع { $name }؟
end-sign = توقيع وإنهاء الزيارة
end-draft = ترك مسودة وإنهاء الزيارة
end-and-call = إنهاء الزيارة ونداء التالي
seen-by-doctor = { $doctor } مع هذا المريض الآن وقد يكون يكتب ملاحظة. لا تضيع الملاحظة: تبقى في قائمة الطبيب للملاحظات غير الموقّعة.
seen-by-somebody = شخص آخر مع هذا المريض الآن وقد يكون يكتب ملاحظة. لا تضيع الملاحظة: تبقى في قائمته للملاحظات غير الموقّعة.
note-is-unsigned = الملاحظة غير موقّعة. تبقى المسودة ضمن ملاحظاتك غير الموقّعة إلى أن توقّعها.
stay = متابعة الزيارة
park-visit = تعليق { $name }؟
send-visit = تحويل { $name }؟
park-sign = وقّع وعلّق الزيارة
park-draft = اترك مسودة وعلّق الزيارة
send-sign = وقّع وحوّل
send-draft = اترك مسودة وحوّل
note-unknown = لم تُحمَّل الملاحظة، وقد تكون غير موقّعة. يبقى ما كتبته ضمن ملاحظاتك غير الموقّعة.
note-other-unsigned = توجد مسودة أخرى غير موقّعة لهذه الزيارة بتاريخ { $at }. تبقى في ملاحظاتك غير الموقّعة حتى توقّعها.
away-kept = لا يوجد اتصال. يُحفظ هذا على هذا الحاسوب ويُرسل عند عودة الاتصال.
away-next = لا يوجد اتصال. يُحفظ هذا على هذا الحاسوب ويُرسل عند عودة الاتصال. حتى ذلك الحين لا يُنادى إلا من طلبك بالاسم.
away-nobody = لا يوجد اتصال، ولا ينتظر أحد ممن طلبوك بالاسم. لا يمكن نداء أحد، وتستمر الزيارة.
away-send = لا يوجد اتصال. لا يمكن تحويل أحد حتى يعود.
away-nothing = لا يوجد اتصال. لا يمكن القيام بهذا حتى يعود. ما كتبته يبقى في هذه الصفحة.
note-of = ملاحظات { $name }
note-unsigned-from = ملاحظة غير موقّعة من { $at }
beside-called = لقد ناديت { $name }. هل تنادي مريضًا آخر أيضًا؟
beside-called-room = لقد ناديت { $name } إلى { $room }. هل تنادي مريضًا آخر أيضًا؟
beside-serving = زيارة { $name } جارية. هل تنادي مريضًا آخر أيضًا؟
beside-stays = يبقى { $name } في طابورك، حيث يمكنك النداء مرة أخرى أو بدء الزيارة.
beside-ends = نداء المريض التالي ينهي تلك الزيارة.
beside-call = ناد المريض الآخر أيضًا
no-show-which = هل { $name } غير حاضر؟
park-which = تعليق { $name }؟
apart-caught = كُتب في هذه الملاحظة من نافذة أخرى. هذا أحدث نص لها.
apart-beside = تُكتب هذه الملاحظة في نافذة أخرى أيضًا. لم يضع شيء: لهذه الزيارة الآن مسودتان، والأخرى أدناه مع بيان الاختلاف.
apart-signed = وُقّعت هذه الملاحظة في نافذة أخرى، والملاحظة الموقّعة أدناه. ما تكتبه هنا مسودة أخرى لهذه الزيارة.
apart-discarded = حُذفت هذه الملاحظة في نافذة أخرى. ما تكتبه هنا مسودة أخرى لهذه الزيارة.
apart-same = نصها هو نص المسودة أعلاه نفسه.
apart-here = هنا فقط:
apart-there = في المسودة أعلاه فقط:
note-second-from = مسودة ثانية لهذه الزيارة، من { $at }
sheet-done = أُنهيت زيارة { $name }.
sheet-parked = عُلّقت زيارة { $name }.
sheet-no-show = سُجّل { $name } غير حاضر.
sheet-cancelled = أُلغيت تذكرة { $name }.
sheet-back = أُعيد { $name } إلى الطابور.
sheet-sent = حُوّل { $name }.
sheet-another = بدأت زيارة أخرى، وهذه الملاحظة تخص { $name }.
sheet-no-queue = لا يمكن عرض الطابور الآن. هذه الملاحظة تخص { $name }.
sheet-elsewhere = تم ذلك من شاشة أخرى.
sheet-by-me = قمت بذلك من شاشة أخرى.
sheet-by-doctor = قام بذلك { $doctor }.
sheet-by-a-doctor = قام بذلك طبيب آخر.
sheet-by-desk = قام الاستقبال بذلك.
sheet-by-patient = قام المريض بذلك.
sheet-by-day = حدث ذلك تلقائيًا عند انتهاء يوم العيادة.
sent-to = تم تحويل { $name } إلى { $service }.
sent-by-me = حوّلت { $name } إلى { $service }.
sent-by-doctor = حوّل { $doctor } { $name } إلى { $service }.
sent-by-desk = حوّل الاستقبال { $name } إلى { $service }.
sheet-stays = ما تكتبه هنا يبقى ملاحظتك غير الموقّعة لهذه الزيارة.
note-open = فتح
note-keep = إبقاؤها مسودة
draft-discard = حذف المسودة
draft-discard-title = هل تحذف مسودة ملاحظاتك عن { $name }؟
draft-discard-text = يُحذف ما كُتب فيها ولا يمكن استعادته.
draft-discard-sure = حذف المسودة
draft-keep = الاحتفاظ بالمسودة
draft-discarded = حُذفت المسودة
notes-unsigned = ملاحظات غير موقّعة
ask-who-cancel = هل تلغي تذكرة هذا المريض، { $label }؟
ask-who-cancel-yes = نعم، ألغِ
ask-who-no-show = هل هذا هو المريض الغائب، { $label }؟
ask-who-no-show-yes = نعم، غائب
ask-who-park = هل تعلّق هذا المريض، { $label }؟
ask-who-transfer = هل تحوّل هذا المريض، { $label }؟
said-serve = بدأت الزيارة: { $name }
said-done = انتهت الزيارة: { $name }
said-park = عُلّقت: { $name }
said-resume = أُعيد إلى الطابور: { $name }
said-put-back = أُرجع إلى الطابور: { $name }. سُحب النداء.
said-no-show = سُجّل أنه لم يحضر: { $name }
said-cancel = أُلغيت التذكرة: { $name }
said-transfer = حُوّل إلى { $service }: { $name }
said-step-back = مكان واحد إلى الخلف: { $name }
said-arrive = سُجّل أنه وصل: { $name }
said-undo = تم التراجع: { $name }
order-ahead = الأول الآن: { $name }، { $class }. اعرضه
door-is-paused = الطابور متوقف: لا يُنادى على أحد. ما زال بإمكان المرضى الانضمام، وأماكنهم محفوظة.
door-is-closed = الطابور مغلق: لا يمكن لأحد الانضمام. من ينتظر يُنادى عليه.
door-resume = استئناف
door-reopen = فتحه من جديد
walk-in-begun = لم يكتمل تسجيل { $name }.
walk-in-go-on = متابعة
walk-in-start-over = البدء من جديد
whose-visit = { $name }، { $label }، { $at }
whose-note = { $name }، { $at }
note-whose = ملاحظة: { $whose }
notes-whose = ملاحظات: { $whose }
note-unsigned-whose = ملاحظة غير موقّعة: { $whose }
notes-read = الملاحظات
sheet-read = انتهت هذه الزيارة. الملاحظات الموقّعة في الأسفل. ما تكتبه هنا ملاحظة أخرى لهذه الزيارة.
note-signed-below = وُقّعت: { $whose }. تجدها في الأسفل؛ ما تكتبه بعدها ملاحظة أخرى لهذه الزيارة.
note-signed-away = وُقّعت: { $whose }. لقراءتها أو الإضافة إليها اضغط «الملاحظات» تحت «انتهوا للتو». بعد اليوم تجدها بين ملاحظات الزيارة التالية للمريض.
clock-doubt = حتى ذلك الحين لا تظهر هنا إلا ملاحظاتك غير الموقّعة. ما تكتبه يُحفظ على هذا الحاسوب ويُرسل لاحقًا.
action-access-refused = رُفض الوصول
action-access-refused-more = رُفض وصول إضافي
action-account-export = تصدير بيانات الحساب
action-account-leave = طلب حذف الحساب
action-account-open = فتح حساب
action-account-register = طلب رمز التسجيل
action-account-resend = إعادة إرسال الرمز
action-account-stay = سحب طلب الحذف
action-account-verify = التحقق من الرمز
action-activity-read = عرض النشاط المباشر
action-audit-read = قراءة سجل التدقيق
action-audit-export = تصدير سجل التدقيق
action-audit-damage = اكتُشف ضرر في السجل
action-audit-resume = استئناف توقيع السجل
action-audit-verify = فحص سلامة السجل
action-avatar-read = عرض صورة شخص
action-branch-save = حفظ فرع
action-clinic-restore = استعادة قاعدة البيانات من نسخة احتياطية
action-contact-code = إرسال رمز إلى جهة اتصال
action-contact-confirm = تأكيد جهة اتصال
action-contact-identity = التحقق من الهوية في الاستقبال
action-demo-day = إنشاء يوم تجريبي
action-dependant-add = إضافة تابع
action-dependant-end = إزالة تابع
action-device-code = إنشاء رمز لجهاز
action-device-enrol = تسجيل جهاز
action-device-heed = توجيه الجهاز لاتباع أوامر العيادة
action-device-lock = قفل جهاز
action-device-reads = تسليم القراءات دون اتصال
action-device-rename = إعادة تسمية جهاز
action-device-restart = إعادة تشغيل جهاز
action-device-unlock = فتح قفل جهاز
action-device-wipe = أمر بمسح جهاز
action-device-wiped = مُسح الجهاز
action-factor-codes = إنشاء رموز احتياطية جديدة
action-factor-disable = إيقاف التحقق بخطوتين
action-factor-enable = تفعيل التحقق بخطوتين
action-factor-reset = إعادة ضبط التحقق بخطوتين
action-factor-set-up = بدء إعداد التحقق بخطوتين
action-help-answer = الذهاب للمساعدة عند الكشك
action-help-ask = طلب مساعدة عند الكشك
action-help-withdraw = لم تعد المساعدة مطلوبة عند الكشك
action-inbox-read = قراءة الإشعارات
action-intent-refused = رُفضت خطوة أُجريت دون اتصال
action-keys-rotate = استبدال مفتاح التوقيع
action-kiosk-hand-over = تسليم تذاكر الكشك
action-kiosk-letter = تخصيص حرف لكشك
action-message-send = إرسال رسالة
action-note-discard = حذف مسودة ملاحظة
action-note-list = عرض الملاحظات غير الموقّعة
action-note-read = قراءة الملاحظات
action-note-save = حفظ ملاحظة
action-note-sign = توقيع ملاحظة
action-password-change = تغيير كلمة المرور
action-password-forgot = طلب كلمة مرور جديدة
action-password-reset = استبدال كلمة المرور
action-patient-correct = تعديل بيانات مريض
action-patient-register = تسجيل مريض
action-patients-find = البحث عن مرضى
action-people-add = إضافة أشخاص
action-people-duplicates = عرض السجلات المكررة المحتملة
action-people-read = عرض الأشخاص
action-person-accept = قبول دعوة
action-person-add = إضافة شخص
action-person-avatar = تغيير الصورة
action-person-delete = إزالة شخص
action-person-distinct = وُسم بأنه ليس مكررًا
action-person-distinct-end = أُزيلت علامة «ليس مكررًا»
action-person-invite = دعوة شخص
action-person-keep = رفض الحذف
action-person-merge = دمج السجلات
action-person-notices = تغيير إعدادات الإشعارات
action-person-profile = تعديل الملف الشخصي
action-person-reinstate = إعادة شخص إلى الخدمة
action-person-roles = تغيير الأدوار
action-person-suspend = تعليق شخص
action-person-unmerge = التراجع عن الدمج
action-push-subscribe = تفعيل الإشعارات في متصفح
action-push-unsubscribe = إيقاف الإشعارات في متصفح
action-queue-control = فتح الطابور أو إيقافه أو إغلاقه
action-queue-read = عرض الطابور
action-replica-read = تحديث نسخة محطة العمل
action-service-save = حفظ خدمة
action-session-confirm = تأكيد الهوية من جديد
action-session-end = إنهاء جلسة
action-session-factor = أُدخل رمز التحقق بخطوتين
action-session-password = إدخال كلمة المرور
action-session-refresh = تجديد الجلسة
action-session-reuse = استخدام الجلسة من مكانين
action-session-sign-in = تسجيل الدخول
action-session-sign-out = تسجيل الخروج
action-task-settle = إنجاز مهمة الاستقبال
action-ticket-call = نداء مريض
action-ticket-cancel = إلغاء تذكرة
action-ticket-check-in = تسجيل الحضور
action-ticket-done = إنهاء الزيارة
action-ticket-join = الانضمام إلى الطابور
action-ticket-lapse = انتهاء صلاحية تذكرة
action-ticket-move = نقل إلى غرفة أخرى
action-ticket-no-show = لم يحضر
action-ticket-on-way = المريض في الطريق
action-ticket-park = تعليق الدور
action-ticket-prioritise = تحديد الأولوية
action-ticket-put-back = إعادة إلى الطابور
action-ticket-recall = نداء متكرر
action-ticket-resume = العودة من التعليق
action-ticket-return = حضور متأخر
action-ticket-serve = بدء الزيارة
action-ticket-step-back = التأخر في الطابور
action-ticket-take = استلام تذكرة الكشك
action-ticket-transfer = تحويل
action-ticket-undo = التراجع عن خطوة
action-ticket-void = إبطال تذكرة الكشك
template-register-code = رمز التسجيل
template-account-known = الحساب موجود مسبقًا
template-reset-code = رمز كلمة مرور جديدة
template-contact-code = رمز تأكيد جهة اتصال
template-merge-code = رمز دمج السجلات
template-email-changed = تغيّر البريد الإلكتروني
template-phone-changed = تغيّر رقم الهاتف
template-contact-corrected = تصحيح بيانات التواصل
template-password-changed = تغيّرت كلمة المرور
template-session-reused = إنهاء الدخول حفاظًا على الأمان
template-push-replaced = استُبدل متصفح الإشعارات
template-invitation = دعوة
template-factor-on = تفعيل التحقق بخطوتين
template-factor-off = إيقاف التحقق بخطوتين
template-account-merged = دمج السجلات
template-deletion-asked = طلب الحذف
template-deletion-refused = رفض الحذف
template-account-deleted = حذف الحساب
template-turn-soon = اقترب الدور
template-turn-now = حان الدور
template-turn-back = سحب النداء
template-turn-missed = نداء فائت
template-turn-moved = تغيّرت غرفة النداء
template-turn-hold = تعليق بعد النداء
template-turn-came = بدء الزيارة
template-turn-over = نداء فائت وانتهاء التذكرة
template-turn-cancelled = إلغاء التذكرة
template-turn-sent = تحويل
template-turn-unsent = سحب التحويل
session-ends = سيُسجَّل خروجك عند { $at }: لا تدوم الجلسة أكثر من 12 ساعة. ما تكتبه يبقى محفوظًا. سجّل الدخول من جديد متى ناسبك.
session-ends-now = سيُسجَّل خروجك عند { $at }. احفظ عملك الآن، أو سجّل الدخول من جديد لتتابع دون انقطاع.
session-again = تسجيل الدخول من جديد
note-sign-final = لا يمكن التراجع عن التوقيع.
unsigned-count = { $n ->
    [one] ملاحظة غير موقّعة
    [two] ملاحظتان غير موقّعتين
    [few] { $n } ملاحظات غير موقّعة
   *[other] { $n } ملاحظة غير موقّعة
 }
right-public = متاح للجميع
right-role = بحكم الدور
right-own = سجلّه الخاص
right-author = بصفته الكاتب
right-today = من مرضى اليوم
right-consent = بموافقة المريض
right-emergency = في حالة طارئة
right-server = النظام
audit-all = إظهار القيود الاعتيادية أيضًا (تجديد الجلسات وعرض الطابور أو هذا السجل والرسائل المرسلة)
audit-of-person = ما فعله { $name }
audit-of-patient = ما يخص { $name }
audit-everybody = إظهار الجميع
filter-all = كل الإجراءات
change-details = تعديل البيانات
change-hint = يجب تأكيد العنوان أو الرقم الجديد قبل استخدامه. ويُبلَّغ العنوان المؤكد الذي استُبدل.
change-alike = هناك من يشبه هذا السجل الآن. هل هو أحد هؤلاء؟ إذن ألغِ وادمج السجلين.
change-anyway = شخص آخر: احفظ
change-saved = تم الحفظ
language-none = غير محددة
help-withdraw = لم أعد بحاجة إلى المساعدة
help-over = { $branch } · { $name }: لم تعد المساعدة مطلوبة
birth-day = اليوم
birth-month = الشهر
birth-year = السنة
no-such-day = هذا اليوم غير موجود.
walk-in-service = اختر الخدمة
state-cancelled-patient = غادرت الطابور
state-cancelled-clinic = ألغتها العيادة
now-cancelled-patient = غادرت الطابور. لن يُنادى على هذه التذكرة.
now-cancelled-clinic = ألغت العيادة هذه التذكرة ولن يُنادى عليها. إن كان ذلك خطأً فيُرجى سؤال الاستقبال.
call-coming = في الطريق
call-read = قُرئت
joined-at = في الطابور لدى { $branch }
queue-paused = الطابور متوقف مؤقتًا: لا يُنادى على أحد الآن. مكانك محفوظ، ولا يمكننا تحديد المدة بعد.
queue-paused-join = الطابور متوقف مؤقتًا: لا يُنادى على أحد الآن. يمكنك أخذ مكان، وسيُحفظ لك.
board-paused = توقف مؤقت: لا نداء الآن
desk-room = غرفة النداء
desk-room-none = اختر غرفة
desk-room-first = اختر الغرفة أولًا: النداء يخبر المريض إلى أين يتوجه.
desk-called = نودي { $name }. يطلب النداء التوجه إلى الاستقبال.
desk-called-room = نودي { $name } إلى { $room }.
desk-nobody =
    { $n ->
        [0] لا أحد في الانتظار.
        [one] لم يصل أحد من المنتظرين بعد. مريض واحد في الطريق.
        [two] لم يصل أحد من المنتظرين بعد. مريضان في الطريق.
        [few] لم يصل أحد من المنتظرين بعد. { $n } مرضى في الطريق.
       *[other] لم يصل أحد من المنتظرين بعد. { $n } مريضًا في الطريق.
    }
room-in-use = { $room } مشغولة: { $label } فيها. لا يمكن النداء إليها حتى تخلو.
room-differs = نودي { $label } إلى { $room }. «نداء مجددًا» ينادي الآن إلى { $now }.
present-left = غادر { $label } ({ $name }) الطابور.
present-cancelled = أُلغيت تذكرة { $label } ({ $name }) في الاستقبال.
offline-since = لا يوجد اتصال. آخر تحديث { $at }، تجري إعادة الاتصال…
unread = لم يتم التحميل: لا يوجد اتصال بالخادم.
unread-back = عاد الاتصال، لكن هذا الجزء لم يُحمَّل بعد.
load-again = تحميل من جديد
kept-at = لا يوجد اتصال. تذكرتك كما كانت في { $at }، وربما تغيّرت بعد ذلك.

# The audit log: the filter, what changed, the file
audit-person = من قام به: الاسم أو العنوان
audit-patient = من يخصّه: الاسم أو الرقم أو تاريخ الميلاد
audit-somebody = هذا الشخص
first-day = من يوم
last-day = إلى يوم
audit-days = عرض هذه الأيام
audit-today = اليوم
audit-week = آخر 7 أيام
audit-any-day = كل الأيام
audit-zone = الأوقات بتوقيت العيادة ({ $zone }).
audit-nothing = لا قيد يطابق التصفية. لا تُعرض القيود الاعتيادية إلا إذا طلبتها.
audit-clear = مسح التصفية
filter-outcomes = كل النتائج
audit-export-csv = تصدير جدول (CSV)
audit-export-jsonl = تصدير أسطر JSON
audit-exporting =
    { $n ->
        [0] يجري التصدير، بما في ذلك القيود الاعتيادية.
       *[other] يجري التصدير، القيود حتى الآن: { $n }، بما في ذلك القيود الاعتيادية.
    }
audit-exported = عدد القيود: { $n }، بما في ذلك القيود الاعتيادية. سُجّل التصدير في السجل.
audit-whole = المرضى الذين عرضهم القيد { $seq } (العدد: { $n })
audit-erased = لم يعد مسجّلًا
audit-change = { $field }: { $was } ← { $is }
audit-changes = عدد التغييرات: { $n }
standing = الحساب
standing-active = نشط
change-state = التذكرة
priority = الأولوية
channels = يُبلَّغ عبر
proven = مؤكَّد
yes = نعم
no = لا

# من أين جاء المريض ولماذا
transfer-why = السبب، لمن سيراه بعدك (اختياري)
from-doctor = حوّله { $doctor } من { $service } عند { $at }
from-desk = حوّله الاستقبال من { $service } عند { $at }
from-service = محوّل من { $service } عند { $at }
door-paused-by = أوقفه { $name } عند { $at }.
door-closed-by = أغلقه { $name } عند { $at }.
note-begun-by = بدأ { $doctor } ملاحظة عن هذه الزيارة عند { $at }. لم تُوقّع بعد، فلا يمكن قراءتها هنا.
note-signed-by = وقّع { $doctor } ملاحظة عن هذه الزيارة عند { $at }. تجدها في الأسفل.
undo-visit = هل تتراجع عن آخر خطوة لـ { $name }؟
chart-partial = من دون الشبكة قد تنقص هنا ملاحظات لهذا المريض.
