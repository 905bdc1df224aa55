//! The server as a function of its configuration, its listener, and a signal to stop.

use std::{future::Future, sync::Arc, time::Duration};

use medlane_shared::notify::Channel;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    app::App,
    audit,
    config::{Config, ConfigError},
    db::{self, Db, DbError},
    engine::{Clinic, Clock, Core, Services, clinic_list},
    gate::{Doors, Limits, raise_files},
    http,
    identity::{Checks, Pictures},
    keys::{Root, RootError},
    nodes,
    notify::{self, Ways},
    prune, queue,
    rooms::{asks, rooms},
    router::router,
    writer::Writer,
};

/// How long requests and sockets may take to end after the stop. It also holds for the metrics listener.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server did not start, or ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An error of the database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An error of the root key.
    #[error(transparent)]
    Root(#[from] RootError),
    /// An unusable setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An error of the listener.
    #[error("listening: {0}")]
    Listen(#[from] std::io::Error),
}

impl From<sqlx::Error> for ServeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Opens database, keys and clinics, and migrates the schema.
///
/// # Errors
/// [`ServeError`].
pub async fn core_open(config: &Config, clock: Clock) -> Result<Arc<Core>, ServeError> {
    let root = match &config.keys.root {
        Some(text) => Root::from_text("keys.root", text)?,
        None => Root::from_file(&config.keys.file)?,
    };
    let db = Db::open(&config.database.url).await?;
    db::migrate(&db).await?;
    let anchor = match &config.audit.anchor {
        Some(folder) => Some(audit::Anchor::open(folder).await.map_err(|error| {
            let why = format!("{}: the folder has to be there ({error})", folder.display());
            ConfigError::Value { setting: "audit.anchor", why }
        })?),
        None => None,
    };
    let rooms = rooms().service(audit::Outside(anchor));
    let core = Core::new(config.clone(), db, root, rooms, clock);
    let mut conn = core.db.read().await?;
    for row in clinic_list(&mut conn).await? {
        let clinic = Clinic::load(&mut conn, &core.root, &core.rooms, row).await?;
        audit::audit_open(&core, &mut conn, &clinic).await?;
        core.clinics.add(clinic);
    }
    drop(conn);
    Ok(Arc::new(core))
}

/// Serves until `shutdown` ends, then lets running requests finish.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    config: Config,
    core: Arc<Core>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let ways = Ways::new(&config).map_err(|(setting, why)| ConfigError::Value { setting, why })?;
    let ways = Arc::new(ways);
    let (writer, written) = Writer::start(core.clone());
    let (closing, closes) = watch::channel(false);
    let doors = Doors::new(&config.http, raise_files());
    let services = Services::default().with(Checks::start(config.identity.checks)).with(Pictures::default());
    let metrics = match &config.metrics.listen {
        Some(listen) => Some(TcpListener::bind(listen).await?),
        None => None,
    };
    let app = Arc::new(App {
        config,
        core: core.clone(),
        writer,
        doors,
        limits: Limits::default(),
        services,
        asks: asks(),
        closing: closes,
    });
    if app.config.outbox.show {
        tracing::warn!("outbox.show is set: whoever reaches this server reads its messages, codes included");
    }
    let (mut kept, mut logs) = (JoinSet::new(), JoinSet::new());
    let (written_last, log_ends) = watch::channel(false);
    for clinic in core.clinics.all() {
        if app.config.reaches(Channel::Email) && app.config.address_of(clinic.domain.as_deref()).is_err() {
            tracing::warn!(clinic = %clinic.name, "http.public_url is not set: nobody can be invited");
        }
        kept.spawn(notify::keep(app.clone(), ways.clone(), clinic.id));
        logs.spawn(audit::keep(app.clone(), clinic.id, log_ends.clone()));
        kept.spawn(queue::quotes::keep(app.clone(), clinic.id));
        kept.spawn(queue::lapse(app.clone(), clinic.id));
        kept.spawn(queue::watch(app.clone(), clinic.id));
    }
    kept.spawn(nodes::keep(app.clone()));
    kept.spawn(prune::keep(app.clone()));
    kept.spawn(audit::keep_refusals(app.clone()));
    if let Some(metrics) = metrics {
        let app = app.clone();
        kept.spawn(async move {
            // Metrics are most useful when all places are taken, so they have places of their own.
            let places = Arc::clone(&app.doors.metrics);
            let router = http::metrics_alone(app.clone());
            served(&app, http::accept(&app, metrics, places, router)).await;
        });
    }
    tokio::spawn(async move {
        shutdown.await;
        closing.send_replace(true);
    });
    let places = Arc::clone(&app.doors.connections);
    served(&app, http::accept(&app, listener, places, router(app.clone()))).await;
    while kept.join_next().await.is_some() {}
    // The other tasks write to the log until their end, so the last checkpoint comes after them.
    written_last.send_replace(true);
    while logs.join_next().await.is_some() {}
    drop(app);
    // Sockets may still hold the writer. Everything that was answered is written.
    drop(tokio::time::timeout(GRACE, written).await);
    core.db.close().await;
    Ok(())
}

/// Waits for a listener's end. After the stop it waits at most [`GRACE`], also if a client does not disconnect.
async fn served(app: &App, accepting: impl Future<Output = ()> + Send) {
    let mut closes = app.closing.clone();
    tokio::select! {
        () = accepting => {}
        () = async {
            drop(closes.wait_for(|closing| *closing).await);
            tokio::time::sleep(GRACE).await;
        } => {}
    }
}
