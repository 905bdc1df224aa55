//! The process under test. One port has the server, the other the floors; both use the same core.

use std::{hint::black_box, io::Write as _, net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Extension, Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::{get, post},
};
use medlane_server::{
    app::App,
    clinic::Catalogue,
    config::Config,
    core_open, demo,
    engine::{Clinic, Core, Services, wall_clock},
    gate::{Doors, Limits, raise_files},
    http::{Asked, CallAnswer, Caller, Reply, layered},
    identity::{Checks, Pictures},
    queue::{LiveQueue, own_ticket, reason_place, staff_row},
    rooms::asks,
    writer::Writer,
};
use medlane_shared::{
    access::{Action, Actor},
    api,
    ids::TicketId,
    queue,
};
use tokio::{
    net::TcpListener,
    sync::{broadcast, mpsc, oneshot, watch},
};

use crate::Failed;

/// The same size as the server's own socket has.
const READ_BUFFER: usize = 2_048;

/// A writer that only answers.
#[derive(Clone)]
struct Idle(mpsc::Sender<oneshot::Sender<()>>);

impl Idle {
    fn start() -> Self {
        let (jobs, mut waiting) = mpsc::channel::<oneshot::Sender<()>>(4_096);
        tokio::spawn(async move {
            while let Some(job) = waiting.recv().await {
                // The client may have disconnected.
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

/// Serves a database until the process is killed.
pub async fn serve(folder: &Path, url: &str) -> Result<(), Failed> {
    let mut config = Config::load(None).map_err(|error| error.to_string())?;
    url.clone_into(&mut config.database.url);
    (config.limits.anonymous, config.limits.signed_in_a_minute) = (0, 0);
    (config.limits.joins_an_hour, config.limits.dependants_a_day) = (0, 0);
    config.limits.tries = u32::MAX;
    // All load comes from this computer.
    config.http.connections_per_address = usize::MAX;
    config.http.sockets_per_address = usize::MAX;
    config.http.anonymous_sockets = usize::MAX;
    config.http.anonymous_per_address = usize::MAX;
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
    let floors = floors(&config, &core)?.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(floor, floors).await });
    medlane_server::serve(config, core, real, std::future::pending()).await?;
    Ok(())
}

/// The server's request and response path around a writer that does nothing; and sockets with nothing around them.
fn floors(config: &Config, core: &Arc<Core>) -> Result<Router, Failed> {
    let (writer, _) = Writer::start(Arc::clone(core));
    let (_, closing) = watch::channel(false);
    let services = Services::default().with(Checks::start(1)).with(Pictures::default());
    let app = Arc::new(App {
        config: config.clone(),
        core: Arc::clone(core),
        writer,
        doors: Doors::new(&config.http, raise_files()),
        limits: Limits::default(),
        services,
        asks: asks(),
        closing,
    });
    let shown = shown(core).ok_or("nobody waits in the demo clinic")?;
    let calls = Router::new()
        .route("/join", post(join))
        .route("/call-next", post(call_next))
        .layer(Extension(Idle::start()))
        .layer(Extension(shown));
    let (send, _) = broadcast::channel::<Utf8Bytes>(64);
    let sockets = Router::new().route("/send", post(all)).route("/ws", get(open)).layer(Extension(send));
    Ok(sockets.fallback_service(layered(calls, app)))
}

/// A waiting ticket in a branch that the storm does not use. Every answer of the floor shows it.
fn shown(core: &Core) -> Option<TicketId> {
    let clinic = core.clinics.all().into_iter().next()?;
    let branch = clinic.state::<Catalogue>().branches.last()?.id;
    clinic.with(|live: &LiveQueue| {
        live.in_state(branch, queue::State::Waiting).last().map(|live| live.ticket.id)
    })
}

/// Who may see the waiting ticket, which belongs to none of the callers.
fn server(clinic: &Clinic) -> Actor {
    Actor::System { clinic: clinic.id }
}

async fn join(
    State(app): State<Arc<App>>,
    Extension(idle): Extension<Idle>,
    Extension(shown): Extension<TicketId>,
    caller: Caller,
    Asked { body: request, once: _ }: Asked<api::JoinQueue>,
) -> Reply<api::JoinQueue> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let id = TicketId::new(app.core.now(), rand::random());
    let sealed = clinic.key.seal(&reason_place(clinic.id, id, None), request.reason_for_visit.as_bytes());
    black_box(sealed.map_err(|error| app.core.broken(&error.into()))?);
    idle.answer().await;
    Ok(CallAnswer::of(own_ticket(&app.core, &clinic, &server(&clinic), (shown, Action::TicketJoin))?))
}

async fn call_next(
    State(app): State<Arc<App>>,
    Extension(idle): Extension<Idle>,
    Extension(shown): Extension<TicketId>,
    caller: Caller,
    Asked { body: _, once: _ }: Asked<api::CallNext>,
) -> Reply<api::CallNext> {
    idle.answer().await;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(staff_row(&app.core, &clinic, &server(&clinic), shown)?.0))
}

async fn all(Extension(send): Extension<broadcast::Sender<Utf8Bytes>>, text: String) -> &'static str {
    // There may be no receiver yet.
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
