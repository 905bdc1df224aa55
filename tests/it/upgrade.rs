//! A database of every earlier schema upgrades to today's. Each is filled with the part of a world that it could
//! hold.

use std::fs;

use medlane_server::{
    config::{Config, Database},
    core_open,
    db::{Db, DbError, SCHEMA_VERSION, migrate},
    keys::key_is_marked,
};
use medlane_shared::{audit::hex, clinic::BranchPolicy, ids::NoteId, time::Timestamp};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::{
    both,
    tidy::root,
    world::{Client, Node, World},
};

/// The schema that records how contacts were proven.
const CONTACTS: i64 = 17;

/// The earlier default weight of "urgent" in a branch's policy, and today's.
const URGENT_BEFORE: &str = r#""urgent":{"head_start_min":20,"gain":2}"#;
const URGENT_AFTER: &str = r#""urgent":{"head_start_min":240,"gain":1}"#;
/// From the first schema with a branch's policy up to the one that changes the weight of "urgent".
const POLICIES: std::ops::Range<i64> = 6..15;

both!(every_earlier_schema_goes_on, a_migration_that_was_edited_is_named);

/// The first schema whose audit log is bound by the signature of its head.
const BOUND: i64 = 13;

/// A connection to an older database that can also read the world's database.
enum Old {
    Sqlite(SqliteConnection),
    Postgres(PgConnection, String),
}

impl Old {
    /// Opens an empty database beside the world's; also returns its address.
    async fn open(world: &World, version: i64) -> (Self, String) {
        if world.url.starts_with("postgres") {
            let schema = format!("v{version}");
            let mut conn = PgConnection::connect(&world.url).await.unwrap();
            // The copied rows have already been through triggers and foreign keys in the world's database.
            let begin = format!(
                "create schema {schema}; set search_path to {schema}; set session_replication_role to replica"
            );
            sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut conn).await.unwrap();
            (Self::Postgres(conn, schema.clone()), format!("{}?options=-csearch_path%3D{schema}", world.url))
        } else {
            let url = format!("sqlite:{}", world.dir.path().join(format!("v{version}.db")).display());
            let mut conn = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
            let now = world.url.trim_start_matches("sqlite:");
            let begin = format!("pragma foreign_keys = off; attach '{now}' as now");
            sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut conn).await.unwrap();
            (Self::Sqlite(conn), url)
        }
    }

    /// The folder of the migrations, the name of this database, and the name of the world's.
    fn names(&self) -> (&'static str, &str, &'static str) {
        match self {
            Self::Sqlite(_) => ("sqlite", "main", "now"),
            Self::Postgres(_, schema) => ("postgres", schema, "public"),
        }
    }

    async fn run(&mut self, sql: String) {
        let done = match self {
            Self::Sqlite(conn) => sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(conn).await.map(drop),
            Self::Postgres(conn, _) => {
                sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(conn).await.map(drop)
            }
        };
        done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// The full name of a table.
    fn table(&self, name: &str) -> String {
        format!("{}.{name}", self.names().1)
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", hex(bytes)),
            Self::Postgres(..) => format!("decode('{}', 'hex')", hex(bytes)),
        }
    }

    async fn texts(&mut self, sql: String) -> Vec<String> {
        let found = match self {
            Self::Sqlite(conn) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await,
            Self::Postgres(conn, _) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await,
        };
        found.unwrap()
    }

    async fn columns(&mut self, of: &str, table: &str) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => format!("select name from pragma_table_info('{table}', '{of}')"),
            Self::Postgres(..) => format!(
                "select column_name::text from information_schema.columns where table_schema = '{of}' and table_name = '{table}'"
            ),
        };
        self.texts(sql).await
    }

    /// The tables that both databases have, without `schema_version`, each with the columns that both have.
    async fn common(&mut self) -> Vec<(String, String)> {
        let (_, here, now) = self.names();
        let here = here.to_owned();
        let sql = match self {
            Self::Sqlite(_) => {
                "select name from main.sqlite_master where type = 'table' and name not like 'sqlite%'"
                    .to_owned()
            }
            Self::Postgres(..) => {
                format!(
                    "select table_name::text from information_schema.tables where table_schema = '{here}'"
                )
            }
        };
        let mut common = Vec::new();
        for table in self.texts(sql).await {
            let today = self.columns(now, &table).await;
            let mut both = self.columns(&here, &table).await;
            both.retain(|column| today.contains(column));
            if table != "schema_version" && !both.is_empty() {
                common.push((table, both.join(", ")));
            }
        }
        common
    }

    /// Fills it as a program of that version would have left it, and returns the copied tables with their columns.
    async fn fill(&mut self, version: i64) -> Vec<(String, String)> {
        let (folder, here, now) = self.names();
        let here = here.to_owned();
        let mut files: Vec<_> = fs::read_dir(root().join("migrations").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        self.run("create table schema_version (version bigint primary key not null)".to_owned()).await;
        for (file, number) in files.iter().zip(1..=version) {
            self.run(fs::read_to_string(file).unwrap()).await;
            self.run(format!("insert into schema_version (version) values ({number})")).await;
        }
        let common = self.common().await;
        for (table, columns) in &common {
            self.run(format!("insert into {here}.{table} ({columns}) select {columns} from {now}.{table}"))
                .await;
        }
        common
    }

    /// Persons of the world whose contacts are proven differently here.
    async fn proven_otherwise(&mut self) -> Vec<String> {
        let (_, here, now) = self.names();
        let proven = |of: &str| {
            format!(
                "select id || ' ' || coalesce(email_proven_how, '') || ' ' || coalesce(phone_proven_how, '') from {of}.person"
            )
        };
        let sql = format!("{} except {}", proven(now), proven(here));
        self.texts(sql).await
    }

    /// The branches' policies that contain this weight of "urgent".
    async fn policies(&mut self, urgent: &str) -> Vec<String> {
        self.texts(format!("select policy from {} where policy like '%{urgent}%'", self.table("branch")))
            .await
    }

    /// Sets the default weight of "urgent" that programs of that time wrote down.
    async fn urgent_counts_as_before(&mut self, version: i64) {
        if POLICIES.contains(&version) {
            let branch = self.table("branch");
            let set = format!("policy = replace(policy, '{URGENT_AFTER}', '{URGENT_BEFORE}')");
            self.run(format!("update {branch} set {set}")).await;
            assert!(!self.policies(URGENT_BEFORE).await.is_empty(), "policies of schema {version}");
        }
    }

    /// How many of the world's rows are missing here or differ.
    async fn lost(&mut self, table: &str, columns: &str) -> Vec<String> {
        let (_, here, now) = self.names();
        let sql = format!(
            "select cast(count(*) as text) from \
             (select {columns} from {now}.{table} except select {columns} from {here}.{table}) as lost"
        );
        self.texts(sql).await
    }
}

/// Past visits without the time of arrival, which the first schemas did not record.
async fn visits(patient: &Client) -> Vec<Value> {
    let page: Value = patient.get("/api/v1/queue/my-history").await.ok();
    let mut visits = page["items"].as_array().unwrap().clone();
    for visit in &mut visits {
        visit.as_object_mut().unwrap().remove("arrived_at");
    }
    visits
}

/// A binary with an edited migration does not touch the database.
async fn a_migration_that_was_edited_is_named(mut world: World) {
    world.node.stop().await;
    let edited = "update _sqlx_migrations set checksum = (select checksum from _sqlx_migrations where version = 8) where version = 7";
    assert_eq!(world.raw(edited, &[]).await, 1);
    let db = Db::open(&world.url).await.unwrap();
    let refused = migrate(&db).await.unwrap_err();
    assert!(matches!(refused, DbError::MigrationChanged { version: 7 }), "{refused}");
    assert!(refused.to_string().starts_with("[migration_changed] migration 7 "), "{refused}");
    // A later release has migrated it: that is said first, whatever the checksums are.
    world.raw("insert into schema_version (version) values (9999)", &[]).await;
    let refused = migrate(&db).await.unwrap_err();
    assert!(matches!(refused, DbError::SchemaNewer { found: 9_999, .. }), "{refused}");
    db.close().await;
}

async fn every_earlier_schema_goes_on(mut world: World) {
    let (doctor, patient) = (world.doctor(0).await, world.patient(0).await);
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    for n in 1..3 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    let (of, visit) = (world.a.patients[0], &ticket["id"]);
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let note =
        json!({ "id": id, "patient_id": of, "ticket_id": visit, "text": "cough, 3 days", "version": 0 });
    doctor.put(&format!("/api/v1/notes/{id}"), &note).await.ok::<Value>();
    // The first patient is being seen, the second is called, the third waits.
    let call = json!({ "room": "Room 1" });
    let first: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    let serve = json!({ "step": "serve", "version": first["version"] });
    doctor
        .patch(&format!("/api/v1/queue/{}/status", first["id"].as_str().unwrap()), &serve)
        .await
        .ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &call).await.ok::<Value>();
    // Contacts that were typed at the desk, and never proven.
    let typed = json!({ "name": "Typed", "email": "typed@test.example", "phone": "+968 9212 3456" });
    world.reception().await.post("/api/v1/patients", &typed).await.ok::<Value>();
    let history = visits(&patient).await;
    assert_eq!((&history[0]["label"], &history[0]["state"]), (&json!("GP-001"), &json!("done")));
    world.node.stop().await;
    let policy = serde_json::to_string(&BranchPolicy::default()).unwrap();
    assert!(policy.contains(URGENT_AFTER), "{policy}");
    world.raw("update branch set policy = $1", &[&policy]).await;
    let clinic = world.node.core.clinics.get(world.a.id).unwrap();
    let plain = clinic.key.wrapped(&world.node.core.root, world.a.id, world.a.id.0).unwrap();
    for version in 1..SCHEMA_VERSION {
        let (mut old, url) = Old::open(&world, version).await;
        let tables = old.fill(version).await;
        old.urgent_counts_as_before(version).await;
        assert!(tables.iter().any(|(table, _)| table == "ticket"), "{tables:?}");
        let db = Db::open(&url).await.unwrap();
        let ran = migrate(&db).await.unwrap();
        assert_eq!(i64::try_from(ran).unwrap(), SCHEMA_VERSION - version);
        db.close().await;
        assert_eq!(old.policies(URGENT_BEFORE).await, [""; 0], "since schema {version}");
        for (table, columns) in tables {
            assert_eq!(old.lost(&table, &columns).await, ["0"], "rows of {table} since schema {version}");
        }
        if version < CONTACTS {
            assert_eq!(old.proven_otherwise().await, [""; 0], "proven since schema {version}");
        }
        // Before the log was bound, the clinic's key did not say so.
        if version < BOUND {
            let sql = format!(
                "update {} set wrapped = {} where subject_id = '{}'",
                old.table("subject_key"),
                old.bytes(&plain),
                world.a.id
            );
            old.run(sql).await;
        }
        drop(old);
        world.node = Node::start(&url, world.dir.path(), &world.clock).await;
        let (doctor, patient, admin) = (world.doctor(0).await, world.patient(0).await, world.admin().await);
        assert_eq!(visits(&patient).await, history, "since {version}");
        let (one, two): (Value, Value) =
            (patient.get("/api/v1/me").await.ok(), world.patient(1).await.get("/api/v1/me").await.ok());
        assert!(one["record_number"].is_string() && two["record_number"].is_string(), "since {version}");
        assert_ne!(one["record_number"], two["record_number"], "since {version}");
        // The index of the search was filled.
        let reception = world.reception().await;
        for (q, hits) in [("patient63", 1), ("typed", 1), ("9212 3456", 1), ("patient1 of", 11)] {
            let found: Value = reception.get(&format!("/api/v1/patients?q={q}")).await.ok();
            assert_eq!(found["matches"], hits, "{q} since {version}");
        }
        let notes = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
        assert_eq!(doctor.get(&notes).await.ok::<Value>()["items"][0]["text"], "cough, 3 days");
        let called: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
        assert_eq!((called["label"].as_str(), called["reason"].as_str()), (Some("GP-003"), Some("cough")));
        let joined: Value = world.patient(3).await.post("/api/v1/queue/join", &world.join()).await.ok();
        assert_eq!(joined["label"], "GP-004", "since {version}");
        let verdict: Value = admin.get("/api/v1/audit/verify").await.ok();
        assert_eq!(verdict["ok"], true, "since {version}: {verdict}");
        world.node.stop().await;
        // From now on the log is bound.
        let core = core_open(
            &Config { database: Database { url: url.clone() }, ..world.config() },
            world.clock.clock(),
        )
        .await
        .unwrap();
        let clinic = core.clinics.get(world.a.id).unwrap();
        let mut conn = core.db.read().await.unwrap();
        let head = medlane_server::writer::head(&mut conn, clinic.id, false).await.unwrap();
        assert!(head.signature.is_some() && head.checkpoint > 0, "since {version}: {head:?}");
        assert!(key_is_marked(&mut conn, &core.root, clinic.id).await.unwrap(), "since {version}");
        drop(conn);
        assert!(medlane_server::audit::verify(&core, &clinic).await.unwrap().ok, "since {version}");
        core.db.close().await;
    }
}
