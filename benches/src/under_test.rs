//! Starts the process under test, and talks to it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Failed, line::Line};

/// A running server with the demo clinic.
pub struct UnderTest {
    child: Child,
    /// The server's address.
    pub real: String,
    /// The floors' address.
    pub floor: String,
    folder: PathBuf,
}

/// The callers, and what they send.
pub struct People {
    /// A kiosk's token.
    pub kiosk: String,
    /// A doctor's token.
    pub doctor: String,
    /// The branch of both.
    pub branch: String,
    /// The request with which the kiosk joins the doctor's queue.
    pub join: String,
}

impl UnderTest {
    /// Starts one on SQLite in a folder. Creates the clinic if there is none.
    pub fn start(folder: &Path) -> Result<Self, Failed> {
        Self::start_on(folder, &format!("sqlite:{}", folder.join("bench.db").display()))
    }

    /// Starts one on a database.
    pub fn start_on(folder: &Path, url: &str) -> Result<Self, Failed> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(folder)
            .arg(url)
            .env("MEDLANE_LOG__FILTER", "error")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let mut words = line.split_whitespace().skip(1).map(str::to_owned);
        let (real, floor) = words.next().zip(words.next()).ok_or("the server did not start")?;
        Ok(Self { child, real, floor, folder: folder.to_owned() })
    }

    /// The addresses and passwords of the patients.
    pub fn patients(&self) -> Result<Vec<(String, String)>, Failed> {
        let accounts: Value = serde_json::from_slice(&fs::read(self.folder.join("accounts.json"))?)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let patients = accounts["patients"].as_array().into_iter().flatten();
        Ok(patients.map(|one| (text(&one["email"]), text(&one["password"]))).collect())
    }

    /// Signs in a doctor and a kiosk of the same branch.
    pub async fn people(&self) -> Result<People, Failed> {
        let accounts: Value = serde_json::from_slice(&fs::read(self.folder.join("accounts.json"))?)?;
        let mut line = Line::open(&self.real).await?;
        let mut post = async |path: &str, body: Value| -> Result<Value, Failed> {
            let (status, text) = line.ask("POST", path, "", &body.to_string()).await?;
            if status == 200 {
                Ok(serde_json::from_str(&text)?)
            } else {
                Err(format!("{path}: {text}").into())
            }
        };
        let doctor = &accounts["doctors"][0];
        let body = json!({ "email": doctor["email"], "password": doctor["password"], "face": "doctor" });
        let doctor = post("/api/v1/auth/login", body).await?;
        let branch = doctor["me"]["branches"][0].as_str().unwrap_or_default().to_owned();
        let name = doctor["me"]["name"].clone();
        let mut kiosk = Value::Null;
        for device in accounts["devices"].as_array().into_iter().flatten().filter(|d| d["kind"] == "kiosk") {
            let mut enrolled = post("/api/v1/devices/enrol", json!({ "code": device["code"] })).await?;
            let enrolled = enrolled["tokens"].take();
            if enrolled["me"]["branches"][0] == branch.as_str() {
                kiosk = enrolled;
            }
        }
        let (_, services) = line.ask("GET", &format!("/api/v1/branches/{branch}/services"), "", "").await?;
        let services: Value = serde_json::from_str(&services)?;
        let mut own = services["items"].as_array().into_iter().flatten();
        let given = |service: &&Value| service["doctors"].to_string().contains(name.as_str().unwrap_or("?"));
        let service = own.rfind(given).ok_or("the doctor gives nothing")?;
        let join = json!({ "branch_id": branch, "service_id": service["id"], "reason_for_visit": "cough" });
        let token = |tokens: &Value| tokens["access_token"].as_str().unwrap_or_default().to_owned();
        Ok(People { kiosk: token(&kiosk), doctor: token(&doctor), branch, join: join.to_string() })
    }

    /// Signs in at the desk.
    pub async fn reception(&self) -> Result<String, Failed> {
        let accounts: Value = serde_json::from_slice(&fs::read(self.folder.join("accounts.json"))?)?;
        let desk = &accounts["reception"][0];
        let body = json!({ "email": desk["email"], "password": desk["password"], "face": "admin" });
        let mut line = Line::open(&self.real).await?;
        let (status, text) = line.ask("POST", "/api/v1/auth/login", "", &body.to_string()).await?;
        let answer: Value = serde_json::from_str(&text)?;
        let token = answer["access_token"].as_str().map(str::to_owned);
        token.ok_or_else(|| format!("the desk does not sign in: {status} {text}").into())
    }

    /// The CPU time used so far, in ticks of 10 ms.
    pub fn cpu_ticks(&self) -> Result<u64, Failed> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let field = |n: usize| fields.get(n).and_then(|text| text.parse::<u64>().ok()).ok_or("no stat");
        Ok(field(11)? + field(12)?)
    }

    /// The memory in use, in KiB.
    pub fn memory_kib(&self) -> Result<i64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no status")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }
}

impl Drop for UnderTest {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
