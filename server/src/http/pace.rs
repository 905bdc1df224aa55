//! Deadlines of a connection: it ends if the client does not send or accept data in time.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::{config, gate::TakenPlace};

/// The time limits of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the first byte of a request to the end of its headers. For the first request the time runs from the
    /// beginning of the connection.
    pub head: Duration,
    /// From one request to the next.
    pub idle: Duration,
    /// While the client accepts nothing of an answer.
    pub send: Duration,
}

impl From<&config::Http> for Patience {
    fn from(http: &config::Http) -> Self {
        let s = |seconds: u32| Duration::from_secs(seconds.into());
        Self { head: s(http.head_s), idle: s(http.idle_s), send: s(http.send_s) }
    }
}

/// The state of a connection's service, which its stream reads.
#[derive(Debug, Default)]
pub struct Stage {
    /// How many requests have begun.
    requests: AtomicU32,
    /// Whether a handler is working on a request. The client need not send anything meanwhile. The body has its own
    /// deadline.
    answering: AtomicBool,
    /// Whether the connection is a socket. The socket's protocol has its own heartbeats.
    upgraded: AtomicBool,
}

impl Stage {
    /// Called when a request's headers have been read.
    pub fn begins(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.answering.store(true, Ordering::Relaxed);
    }

    /// Called when the answer is ready to send.
    pub fn answers(&self, upgrades: bool) {
        if upgrades {
            self.upgraded.store(true, Ordering::Relaxed);
        }
        self.answering.store(false, Ordering::Relaxed);
    }
}

/// The part of the next request that the stream waits for.
#[derive(Debug, Clone, Copy)]
enum Wait {
    /// No byte has arrived yet.
    Idle(Instant),
    /// The headers have begun.
    Head(Instant),
}

/// A stream with deadlines. It holds the connection's place, also after the connection becomes a socket.
#[derive(Debug)]
pub struct Paced<S> {
    stream: S,
    patience: Patience,
    stage: Arc<Stage>,
    /// How many requests had begun when this stream last checked.
    requests: u32,
    wait: Option<Wait>,
    reading: Option<Pin<Box<Sleep>>>,
    sending: Option<Pin<Box<Sleep>>>,
    _place: TakenPlace,
}

impl<S> Paced<S> {
    /// For a connection that was just accepted.
    pub fn new(stream: S, patience: Patience, stage: Arc<Stage>, place: TakenPlace) -> Self {
        let wait = Some(Wait::Head(Instant::now() + patience.head));
        Self { stream, patience, stage, requests: 0, wait, reading: None, sending: None, _place: place }
    }

    /// The deadline for reading. `came` says whether bytes of a request have arrived.
    fn waits(&mut self, came: bool) -> Option<Instant> {
        let requests = self.stage.requests.load(Ordering::Relaxed);
        if requests != self.requests {
            self.requests = requests;
            self.wait = None;
        }
        let busy =
            self.stage.answering.load(Ordering::Relaxed) || self.stage.upgraded.load(Ordering::Relaxed);
        if busy {
            self.wait = None;
            self.reading = None;
            return None;
        }
        let now = Instant::now();
        let wait = match self.wait {
            Some(wait @ Wait::Head(_)) => wait,
            _ if came => Wait::Head(now + self.patience.head),
            Some(wait) => wait,
            None => Wait::Idle(now + self.patience.idle),
        };
        self.wait = Some(wait);
        let (Wait::Idle(until) | Wait::Head(until)) = wait;
        Some(until)
    }
}

/// Waits for a time with this timer, which is created at the first use.
fn until(timer: &mut Option<Pin<Box<Sleep>>>, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
    if timer.deadline() != at {
        timer.as_mut().reset(at);
    }
    timer.as_mut().poll(cx)
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                if buf.filled().len() > before {
                    this.waits(true);
                }
                Poll::Ready(read)
            }
            Poll::Pending => {
                let Some(at) = this.waits(false) else { return Poll::Pending };
                ready!(until(&mut this.reading, at, cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    fn sent(
        &mut self,
        cx: &mut Context<'_>,
        send: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match send(Pin::new(&mut self.stream), cx) {
            Poll::Ready(done) => {
                self.sending = None;
                // A long answer may take any time, as long as the client keeps accepting it.
                if let Some(Wait::Idle(at)) = &mut self.wait {
                    *at = Instant::now() + self.patience.idle;
                }
                // This timer wakes the task if nothing arrives.
                if let Some(at) = self.waits(false) {
                    let _later = until(&mut self.reading, at, cx);
                }
                Poll::Ready(done)
            }
            Poll::Pending => {
                let at = match &self.sending {
                    Some(timer) => timer.deadline(),
                    None => Instant::now() + self.patience.send,
                };
                ready!(until(&mut self.sending, at, cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.sent(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.sent(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
