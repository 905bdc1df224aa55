//! The texts that say what is wrong with a field, for the person who fills in a form. Mistakes that only a program
//! can make are told in English.

use super::Language;

/// Each text as operations say it in English, in Arabic, and in Hindi if patients meet it. A number stands for any
/// number.
const SAID: &[(&str, &str, &str)] = &[
    ("are at most 100, each of them once", "100 على الأكثر، كل منها مرة واحدة", ""),
    ("are at most 20, of 1 to 200 characters", "20 على الأكثر، كل منها من 1 إلى 200 حرف", ""),
    ("are en, ar or hi, at least one", "لغة واحدة على الأقل من en وar وhi", ""),
    ("are needed for this role", "مطلوبة لهذا الدور", ""),
    ("are of this clinic", "من فروع هذه العيادة", ""),
    (
        "are patient, doctor, reception, manager or admin, each once",
        "من الأدوار المعروفة، كل منها مرة واحدة",
        "",
    ),
    (
        "are those that reach you, each once",
        "من الطرق التي تصل إليك، كل منها مرة واحدة",
        "जो आप तक पहुँचते हैं, हर एक एक ही बार",
    ),
    ("at most 500 characters", "500 حرف على الأكثر", "ज़्यादा से ज़्यादा 500 अक्षर"),
    (
        "begins and ends at two times of day, as 22:00",
        "يبدأ وينتهي في وقتين من اليوم، مثل 22:00",
        "दिन के दो समयों पर शुरू और खत्म, जैसे 22:00",
    ),
    (
        "has a gain of 1 to 10 and a head start of at most 1440 minutes",
        "احتساب الدقيقة من 1 إلى 10، والأسبقية 1440 دقيقة على الأكثر",
        "",
    ),
    ("has a time zone, as Asia/Muscat", "له منطقة زمنية، مثل Asia/Muscat", "समय क्षेत्र के साथ, जैसे Asia/Muscat"),
    (
        "has a weekday of 1 to 7, and begins before it ends",
        "كل فترة في يوم من 1 إلى 7، وتبدأ قبل أن تنتهي",
        "",
    ),
    ("has no invitation open", "ليست له دعوة سارية", ""),
    ("has not asked to be removed", "لم يطلب الحذف", ""),
    ("is 0 or more", "0 أو أكثر", ""),
    ("is 1 to 10", "من 1 إلى 10", ""),
    ("is 1 to 200 characters", "من 1 إلى 200 حرف", "1 से 200 अक्षर"),
    (
        "is 1 to 3 capital letters; K and another are the kiosks' own",
        "من 1 إلى 3 أحرف لاتينية كبيرة؛ وحرف K مع حرف آخر للأكشاك",
        "",
    ),
    ("is 1 to 480 minutes", "من 1 إلى 480 دقيقة", ""),
    ("is a day in the past, as 1980-01-31", "يوم مضى، مثل 1980-01-31", "बीता हुआ दिन, जैसे 1980-01-31"),
    (
        "is a phone number with its country code, as +968 9123 4567",
        "رقم هاتف مع رمز الدولة، مثل +968 9123 4567",
        "देश के कोड के साथ फ़ोन नंबर, जैसे +968 9123 4567",
    ),
    ("is an e-mail address", "عنوان بريد إلكتروني", "ई-मेल पता"),
    ("is another service's", "لخدمة أخرى", ""),
    ("is at least 2 letters or 3 digits", "2 من الأحرف أو 3 أرقام على الأقل", ""),
    ("is at least 7 digits", "7 أرقام على الأقل", "कम से कम 7 अंक"),
    (
        "is at least 8 characters that are not easily guessed",
        "8 أحرف على الأقل يصعب تخمينها",
        "कम से कम 8 अक्षर, जिनका अनुमान लगाना कठिन हो",
    ),
    ("is at most 200 characters, in one line", "200 حرف على الأكثر، في سطر واحد", ""),
    ("is at most 240", "240 على الأكثر", ""),
    ("is at most 600, as is undo_s", "600 على الأكثر، ومثلها مهلة التراجع", ""),
    ("is by people who work at the branch, each once", "يقدمها من يعملون في الفرع، كل منهم مرة واحدة", ""),
    ("is for another kind of device", "لنوع آخر من الأجهزة", "किसी दूसरी तरह के उपकरण के लिए"),
    ("is for kiosks and boards", "للأكشاك واللوحات", ""),
    ("is needed", "مطلوب", "ज़रूरी है"),
    ("is needed, or phone and birth_date", "مطلوب، أو الهاتف وتاريخ الميلاد", "ज़रूरी है, या फ़ोन और जन्म-तिथि"),
    ("is not confirmed on this record", "غير مؤكد في هذا السجل", ""),
    ("is not on this record", "غير موجود في هذا السجل", ""),
    ("is not a ticket of this patient", "ليست تذكرة هذا المريض", ""),
    ("is one as Asia/Muscat", "مثل Asia/Muscat", ""),
    ("is one more than can be looked after", "لا يمكن إضافة المزيد", "और लोग नहीं जोड़े जा सकते"),
    ("is somebody's", "يستخدمه شخص آخر", "किसी और का है"),
    ("is the same record", "السجل نفسه", ""),
    ("is three letters, as OMR", "ثلاثة أحرف، مثل OMR", ""),
    ("is yourself", "حسابك أنت", ""),
    ("of staff; patients register", "للموظفين؛ أما المرضى فيسجلون بأنفسهم", ""),
    ("or phone is needed", "أو رقم الهاتف مطلوب", "या फ़ोन नंबर चाहिए"),
    ("3 tries left", "المحاولات المتبقية: 3", "बची कोशिशें: 3"),
];

/// Splits a text where a number begins or ends.
fn pieces(text: &str) -> Vec<&str> {
    let cut = text.as_bytes().chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit());
    cut.filter_map(|piece| str::from_utf8(piece).ok()).collect()
}

fn is_number(piece: &str) -> bool {
    piece.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether two texts differ only in their numbers.
fn are_alike(one: &[&str], other: &[&str]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one == other || is_number(one) && is_number(other))
}

/// The text in another language; the English text if there is no translation.
pub(super) fn said_in(language: Language, why: &str) -> String {
    let asked = pieces(why);
    let found = SAID.iter().find(|(english, ..)| are_alike(&pieces(english), &asked));
    let said = match (found, language) {
        (Some((_, arabic, _)), Language::Ar) => arabic,
        (Some((_, _, hindi)), Language::Hi) if !hindi.is_empty() => hindi,
        _ => why,
    };
    let mut numbers = asked.iter().copied().filter(|piece| is_number(piece));
    let own = pieces(said).into_iter();
    own.map(|piece| if is_number(piece) { numbers.next().unwrap_or(piece) } else { piece }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_carried_over_in_their_order() {
        assert_eq!(said_in(Language::Ar, "is 1 to 80 characters"), "من 1 إلى 80 حرف");
        assert_eq!(said_in(Language::Hi, "2 tries left"), "बची कोशिशें: 2");
        assert_eq!(said_in(Language::En, "is 1 to 80 characters"), "is 1 to 80 characters");
        assert_eq!(said_in(Language::Ar, "is base64"), "is base64");
        // Texts for staff have no Hindi, so they stay English.
        assert_eq!(said_in(Language::Hi, "is 1 to 480 minutes"), "is 1 to 480 minutes");
        for (english, arabic, hindi) in SAID {
            let numbers = |text| pieces(text).into_iter().filter(|piece| is_number(piece)).map(str::to_owned);
            for said in [arabic, hindi].into_iter().filter(|said| !said.is_empty()) {
                assert!(numbers(said).eq(numbers(english)), "{said}");
            }
        }
    }
}
