//! A small world: two clinics on one server. Clinic A has two branches. Everyone signs in with the same password.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use medlane_server::{
    clinic::{BranchSave, ServiceSave},
    config::Config,
    core_open,
    engine::{self, Clock, Core},
    identity::{PeopleAdd, Person},
    serve,
    writer::{By, Writer},
};
use medlane_shared::{
    access::Role,
    clinic::{BranchSettings, Given, ServiceSettings},
    identity::{Face, Tokens},
    ids::{BranchId, ClinicId, PersonId, ServiceId},
    time::Timestamp,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub const PASSWORD: &str = "correct horse";

/// A running server and its clinics.
pub struct World {
    pub node: Node,
    pub a: Clinic,
    pub b: Clinic,
    pub url: String,
    pub dir: Arc<tempfile::TempDir>,
    pub clock: TestClock,
}

/// A clinic of the world.
#[derive(Clone)]
pub struct Clinic {
    pub id: ClinicId,
    pub branches: Vec<BranchId>,
    /// GP at the first branch by doctors 0 and 1, XR at the second by doctor 2.
    pub services: Vec<ServiceId>,
    pub doctors: Vec<PersonId>,
    pub patients: Vec<PersonId>,
    /// The clinic's host name; the first clinic has none.
    pub host: Option<String>,
}

/// Real time plus the time that the test lets pass.
#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let (wall, ahead) = (engine::wall_clock(), self.0.clone());
        Arc::new(move || Timestamp::from_ms(wall().ms() + ahead.load(Ordering::SeqCst)))
    }
}

/// One running server process.
pub struct Node {
    pub base: String,
    pub core: Arc<Core>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Node {
    pub async fn start(url: &str, dir: &Path, clock: &TestClock) -> Self {
        Self::start_at(&format!("127.0.0.1:{}", port()), url, dir, clock).await
    }

    /// Starts at a given address, as after a restart.
    pub async fn start_at(listen: &str, url: &str, dir: &Path, clock: &TestClock) -> Self {
        Self::start_with(listen, config(url, dir), clock).await
    }

    /// Starts with the given settings.
    pub async fn start_with(listen: &str, mut config: Config, clock: &TestClock) -> Self {
        let core = core_open(&config, clock.clock()).await.unwrap();
        let listener = TcpListener::bind(listen).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        // Set as a server that shows its messages itself; behind TLS it also has a public address.
        config.http.listen = listener.local_addr().unwrap().to_string();
        if config.http.https && config.http.public_url.is_empty() {
            config.http.public_url.clone_from(&base);
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = core.clone();
        let served = tokio::spawn(async move {
            let until = async move { drop(stopped.await) };
            serve(config, shared, listener, until).await.unwrap();
        });
        Self { base, core, stop: Some(stop), served: Some(served) }
    }

    /// Stops gracefully.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            served.await.unwrap();
        }
    }

    /// A request without a session.
    pub fn anyone(&self) -> Client {
        // The desktop's HTTP client runs in this process too, and needs a TLS implementation chosen.
        medlane_desktop::session::tls();
        Client { base: self.base.clone(), http: reqwest::Client::new(), token: None, host: None, proof: None }
    }

    pub async fn sign_in(&self, clinic: &Clinic, email: &str, face: Face) -> Client {
        let mut client = self.anyone();
        client.host.clone_from(&clinic.host);
        let body = json!({ "email": email, "password": PASSWORD, "face": face });
        let tokens: Tokens = client.post("/api/v1/auth/login", &body).await.ok();
        Client { token: Some(tokens.access_token), ..client }
    }
}

/// The settings that the tests' servers run with.
pub fn config(url: &str, dir: &Path) -> Config {
    let mut config = Config::load(None).unwrap();
    url.clone_into(&mut config.database.url);
    config.keys.file = dir.join("root.key");
    config.audit.checkpoint_s = 1;
    config.web.dir = faces();
    config.web.kit = true;
    config.outbox.show = true;
    (config.limits.anonymous, config.limits.signed_in_a_minute) = (0, 0);
    config.identity.mfa_roles.clear();
    config
}

/// The faces that `cargo xtask test` built; only browsers need them.
fn faces() -> Option<PathBuf> {
    std::env::var_os("MEDLANE_TEST_FACES").map(PathBuf::from)
}

/// Ports reserved for one test process.
const PORTS: u32 = 24;

/// A port below those that the system hands out. A process that lets the system choose cannot get this port, neither
/// before the server listens on it nor while the server restarts.
pub fn port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    loop {
        let nth = std::process::id().wrapping_mul(PORTS).wrapping_add(ASKED.fetch_add(1, Ordering::SeqCst));
        let port = 20_000 + u16::try_from(nth % 12_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A fresh database on the PostgreSQL server that `cargo xtask test` started.
pub async fn fresh_postgres() -> String {
    let server = std::env::var("MEDLANE_TEST_POSTGRES")
        .expect("MEDLANE_TEST_POSTGRES names no PostgreSQL server: run the tests by `cargo xtask test`");
    // A process id comes round again within one run of all tests, since every browser takes many.
    let name = format!("t{:032x}", rand::random::<u128>());
    let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.unwrap();
    format!("{server}/{name}")
}

impl World {
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("medlane.db").display());
        Self::open(url, dir).await
    }

    pub async fn postgres() -> Self {
        Self::open(fresh_postgres().await, tempfile::tempdir().unwrap()).await
    }

    async fn open(url: String, dir: tempfile::TempDir) -> Self {
        let clock = TestClock::default();
        let config = config(&url, dir.path());
        let core = core_open(&config, clock.clock()).await.unwrap();
        let a = furnish(&core, "Clinic A", None).await;
        let b = furnish(&core, "Clinic B", Some("b.test")).await;
        core.db.close().await;
        let node = Node::start(&url, dir.path(), &clock).await;
        Self { node, a, b, url, dir: Arc::new(dir), clock }
    }

    /// The world's time, in seconds.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.node.core.now().ms() / 1_000).unwrap()
    }

    /// Gives a person a phone number and a date of birth, as registering would.
    pub async fn born(&self, person: PersonId, phone: &str, birth_date: &str) {
        let sql = "update person set phone = $2, birth_date = $3 where id = $1";
        self.raw(sql, &[&person.to_string(), phone, birth_date]).await;
    }

    /// Restarts the server with changed settings.
    pub async fn restart(&mut self, set: impl FnOnce(&mut Config)) {
        self.node.stop().await;
        let mut config = self.config();
        set(&mut config);
        self.node = Node::start_with("127.0.0.1:0", config, &self.clock).await;
    }

    /// Runs a statement on the database directly, without the server, and returns how many rows it changed.
    pub async fn raw(&self, sql: &'static str, values: &[&str]) -> u64 {
        if self.url.starts_with("postgres") {
            let mut raw = sqlx::PgConnection::connect(&self.url).await.unwrap();
            let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
            query.execute(&mut raw).await.unwrap().rows_affected()
        } else {
            let mut raw = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
            query.execute(&mut raw).await.unwrap().rows_affected()
        }
    }

    /// The settings that the node runs with.
    pub fn config(&self) -> Config {
        config(&self.url, self.dir.path())
    }

    /// Codes that enrol a kiosk and a board at the first branch.
    pub async fn device_codes(&self) -> [String; 2] {
        let admin = self.admin().await;
        [self.device_code(&admin, "kiosk").await, self.device_code(&admin, "board").await]
    }

    /// A code that enrols a device at the first branch.
    pub async fn device_code(&self, admin: &Client, kind: &str) -> String {
        let body = json!({ "branch_id": self.a.branches[0], "kind": kind, "name": "At the door" });
        let made: Value = admin.post("/api/v1/devices/codes", &body).await.ok();
        made["code"].as_str().unwrap().to_owned()
    }

    /// The page of the local outbox: every message, newest first.
    pub async fn outbox(&self) -> String {
        let Value::String(page) = self.node.anyone().get("/outbox").await.body else { panic!("no outbox") };
        page
    }

    /// The code that was sent last.
    pub async fn code(&self) -> String {
        let page = self.outbox().await;
        let mut words = page.split(|c: char| !c.is_ascii_digit());
        words.find(|word| word.len() == 6).expect("no code was sent").to_owned()
    }

    /// The request that accepts the invitation that was sent last.
    pub async fn invitation(&self, password: &str) -> Value {
        let page = self.outbox().await;
        let link = page.split("/invited#").nth(1).expect("nobody was invited");
        let link = link.split('<').next().unwrap();
        let (id, secret) = link.split_once('.').unwrap();
        json!({ "invitation_id": id, "secret": secret, "password": password })
    }

    pub async fn patient(&self, n: usize) -> Client {
        self.node.sign_in(&self.a, &format!("patient{n}@test.example"), Face::Companion).await
    }

    pub async fn doctor(&self, n: usize) -> Client {
        self.node.sign_in(&self.a, &format!("doctor{n}@test.example"), Face::Doctor).await
    }

    pub async fn reception(&self) -> Client {
        self.node.sign_in(&self.a, "reception@test.example", Face::Admin).await
    }

    /// An administrator who has just confirmed their identity.
    pub async fn admin(&self) -> Client {
        self.node.sign_in(&self.a, "admin@test.example", Face::Admin).await.confirmed().await
    }

    /// The request that joins the GP queue of the first branch.
    pub fn join(&self) -> Value {
        json!({
            "branch_id": self.a.branches[0],
            "service_id": self.a.services[0],
            "reason_for_visit": "cough",
        })
    }
}

/// A hash of [`PASSWORD`] with little work, so that tests are fast.
pub fn quick_hash() -> String {
    let params = Params::new(8, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}

/// The settings of a service.
pub fn service(
    name: &str,
    prefix: &str,
    duration_min: u32,
    given: &[(BranchId, PersonId)],
) -> ServiceSettings {
    let given =
        given.iter().map(|(branch_id, person_id)| Given { branch_id: *branch_id, person_id: *person_id });
    ServiceSettings {
        name: name.to_owned(),
        prefix: prefix.to_owned(),
        duration_min,
        price_minor: 10_000,
        currency: "OMR".to_owned(),
        walk_in: true,
        given: given.collect(),
        version: None,
    }
}

async fn furnish(core: &Arc<Core>, name: &str, host: Option<&str>) -> Clinic {
    let clinic = engine::found(core, name, host).await.unwrap();
    let (writer, written) = Writer::start(core.clone());
    let by = || By::system(clinic.id);
    let now = core.now();
    let mut ids = Vec::new();
    for name in ["North", "South"] {
        let id = BranchId::new(now, rand::random());
        let settings = BranchSettings {
            name: name.to_owned(),
            address: "1 Test Street".to_owned(),
            time_zone: "Asia/Muscat".to_owned(),
            languages: ["en", "ar", "hi"].map(str::to_owned).to_vec(),
            rooms: (1..=16).map(|n| format!("Room {n}")).collect(),
            ..BranchSettings::default()
        };
        writer.run(by(), BranchSave { id, settings }).await.unwrap();
        ids.push(id);
    }
    let hash = quick_hash();
    let person = |email: &str, role, branches: Vec<BranchId>| Person {
        id: PersonId::new(now, rand::random()),
        name: format!("Name of {}", email.split('@').next().unwrap()),
        email: Some(email.to_owned()),
        phone: None,
        birth_date: None,
        language: None,
        gender: None,
        password: Some(hash.clone()),
        roles: vec![role],
        branches,
    };
    let doctors: Vec<Person> =
        (0..3).map(|n| person(&format!("doctor{n}@test.example"), Role::Doctor, vec![ids[n / 2]])).collect();
    let patients: Vec<Person> =
        (0..64).map(|n| person(&format!("patient{n}@test.example"), Role::Patient, Vec::new())).collect();
    let staff = [
        person("reception@test.example", Role::Reception, vec![ids[0]]),
        person("admin@test.example", Role::Admin, Vec::new()),
    ];
    let everyone = [&doctors[..], &patients, &staff].concat();
    writer.run(by(), PeopleAdd(everyone)).await.unwrap();
    let mut made = Vec::new();
    for (name, prefix, given) in [
        ("General practice", "GP", vec![(ids[0], doctors[0].id), (ids[0], doctors[1].id)]),
        ("X-ray", "XR", vec![(ids[1], doctors[2].id)]),
    ] {
        let id = ServiceId::new(now, rand::random());
        let settings = service(name, prefix, 10, &given);
        writer.run(by(), ServiceSave { id, settings }).await.unwrap();
        made.push(id);
    }
    drop(writer);
    written.await.unwrap();
    Clinic {
        id: clinic.id,
        branches: ids,
        services: made,
        doctors: doctors.iter().map(|person| person.id).collect(),
        patients: patients.iter().map(|person| person.id).collect(),
        host: host.map(str::to_owned),
    }
}

/// An HTTP client of one session.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    pub http: reqwest::Client,
    pub token: Option<String>,
    pub host: Option<String>,
    /// Proves that the person has just confirmed their identity.
    pub proof: Option<String>,
}

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub headers: reqwest::header::HeaderMap,
}

impl Client {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        if let Some(proof) = &self.proof {
            request = request.header("medlane-confirm", proof);
        }
        request
    }

    /// The same client, after confirming its identity.
    pub async fn confirmed(self) -> Self {
        self.confirmed_by(None).await
    }

    /// The same, with a code of the second factor.
    pub async fn confirmed_by(self, code: Option<&str>) -> Self {
        let body = json!({ "password": PASSWORD, "code": code });
        let confirmed: Value = self.post("/api/v1/users/me/confirm", &body).await.ok();
        Self { proof: Some(confirmed["proof"].as_str().unwrap().to_owned()), ..self }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        crate::contract::described(method.as_str(), &path, response.status());
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Takes a step of the ticket in `row`.
    pub async fn step(&self, row: &Value, step: &str) -> Answer {
        let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
        self.patch(&path, &json!({ "step": step, "version": row["version"] })).await
    }
}

impl Answer {
    /// The body of a success.
    pub fn ok<T: serde::de::DeserializeOwned>(self) -> T {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        serde_json::from_value(self.body).unwrap()
    }

    /// Asserts a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
    }
}
