//! The id of a request: in its answer, in its fault, and in every line that it leaves in the log, over the writer to the commit.

use std::{
    io,
    sync::{Arc, Mutex},
};

use reqwest::Method;
use serde_json::Value;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::world::{Answer, World};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn with(&self, id: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(id)).map(str::to_owned).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn id_of(answer: &Answer) -> String {
    answer.headers["x-request-id"].to_str().unwrap().to_owned()
}

// One thread runs everything, so the subscriber of this thread hears everything.
#[tokio::test]
async fn a_requests_id_is_in_its_answer_its_fault_and_its_log() {
    let world = World::sqlite().await;
    let patient = world.patient(0).await;
    let lines = Lines::default();
    let logs = tracing_subscriber::fmt().with_ansi(false).with_writer(lines.clone());
    let logs = logs.with_env_filter(EnvFilter::new("medlane_server=debug")).finish();
    let _logs = tracing::subscriber::set_default(logs);
    let asks = async |id: &str, path: &str| {
        patient.send(patient.request(Method::GET, path).header("x-request-id", id)).await
    };
    // An id that a proxy has given is taken if it is short and plain.
    let refused = asks("edge-7", "/api/v1/users/me/nothing").await;
    refused.refused(404, "not_found");
    assert_eq!((id_of(&refused), refused.body["request_id"].as_str()), ("edge-7".to_owned(), Some("edge-7")));
    let other = asks("a\"b", "/api/v1/users/me").await;
    assert_eq!(id_of(&other).len(), 16, "{}", id_of(&other));
    // An operation: from its route over the writer to the commit.
    let joins = patient.request(Method::POST, "/api/v1/queue/join").header("x-request-id", "joins-1");
    patient.send(joins.json(&world.join())).await.ok::<Value>();
    let said = lines.with("joins-1");
    for what in ["committed", "answered"] {
        let line =
            said.iter().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {said:#?}"));
        assert!(line.contains("route=\"/api/v1/queue/join\""), "{line}");
    }
    let all = lines.with("").join("\n");
    assert!(!all.contains("cough") && !all.contains("Name of"), "nothing personal: {all}");
}
