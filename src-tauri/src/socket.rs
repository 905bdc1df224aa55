//! The socket of the line, and the futures that its task waits for.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use medlane_shared::{fault::Fault, identity::Face, sync::ACCESS_HEADER, time::Timestamp};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::{
    clock::now,
    session::{Session, is_bar, is_passing},
};

/// An open socket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
/// An open socket, and the token that it was opened with.
pub(crate) type Opened = (Box<Socket>, Option<String>);
/// The result of a connection attempt: an open socket, or an error. The error holds a fault if this device is barred
/// or the session has ended.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Opened, Option<Fault>>> + Send>>;

/// Connects with a new token.
pub(crate) fn connect(session: Arc<Session>) -> Connecting {
    Box::pin(async move {
        // Without a session the hello has no token. Public views need none.
        let token = match session.token().await {
            // Without a session a kiosk and a board go on with public views.
            Err(fault) if is_bar(&fault) || (session.face() != Face::Kiosk && !is_passing(&fault)) => {
                return Err(Some(fault));
            }
            token => token.ok().flatten(),
        };
        // The address is not allowed, so there is no connection. The next call gets the reason.
        let Ok(address) = session.socket() else { return Err(None) };
        let Ok(mut request) = address.into_client_request() else { return Err(None) };
        // With the token this client does not use up a place for connections without a known caller.
        if let Some(token) = token.as_deref()
            && let Ok(mut shown) = HeaderValue::from_str(token)
        {
            shown.set_sensitive(true);
            request.headers_mut().insert(ACCESS_HEADER, shown);
        }
        let opened = tokio::time::timeout(Duration::from_secs(10), connect_async(request)).await;
        match opened {
            Ok(Ok((socket, _))) => Ok((Box::new(socket), token)),
            _ => Err(None),
        }
    })
}

/// Waits until the socket is open.
pub(crate) async fn connected(connecting: &mut Option<Connecting>) -> Result<Opened, Option<Fault>> {
    match connecting {
        Some(connecting) => connecting.await,
        None => std::future::pending().await,
    }
}

/// Waits for the next message.
pub(crate) async fn message(
    socket: &mut Option<Box<Socket>>,
) -> Option<Result<Message, tokio_tungstenite::tungstenite::Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until the wake time.
pub(crate) async fn woken(wake: Option<Timestamp>) {
    match wake {
        Some(at) => {
            let wait = u64::try_from(at.since_ms(now())).unwrap_or(0);
            sleep_until(Instant::now() + Duration::from_millis(wait)).await;
        }
        None => std::future::pending().await,
    }
}
