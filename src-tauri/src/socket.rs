//! The line's socket, and what its task waits for.

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
/// An open socket; or none, and why where that is this device, or a session that has ended.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Opened, Option<Fault>>> + Send>>;

/// Connects with a fresh token.
pub(crate) fn connect(session: Arc<Session>) -> Connecting {
    Box::pin(async move {
        // Without a session the hello goes without a token; public views need none.
        let token = match session.token().await {
            // Without a session a kiosk and a board go on with what is public.
            Err(fault) if is_bar(&fault) || (session.face() != Face::Kiosk && !is_passing(&fault)) => {
                return Err(Some(fault));
            }
            token => token.ok().flatten(),
        };
        // An address that is not taken is not connected to; whoever asks for anything is told why.
        let Ok(address) = session.socket() else { return Err(None) };
        let Ok(mut request) = address.into_client_request() else { return Err(None) };
        // Whoever is known needs none of the places of those that are not.
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

/// The socket, once it is open.
pub(crate) async fn connected(connecting: &mut Option<Connecting>) -> Result<Opened, Option<Fault>> {
    match connecting {
        Some(connecting) => connecting.await,
        None => std::future::pending().await,
    }
}

/// The next message.
pub(crate) async fn message(
    socket: &mut Option<Box<Socket>>,
) -> Option<Result<Message, tokio_tungstenite::tungstenite::Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

/// Once the time has come.
pub(crate) async fn woken(wake: Option<Timestamp>) {
    match wake {
        Some(at) => {
            let wait = u64::try_from(at.since_ms(now())).unwrap_or(0);
            sleep_until(Instant::now() + Duration::from_millis(wait)).await;
        }
        None => std::future::pending().await,
    }
}
