//! Metrics for Prometheus, kept by its own client library.
//!
//! `prometheus-client` is of the Prometheus project (0.26 of this year, Apache-2.0/MIT) and small: dtoa, itoa and `parking_lot` are
//! below it. The crate `metrics` would keep one recorder for the whole process, but each server keeps its own, also in the tests.
//!
//! Names follow Prometheus' conventions: `medlane_`, then the thing, then its unit. No label names a person, a device or a clinic.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, prometheus_text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

pub use prometheus_text::CONTENT_TYPE;

/// From 0.5 ms to 8 s, doubling.
const BUCKETS_S: (f64, f64, u16) = (0.000_5, 2.0, 15);
/// Operations of a batch: from 1 to 256, doubling.
const BUCKETS_OPS: (f64, f64, u16) = (1.0, 2.0, 9);

/// The labels of requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    /// The path as the table of calls has it, with its parameters' names.
    route: &'static str,
    status: u16,
}

/// The label of responses: `2xx`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Class {
    class: &'static str,
}

const CLASSES: [&str; 6] = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Values that are read when the metrics are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Present {
    /// Open connections.
    pub connections: usize,
    /// Open sockets.
    pub sockets: usize,
    /// Open sockets without a signed-in caller.
    pub anonymous: usize,
    /// Operations that wait for the writer.
    pub waiting: usize,
    /// Entries of the change feed, of all clinics.
    pub feed: i64,
    /// Clinics whose audit log does not extend what was signed of it.
    pub audit_broken: usize,
    /// The first bad entry that the last check of an audit log found, recorded or not.
    pub audit_bad_entry: Option<i64>,
    /// The age of the oldest message that is due or has failed so far, in milliseconds.
    pub outbox_ms: i64,
}

/// Metrics since the start.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Operations that the writer ran.
    pub operations: Counter,
    /// Transactions of the writer.
    pub batches: Counter,
    /// Passwords that were hashed or checked.
    pub hashes: Counter,
    /// Connections that found no place.
    pub turned_away: Counter,
    /// How long an operation waited for the writer.
    writer_wait: Histogram,
    /// How many operations a transaction had.
    batch: Histogram,
    /// How long a commit took.
    pub commit: Histogram,
    /// The time from a commit of another node until this node has applied it.
    feed_lag: Histogram,
    requests: Family<Request, Histogram, fn() -> Histogram>,
    responses: Family<Class, Counter>,
    connections: Gauge,
    sockets: Gauge,
    anonymous: Gauge,
    waiting: Gauge,
    feed: Gauge,
    audit_broken: Gauge,
    audit_bad_entry: Gauge,
    outbox: Gauge<f64, std::sync::atomic::AtomicU64>,
}

fn seconds() -> Histogram {
    let (from, factor, length) = BUCKETS_S;
    Histogram::new(exponential_buckets(from, factor, length))
}

impl Default for Metrics {
    fn default() -> Self {
        let (from, factor, length) = BUCKETS_OPS;
        let mut metrics = Self {
            registry: Registry::with_prefix("medlane"),
            operations: Counter::default(),
            batches: Counter::default(),
            hashes: Counter::default(),
            turned_away: Counter::default(),
            writer_wait: seconds(),
            batch: Histogram::new(exponential_buckets(from, factor, length)),
            commit: seconds(),
            feed_lag: seconds(),
            requests: Family::new_with_constructor(seconds),
            responses: Family::default(),
            connections: Gauge::default(),
            sockets: Gauge::default(),
            anonymous: Gauge::default(),
            waiting: Gauge::default(),
            feed: Gauge::default(),
            audit_broken: Gauge::default(),
            audit_bad_entry: Gauge::default(),
            outbox: Gauge::default(),
        };
        // They exist from the start, so that an alert on them has a value.
        for class in &CLASSES[2..] {
            drop(metrics.responses.get_or_create(&Class { class }));
        }
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("operations", "Operations that the writer ran", self.operations.clone());
        all.register("batches", "Transactions of the writer", self.batches.clone());
        all.register("password_checks", "Passwords that were hashed or checked", self.hashes.clone());
        all.register("turned_away", "Connections that found no place", self.turned_away.clone());
        all.register("responses", "HTTP responses by class", self.responses.clone());
        let help = "Time from the headers of a request to its response";
        all.register_with_unit("http_request_duration", help, Unit::Seconds, self.requests.clone());
        let help = "Time that operations waited for the writer";
        all.register_with_unit("writer_wait", help, Unit::Seconds, self.writer_wait.clone());
        all.register("writer_batch_operations", "Operations of a transaction", self.batch.clone());
        let help = "Time of the writer's commits";
        all.register_with_unit("writer_commit", help, Unit::Seconds, self.commit.clone());
        let help = "Time from a commit of another node until this node has applied it";
        all.register_with_unit("feed_lag", help, Unit::Seconds, self.feed_lag.clone());
        all.register("connections", "Open connections", self.connections.clone());
        all.register("sockets", "Open sockets", self.sockets.clone());
        all.register("sockets_anonymous", "Open sockets without a signed-in caller", self.anonymous.clone());
        all.register("writer_queue_operations", "Operations that wait for the writer", self.waiting.clone());
        all.register("feed_entries", "Entries of the change feed, of all clinics", self.feed.clone());
        let help = "Clinics whose audit log does not extend what was signed of it, and is signed no more";
        all.register("audit_broken", help, self.audit_broken.clone());
        let help =
            "First bad entry of an audit log that the last check found, recorded or not; 0 if there is none";
        all.register("audit_bad_entry", help, self.audit_bad_entry.clone());
        let help = "Age of the oldest message that is due or has failed so far";
        all.register_with_unit("outbox_age", help, Unit::Seconds, self.outbox.clone());
    }

    /// Records that a transaction of the writer begins, with how long each of its operations waited.
    pub fn begins(&self, waits: impl ExactSizeIterator<Item = Duration>) {
        let operations = u32::try_from(waits.len()).unwrap_or(u32::MAX);
        self.batches.inc();
        self.operations.inc_by(operations.into());
        self.batch.observe(operations.into());
        for wait in waits {
            self.writer_wait.observe(wait.as_secs_f64());
        }
    }

    /// Records how late this node has applied a commit of another one. The nodes' clocks may differ a little.
    pub fn lags(&self, ms: i64) {
        self.feed_lag.observe(Duration::from_millis(u64::try_from(ms).unwrap_or_default()).as_secs_f64());
    }

    /// Records a response.
    pub fn answered(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        let class = CLASSES.get(usize::from(status / 100)).copied().unwrap_or(CLASSES[5]);
        self.responses.get_or_create(&Class { class }).inc();
        self.requests.get_or_create(&Request { method, route, status }).observe(took.as_secs_f64());
    }

    /// All metrics in Prometheus' text format.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds")]
    pub fn text(&self, present: &Present) -> String {
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.connections.set(whole(present.connections));
        self.sockets.set(whole(present.sockets));
        self.anonymous.set(whole(present.anonymous));
        self.waiting.set(whole(present.waiting));
        self.feed.set(present.feed);
        self.audit_broken.set(whole(present.audit_broken));
        self.audit_bad_entry.set(present.audit_bad_entry.unwrap_or(0));
        self.outbox.set(present.outbox_ms as f64 / 1_000.0);
        let mut text = String::new();
        // Writing into a string does not fail.
        let _written = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_their_units_and_labels_no_ids() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/api/v1/patients/{id}", 200, Duration::from_millis(3));
        metrics.commit.observe(0.002);
        metrics.batch.observe(3.0);
        let text = metrics.text(&Present { outbox_ms: 1_500, sockets: 2, ..Present::default() });
        for line in [
            "# TYPE medlane_http_request_duration_seconds histogram",
            "medlane_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/patients/{id}\",status=\"200\"} 1",
            "medlane_responses_total{class=\"2xx\"} 1",
            "medlane_writer_commit_seconds_count 1",
            "medlane_writer_batch_operations_bucket{le=\"4\"} 1",
            "medlane_outbox_age_seconds 1.5",
            "medlane_sockets 2",
        ] {
            assert!(text.lines().any(|said| said == line), "{line}: {text}");
        }
    }
}
