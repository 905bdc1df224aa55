//! The search of the desk: names in every script, numbers, days and record numbers, and how many patients match.

use medlane_shared::identity::{Face, entries};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::{
    both,
    browser::{Browser, DESKTOP},
    who::registers,
    world::World,
};

both!(
    people_are_found_as_their_names_are_typed,
    a_number_a_day_and_a_record_are_found_as_they_are_typed,
    a_search_says_that_more_people_match,
    the_index_follows_each_change,
    one_name_in_two_forms_is_a_likely_duplicate,
);

async fn find(world: &World, q: &str) -> Vec<String> {
    let path = reqwest::Url::parse_with_params("http://x/api/v1/patients", [("q", q)]).unwrap();
    let path = format!("{}?{}", path.path(), path.query().unwrap());
    let found: Value = world.reception().await.get(&path).await.ok();
    found["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

async fn people_are_found_as_their_names_are_typed(world: World) {
    for name in [
        "ÉMILIE ÅNGSTRÖM",
        "O’Connor Núñez",
        "أحمد بن علي",
        "محـمد الحارثي",
        "فاطمة الزهراء",
        "Jose\u{301} Rivera",
        "Nguyễn Thị Lan",
        "Sara Khan",
        "Jürgen Müller",
        "ज़रीना सिँह",
    ] {
        registers(&world, name, json!({})).await;
    }
    for (q, name) in [
        ("emilie", "ÉMILIE ÅNGSTRÖM"),
        ("ångström", "ÉMILIE ÅNGSTRÖM"),
        ("angstrom  EMILIE", "ÉMILIE ÅNGSTRÖM"),
        ("o'connor", "O’Connor Núñez"),
        ("oconnor", "O’Connor Núñez"),
        ("nunez o’connor", "O’Connor Núñez"),
        ("احمد", "أحمد بن علي"),
        ("علي أحمد", "أحمد بن علي"),
        ("محمد", "محـمد الحارثي"),
        ("حارثي", "محـمد الحارثي"),
        ("فاطمه", "فاطمة الزهراء"),
        ("jose", "Jose\u{301} Rivera"),
        ("nguyen", "Nguyễn Thị Lan"),
        ("khan sara", "Sara Khan"),
        ("sara   khan", "Sara Khan"),
        ("kha", "Sara Khan"),
        ("muller", "Jürgen Müller"),
        ("जरीना", "ज़रीना सिँह"),
        ("सिंह ज़री", "ज़रीना सिँह"),
    ] {
        assert_eq!(find(&world, q).await, [name], "{q}");
    }
    for q in ["han", "sara muller", "onnor"] {
        assert!(find(&world, q).await.is_empty(), "{q}");
    }
}

async fn a_number_a_day_and_a_record_are_found_as_they_are_typed(world: World) {
    let sara = json!({ "phone": "+968 9212 3456", "birth_date": "1949-08-23", "email": "sk@clinic.example" });
    let sara = registers(&world, "Sara Khan", sara).await;
    registers(&world, "Omar Khan", json!({ "birth_date": "1950-08-23" })).await;
    // The 65th patient of the clinic.
    let record = sara["record_number"].as_str().unwrap();
    let check = &record[7..];
    let parts = [
        record.to_owned(),
        format!("MRN {record}"),
        "000065".into(),
        format!("65-{check}"),
        format!("0065{check}"),
    ];
    let parts = parts.iter().map(String::as_str);
    for q in [
        "92123456",
        "9212 3456",
        "+968-9212-3456",
        "0096892123456",
        "٩٢١٢٣٤٥٦",
        "3456",
        "9212",
        "1949-08-23",
        "23/08/1949",
        "23 Aug 1949",
        "٢٣/٠٨/١٩٤٩",
        "khan 23.8.1949",
        "sara 92123456",
        "sk@clinic",
    ]
    .into_iter()
    .chain(parts)
    {
        assert_eq!(find(&world, q).await, ["Sara Khan"], "{q}");
    }
    for q in ["omar 1949-08-23", "omar 92123456", "99999999"] {
        assert!(find(&world, q).await.is_empty(), "{q}");
    }
    // Another clinic's reception finds nobody of this one.
    let other = world.node.sign_in(&world.b, "reception@test.example", Face::Admin).await;
    let found: Value = other.get("/api/v1/patients?q=khan").await.ok();
    assert_eq!(found, json!({ "items": [], "matches": 0 }));
}

async fn a_search_says_that_more_people_match(world: World) {
    let reception = world.reception().await;
    for (path, items, matches) in [
        ("q=patient1&limit=8", 8, 11),
        ("q=patient1", 11, 11),
        ("q=patient&limit=3", 3, 64),
        ("q=name%20of%20patient&limit=3", 3, 64),
        ("q=nobody", 0, 0),
    ] {
        let found: Value = reception.get(&format!("/api/v1/patients?{path}")).await.ok();
        let shown = found["items"].as_array().unwrap().len();
        assert_eq!((shown, &found["matches"]), (items, &json!(matches)), "{path}");
    }
}

/// A person's id, name, address and number.
type Row = (String, String, Option<String>, Option<String>);

/// What the index has, and what it should have.
async fn index(world: &World) -> (Vec<String>, Vec<String>) {
    let people = "select id, name, email, phone from person";
    let rows = "select person_id || ' ' || entry from found_by order by 1";
    let (people, mut rows): (Vec<Row>, Vec<String>) = if world.url.starts_with("postgres") {
        let mut conn = sqlx::PgConnection::connect(&world.url).await.unwrap();
        let people = sqlx::query_as(AssertSqlSafe(people)).fetch_all(&mut conn).await.unwrap();
        (people, sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut conn).await.unwrap())
    } else {
        let mut conn = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        let people = sqlx::query_as(AssertSqlSafe(people)).fetch_all(&mut conn).await.unwrap();
        (people, sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut conn).await.unwrap())
    };
    let of = |(id, name, email, phone): &Row| -> Vec<String> {
        let all = entries(name, email.as_deref(), phone.as_deref());
        all.into_iter().map(|entry| format!("{id} {entry}")).collect()
    };
    let mut wanted: Vec<String> = people.iter().flat_map(of).collect();
    wanted.sort();
    rows.sort();
    (rows, wanted)
}

async fn the_index_follows_each_change(world: World) {
    let (rows, wanted) = index(&world).await;
    assert!(rows == wanted && rows.len() > 200, "after the founding");
    let reception = world.reception().await;
    let lina = registers(&world, "Lina Rossi", json!({ "phone": "+96892123456" })).await;
    let path = format!("/api/v1/patients/{}", lina["id"].as_str().unwrap());
    let told = json!({ "name": "Lina Bianchi", "email": "lina@clinic.example", "version": lina["version"], "is_new": true });
    reception.put(&path, &told).await.ok::<Value>();
    assert_eq!(find(&world, "bianchi").await, ["Lina Bianchi"]);
    assert!(find(&world, "rossi").await.is_empty() && find(&world, "92123456").await.is_empty());
    let patient = world.patient(0).await.confirmed().await;
    patient.patch("/api/v1/users/me", &json!({ "name": "Zoë Åberg" })).await.ok::<Value>();
    assert_eq!(find(&world, "aberg zoe").await, ["Zoë Åberg"]);
    let child = json!({ "name": "Omar Åberg", "birth_date": "2020-02-29" });
    patient.post("/api/v1/users/me/dependants", &child).await.ok::<Value>();
    assert_eq!(find(&world, "aberg omar").await, ["Omar Åberg"]);
    // The list of people is searched by the same index.
    let admin = world.admin().await.confirmed().await;
    let people: Value = admin.get("/api/v1/admin/users?q=aberg%20zoe").await.ok();
    assert_eq!(people["items"][0]["name"], "Zoë Åberg");
    let nobody: Value = admin.get("/api/v1/admin/users?q=%25%25").await.ok();
    assert_eq!(nobody["items"], json!([]));
    // The contacts of a removed account are erased, and its name stays.
    let (id, version) = (&people["items"][0]["id"], &people["items"][0]["version"]);
    let delete = json!({ "standing": "deleted", "why": "asked", "version": version });
    let path = format!("/api/v1/admin/users/{}/standing", id.as_str().unwrap());
    admin.patch(&path, &delete).await.ok::<Value>();
    let (rows, wanted) = index(&world).await;
    assert_eq!(rows, wanted);
}

async fn one_name_in_two_forms_is_a_likely_duplicate(world: World) {
    registers(&world, "O’Connor Núñez", json!({})).await;
    let reception = world.reception().await;
    let again = reception.post("/api/v1/patients", &json!({ "name": "NUNEZ, O'Connor" })).await;
    again.refused(409, "patient_alike");
    registers(&world, "NUNEZ, O'Connor", json!({})).await;
    let born = json!({ "birth_date": "1970-01-01" });
    registers(&world, "Jose Rivera", born.clone()).await;
    registers(&world, "Jose\u{301} Rivera", born).await;
    registers(&world, "أحمد علي", json!({})).await;
    registers(&world, "علي احمد", json!({})).await;
    let found: Value = world.admin().await.get("/api/v1/admin/users/duplicates").await.ok();
    let pairs: Vec<(&str, &str)> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["first"]["name"].as_str().unwrap(), pair["second"]["name"].as_str().unwrap()))
        .collect();
    for pair in [
        ("O’Connor Núñez", "NUNEZ, O'Connor"),
        ("Jose Rivera", "Jose\u{301} Rivera"),
        ("أحمد علي", "علي احمد"),
    ] {
        assert!(pairs.contains(&pair), "{pair:?}: {pairs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_told_that_more_people_match() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.types("#patients-q", "patient").await;
    let said = page.says("#search-more").await;
    assert_eq!(said, "64 people match. The first 20 are shown: type more of the name.");
    page.is_accessible("more patients match than are shown").await;
    page.types("#patients-q", "63").await;
    page.sees("[data-patient='Name of patient63']:only-child").await;
    assert_eq!(page.script("return document.querySelector('#search-more')").await, Value::Null);
}
