//! Names for the demo clinic, with long ones and two scripts.

use medlane_shared::{access::Role, ids::PersonId, time::Timestamp};
use rand::{RngExt as _, rngs::StdRng};

use crate::identity::Person;

/// Three for each branch.
pub(super) const DOCTORS: [&str; 6] = [
    "Dr. Layla Haddad",
    "Dr. Thomas Berger",
    "Dr. Aisha Al Balushi",
    "Dr. Samuel Okafor",
    "Dr. Maria-Fernanda Villanueva Castellanos",
    "د. يوسف الكندي",
];

/// One for each branch.
pub(super) const RECEPTION: [&str; 2] = ["Noor Al Habsi", "Grace Mwangi"];

const GIVEN: [&str; 30] = [
    "Amal", "Omar", "Fatma", "Khalid", "Priya", "Arjun", "Chen", "Mei", "Lucas", "Emma", "Noah", "Sofia",
    "Yusuf", "Zainab", "Hassan", "Maryam", "Daniel", "Ruth", "Ivan", "Olga", "Kwame", "Ama", "Juan", "Elena",
    "Ali", "Huda", "Peter", "Anna", "Ravi", "Lina",
];
const FAMILY: [&str; 24] = [
    "Al Lawati",
    "Al Saadi",
    "Haddad",
    "Sharma",
    "Patel",
    "Nguyen",
    "Wang",
    "Silva",
    "Garcia",
    "Müller",
    "Novak",
    "Okoye",
    "Mensah",
    "Kim",
    "Tanaka",
    "Ivanova",
    "Rossi",
    "Dubois",
    "Brown",
    "O'Connor",
    "Al Farsi",
    "Khan",
    "Fernandes",
    "van den Berg",
];
const ARABIC: [&str; 10] = [
    "محمد البلوشي",
    "فاطمة الزهراء الحارثي",
    "سالم العامري",
    "مريم اللواتي",
    "أحمد الشكيلي",
    "زينب الهنائي",
    "علي المعمري",
    "هدى الرواحي",
    "يحيى السيابي",
    "نورة الكلباني",
];
const LONG: &str = "Maximiliana-Konstantina Papadopoulou-Chatzigeorgiou von Hohenstein-Wallersee";

/// Patient number `n`.
pub(super) fn patient(n: usize, now: Timestamp, password: &str, rng: &mut StdRng) -> Person {
    let (name, language) = match n {
        7 => (LONG.to_owned(), "en"),
        n if n % 10 == 3 => {
            let name = ARABIC[(n / 10) % ARABIC.len()];
            (if n < 100 { name.to_owned() } else { format!("{name} {}", n / 100 + 1) }, "ar")
        }
        _ => {
            let (given, family) =
                (GIVEN[rng.random_range(0..GIVEN.len())], FAMILY[rng.random_range(0..FAMILY.len())]);
            (format!("{given} {family}"), "en")
        }
    };
    let (year, month, day) =
        (rng.random_range(1938..2024), rng.random_range(1..=12), rng.random_range(1..=28));
    Person {
        id: PersonId::new(now, rng.random()),
        name,
        email: Some(format!("patient{}@demo.medlane.example", n + 1)),
        phone: Some(format!("+9689{:07}", 1_000_000 + n)),
        birth_date: Some(format!("{year}-{month:02}-{day:02}")),
        language: Some(language.to_owned()),
        gender: None,
        password: Some(password.to_owned()),
        roles: vec![Role::Patient],
        branches: Vec::new(),
    }
}

/// The last two patients are second registrations of the first two: one with the family name first, one with the same
/// phone number.
pub(super) fn twice(patients: &mut [Person]) {
    if let [first, second, .., again, other] = patients {
        let mut words: Vec<&str> = first.name.split(' ').collect();
        words.rotate_left(1);
        again.name = words.join(" ");
        again.birth_date.clone_from(&first.birth_date);
        other.name.clone_from(&second.name);
        other.birth_date.clone_from(&second.birth_date);
        other.phone.clone_from(&second.phone);
    }
}
