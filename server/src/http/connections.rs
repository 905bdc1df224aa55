//! Accepts connections: up to a limit, each with deadlines, until the server stops.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::StatusCode,
};
use futures_util::FutureExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use medlane_shared::fault::{Code, Fault};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tower::Service as _;

use super::pace::{Paced, Patience, Stage};
use crate::{
    app::App,
    gate::{Full, Places, TakenPlace},
};

/// The largest head of a request, in bytes. It is also the size of one read of a body.
const HEAD_MAX_BYTES: usize = 32 * 1024;
/// When a client that found no place may try again, in seconds.
const RETRY_S: u32 = 5;
/// How many clients are told at once that there is no place, and the longest time for it. Their files come from the
/// reserve.
const FAREWELLS: usize = 64;
const FAREWELL: Duration = Duration::from_secs(1);
/// The pause while no file can be opened. An immediate retry would only use up CPU time.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves connections until the server closes, then lets running requests finish.
pub async fn accept(app: &App, listener: TcpListener, places: Arc<Places>, router: Router) {
    let taking = Taking {
        patience: Patience::from(&app.config.http),
        places,
        farewells: Places::new(FAREWELLS, FAREWELLS),
        proxies: app.config.http.proxies.clone(),
        router,
        closing: app.closing.clone(),
    };
    let (open, opened) = watch::channel(());
    let mut closing = app.closing.clone();
    let mut closes = pin!(closing.wait_for(|closing| *closing).map(drop));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut closes => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Ok(place) = taking.place(peer.ip()) {
                    let (serving, opened) = (taking.serve(stream, peer, place), opened.clone());
                    tokio::spawn(async move {
                        serving.await;
                        drop(opened);
                    });
                } else {
                    app.core.metrics.turned_away.inc();
                    // If too many are being turned away at once, the rest are closed without an answer.
                    if let Ok(place) = taking.farewells.take(None) {
                        tokio::spawn(turn_away(stream, place));
                    }
                }
            }
            Err(error) => {
                let Some(pause) = pause_after(&error) else { continue };
                tracing::error!(%error, "the server cannot accept a connection");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = &mut closes => break,
                }
            }
        }
    }
    drop((listener, opened));
    open.closed().await;
}

/// How long to pause after this error; `None` if only the connection itself failed.
fn pause_after(error: &io::Error) -> Option<Duration> {
    let gone = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    (!gone).then_some(PAUSE)
}

/// Tells a client that there is no place. It first reads for a moment what the client has sent. Otherwise closing
/// would reset the connection, and the answer could be lost.
async fn turn_away(mut stream: TcpStream, _place: TakenPlace) {
    let fault = Fault::new(Code::Overloaded).retry_after_s(RETRY_S);
    let body = serde_json::to_string(&fault).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: {RETRY_S}\r\n\
         cache-control: no-store\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let says = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut heard = [0; 4_096];
        let mut left = HEAD_MAX_BYTES;
        while left > 0 {
            match stream.read(&mut heard).await? {
                0 => break,
                n => left = left.saturating_sub(n),
            }
        }
        Ok::<_, io::Error>(())
    };
    drop(timeout(FAREWELL, says).await);
}

struct Taking {
    patience: Patience,
    places: Arc<Places>,
    /// Places for connections that are being turned away.
    farewells: Arc<Places>,
    proxies: Vec<IpAddr>,
    router: Router,
    closing: watch::Receiver<bool>,
}

impl Taking {
    /// A place for a connection. A trusted proxy carries many clients, so it has no share of its own.
    fn place(&self, peer: IpAddr) -> Result<TakenPlace, Full> {
        let is_proxy = self.proxies.contains(&peer.to_canonical());
        self.places.take((!is_proxy).then_some(peer))
    }

    fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: TakenPlace,
    ) -> impl Future<Output = ()> + Send + use<> {
        let stage = Arc::new(Stage::default());
        let io = TokioIo::new(Paced::new(stream, self.patience, Arc::clone(&stage), place));
        let router = self.router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            stage.begins();
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let (answer, stage) = (router.clone().call(request), Arc::clone(&stage));
            async move {
                let answer = answer.await?;
                stage.answers(answer.status() == StatusCode::SWITCHING_PROTOCOLS);
                Ok::<_, Infallible>(answer)
            }
        });
        let mut closing = self.closing.clone();
        async move {
            let mut http = http1::Builder::new();
            // The stream has its own deadlines. They separate the time between requests from the time for a request's
            // head.
            http.header_read_timeout(None).max_buf_size(HEAD_MAX_BYTES);
            let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
            let mut closes = pin!(closing.wait_for(|closing| *closing).map(drop).fuse());
            loop {
                tokio::select! {
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            tracing::trace!(%error, "a connection ended");
                        }
                        return;
                    }
                    () = &mut closes => connection.as_mut().graceful_shutdown(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_to_accept_is_waited_out_and_a_lost_connection_is_not() {
        for kind in [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset] {
            assert_eq!(pause_after(&kind.into()), None);
        }
        // EMFILE, ENFILE, ENOBUFS.
        for code in [24, 23, 105] {
            assert_eq!(pause_after(&io::Error::from_raw_os_error(code)), Some(PAUSE));
        }
    }
}
