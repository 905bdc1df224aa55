//! The process under test: the server at one port, and at another the floors, with the same core behind them.

use std::{io::Write as _, net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::{get, post},
};
use medlane_server::{
    app::{App, Core, wall_clock},
    config::Config,
    core_open, demo,
    http::{Asked, Caller, Reply},
    identity::Checks,
    writer::Writer,
};
use medlane_shared::queue::{CallNextRequest, JoinRequest};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{broadcast, mpsc, oneshot, watch},
};

use crate::Failed;

/// As the server's own socket has it.
const READ_BUFFER: usize = 2_048;

/// A writer that does nothing: it answers.
#[derive(Clone)]
struct Idle(mpsc::Sender<oneshot::Sender<()>>);

impl Idle {
    fn start() -> Self {
        let (jobs, mut waiting) = mpsc::channel::<oneshot::Sender<()>>(4_096);
        tokio::spawn(async move {
            while let Some(job) = waiting.recv().await {
                // Whoever asked may have gone.
                let _gone = job.send(());
            }
        });
        Self(jobs)
    }

    async fn answer(&self) {
        let (job, answered) = oneshot::channel();
        if self.0.send(job).await.is_ok() {
            drop(answered.await);
        }
    }
}

/// Serves a database until it is killed.
pub async fn serve(folder: &Path, url: &str) -> Result<(), Failed> {
    let mut config = Config::load(None).map_err(|error| error.to_string())?;
    url.clone_into(&mut config.database.url);
    (config.limits.anonymous, config.limits.signed_in_a_minute) = (0, 0);
    config.limits.tries = u32::MAX;
    config.identity.mfa_roles.clear();
    config.keys.file = folder.join("bench.key");
    let core = core_open(&config, wall_clock()).await?;
    let accounts = folder.join("accounts.json");
    if !accounts.exists() {
        let made = demo::fill(&core, 1).await.map_err(|error| error.to_string())?;
        std::fs::write(&accounts, serde_json::to_vec(&made)?)?;
    }
    let real = TcpListener::bind("127.0.0.1:0").await?;
    let floor = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "ready {} {}", real.local_addr()?, floor.local_addr()?)?;
    let floors = floors(&config, &core).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(floor, floors).await });
    medlane_server::serve(config, core, real, std::future::pending()).await?;
    Ok(())
}

/// The same way in, and nothing behind it.
fn floors(config: &Config, core: &Arc<Core>) -> Router {
    let (writer, _) = Writer::start(Arc::clone(core));
    let (_, closing) = watch::channel(false);
    let checks = Checks::start(1);
    let app = Arc::new(App { config: config.clone(), core: Arc::clone(core), writer, checks, closing });
    let (send, _) = broadcast::channel::<Utf8Bytes>(64);
    Router::new()
        .route("/join", post(join))
        .route("/call-next", post(call_next))
        .route("/send", post(all))
        .route("/ws", get(open))
        .layer(Extension(Idle::start()))
        .layer(Extension(send))
        .with_state(app)
}

/// As large as a ticket.
fn ticket() -> Json<Value> {
    let id = "01900000-0000-7000-8000-000000000000";
    Json(json!({
        "id": id, "label": "GP-123", "state": "waiting", "version": 1, "branch_id": id, "branch_name": "Harbour Clinic",
        "service_id": id, "service_name": "General practice", "position": 3, "wait": { "low_min": 10, "high_min": 20 },
        "calls": 0, "joined_at": "2026-01-01T00:00:00.000Z", "link": "AaH-ESP9dNOZy7fhJy2f5m2nz4BywLAVlRA"
    }))
}

async fn join(
    State(app): State<Arc<App>>,
    Extension(idle): Extension<Idle>,
    caller: Caller,
    Asked { body: _, once: _ }: Asked<JoinRequest>,
) -> Reply<Value> {
    app.core.clinics.get(caller.actor.clinic())?;
    idle.answer().await;
    Ok(ticket())
}

async fn call_next(
    State(app): State<Arc<App>>,
    Extension(idle): Extension<Idle>,
    caller: Caller,
    Asked { body: _, once: _ }: Asked<CallNextRequest>,
) -> Reply<Value> {
    app.core.clinics.get(caller.actor.clinic())?;
    idle.answer().await;
    Ok(ticket())
}

async fn all(Extension(send): Extension<broadcast::Sender<Utf8Bytes>>, text: String) -> &'static str {
    // Nobody may be there yet.
    drop(send.send(text.into()));
    ""
}

async fn open(
    upgrade: WebSocketUpgrade,
    Extension(send): Extension<broadcast::Sender<Utf8Bytes>>,
) -> Response {
    let upgrade = upgrade.read_buffer_size(READ_BUFFER).write_buffer_size(0);
    upgrade.on_upgrade(move |socket| follow(socket, send.subscribe()))
}

async fn follow(mut socket: WebSocket, mut messages: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            message = messages.recv() => {
                let Ok(text) = message else { return };
                if socket.send(Message::Text(text)).await.is_err() {
                    return;
                }
            }
            heard = socket.recv() => if !matches!(heard, Some(Ok(_))) { return },
        }
    }
}
