//! A socket for tests.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use medlane_shared::{
    identity::Face,
    sync::{ClientFrame, Hello, PROTOCOL, PROTOCOL_MIN, Replica, ServerFrame, Topic},
};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

/// How long a frame may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
pub struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    pub async fn open(base: &str) -> Self {
        let url = format!("{}/api/v1/sync", base.replace("http:", "ws:"));
        Self(connect_async(url).await.unwrap().0)
    }

    /// Opens and says hello.
    pub async fn hello(
        base: &str,
        face: Face,
        token: Option<&str>,
        topics: Vec<Topic>,
        replica: Option<Replica>,
    ) -> Self {
        let mut line = Self::open(base).await;
        line.says_hello(face, token, topics, replica).await;
        line
    }

    /// Opens a socket with more headers; returns the status if it is refused.
    pub async fn open_with(base: &str, headers: &[(&'static str, String)]) -> Result<Self, u16> {
        let url = format!("{}/api/v1/sync", base.replace("http:", "ws:"));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Says hello.
    pub async fn says_hello(
        &mut self,
        face: Face,
        token: Option<&str>,
        topics: Vec<Topic>,
        replica: Option<Replica>,
    ) {
        self.send(&ClientFrame::Hello(Hello {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            face,
            token: token.map(str::to_owned),
            device: None,
            replica,
            running_ms: 0,
            topics,
        }))
        .await;
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.text(serde_json::to_string(frame).unwrap()).await;
    }

    pub async fn bytes(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    pub async fn text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next frame; `None` once the socket is closed.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a frame in time");
            match message {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next view that matches; other frames are skipped.
    pub async fn view(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let ServerFrame::View { body, .. } = self.next().await.expect("an open socket")
                && fits(&body)
            {
                return body;
            }
        }
    }
}
