//! Limits on open connections, and on the sockets among them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use medlane_shared::{
    access::Who,
    fault::{Code, Fault},
    ids::SessionId,
};
use tokio::sync::Notify;

use super::{
    hello::{Silence, Silent},
    places::{Full, Places, TakenPlace},
};
use crate::{config, lock::hold};

/// Files for other purposes than connections: the database, the web pages, the log.
const RESERVE: usize = 200;
/// The number of files if the system does not say how many a process may open.
const FILES: usize = 1_024;
/// The fewest connections, even if there are only few files.
const LEAST: usize = 64;
/// The most sockets of one person or device: browser windows, phones, workstations.
const EACH: usize = 20;
/// At most one in this many sockets of an address may be silent: its client has not said hello yet.
const UNKNOWN_SHARE: usize = 4;
/// The most connections to the listener for metrics.
const METRICS: usize = 16;
/// When a client whose socket found no place may try again, in seconds.
const RETRY_S: u32 = 10;

/// The limits of one server.
#[derive(Debug)]
pub struct Doors {
    /// Connections. One network has at most half of them.
    pub connections: Arc<Places>,
    /// Connections to the listener for metrics.
    pub metrics: Arc<Places>,
    /// Sockets.
    sockets: Arc<Places>,
    /// Silent sockets: before their hello, and with a request that named nobody.
    opening: Arc<Silent>,
    /// Sockets without a signed-in caller: they follow public views.
    anonymous: Arc<Places>,
    /// How many sockets each person, device or session has. Callers without a socket have no entry.
    own: Mutex<HashMap<Shown, usize>>,
}

/// The caller that the request for a socket proves, before the hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// An access token proves the caller. Desktop apps send it.
    Who(Who),
    /// A cookie proves the session. A browser cannot send its access token before the hello.
    Session(SessionId),
}

/// The places that one socket holds.
#[derive(Debug)]
pub struct SocketPlaces {
    doors: Arc<Doors>,
    ip: Option<IpAddr>,
    _socket: TakenPlace,
    /// Held until the hello, unless the request proved a caller.
    silence: Option<Silence>,
    /// Held if the hello named no caller.
    stranger: Option<TakenPlace>,
    own: Option<Own>,
}

/// One of a caller's own sockets.
#[derive(Debug)]
struct Own {
    doors: Arc<Doors>,
    who: Shown,
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut own = hold(&self.doors.own);
        if let Some(count) = own.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                own.remove(&self.who);
            }
        }
    }
}

impl Doors {
    /// Uses the configured limits, as far as the process may open enough files.
    #[must_use]
    pub fn new(http: &config::Http, files: Option<usize>) -> Arc<Self> {
        let room = files.unwrap_or(FILES).saturating_sub(RESERVE).max(LEAST);
        let most = if http.connections == 0 { room } else { http.connections };
        let share = |asked: usize| asked.min((most / 2).max(1));
        let places = |most, each| Places::new(most, share(each));
        Arc::new(Self {
            connections: places(most, http.connections_per_address),
            sockets: places(most, http.sockets_per_address),
            opening: Silent::new(
                share(most),
                share(http.anonymous_per_address.min(http.sockets_per_address / UNKNOWN_SHARE)),
            ),
            anonymous: places(share(http.anonymous_sockets), http.anonymous_per_address),
            metrics: Places::new(METRICS, METRICS),
            own: Mutex::default(),
        })
    }

    /// Takes the places for a new socket. Its hello will name the caller. If the request already proved a caller, the
    /// socket is not a silent one.
    ///
    /// # Errors
    /// [`Code::RateLimited`] if the address or the caller has used up its share, [`Code::Overloaded`] if all places
    /// are taken.
    pub fn socket(self: &Arc<Self>, ip: Option<IpAddr>, shown: Option<Shown>) -> Result<SocketPlaces, Fault> {
        let own = shown.map(|shown| self.own(shown)).transpose()?;
        let socket = self.sockets.take(ip).map_err(full)?;
        let silence = own.is_none().then(|| self.opening.add(ip));
        Ok(SocketPlaces { doors: Arc::clone(self), ip, _socket: socket, silence, stranger: None, own })
    }

    fn own(self: &Arc<Self>, who: Shown) -> Result<Own, Fault> {
        let mut own = hold(&self.own);
        let count = own.get(&who).copied().unwrap_or(0);
        if count >= EACH {
            return Err(full(Full::Network));
        }
        own.insert(who, count + 1);
        drop(own);
        Ok(Own { doors: Arc::clone(self), who })
    }

    /// How many sockets have no signed-in caller.
    #[must_use]
    pub fn anonymous(&self) -> usize {
        self.anonymous.taken()
    }
}

impl SocketPlaces {
    /// The hello named a caller.
    ///
    /// # Errors
    /// As [`Doors::socket`].
    pub fn known(&mut self, who: Who) -> Result<(), Fault> {
        let who = Shown::Who(who);
        if self.own.as_ref().is_none_or(|own| own.who != who) {
            self.own = None;
            self.own = Some(self.doors.own(who)?);
        }
        self.silence = None;
        Ok(())
    }

    /// The hello named no caller.
    ///
    /// # Errors
    /// As [`Doors::socket`].
    pub fn anonymous(&mut self) -> Result<(), Fault> {
        self.own = None;
        self.stranger = Some(self.doors.anonymous.take(self.ip).map_err(full)?);
        self.silence = None;
        Ok(())
    }

    /// Notified when a silent socket has to close; `None` after the hello.
    #[must_use]
    pub fn leaves(&self) -> Option<Arc<Notify>> {
        self.silence.as_ref().map(Silence::leaves)
    }
}

/// The fault for a silent socket that had to close.
#[must_use]
pub fn left_out() -> Fault {
    full(Full::Network)
}

fn full(full: Full) -> Fault {
    let code = match full {
        Full::Network => Code::RateLimited,
        Full::All => Code::Overloaded,
    };
    Fault::new(code).retry_after_s(RETRY_S)
}

/// Raises the number of files that this process may open to the system's maximum. Returns that number, if the system
/// says it.
#[cfg(unix)]
#[must_use]
pub fn raise_files() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    // Without a limit the kernel's own limit counts, which is far above all shares.
    Some(now.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX)))
}

/// On this system the number of files is not known.
#[cfg(not(unix))]
#[must_use]
pub const fn raise_files() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use medlane_shared::{
        ids::{DeviceId, PersonId},
        time::Timestamp,
    };

    use super::*;
    use crate::config::Config;

    fn person(n: u16) -> Who {
        let mut id = [0; 10];
        id[..2].copy_from_slice(&n.to_be_bytes());
        Who::Person(PersonId::new(Timestamp::from_ms(1), id))
    }

    #[test]
    fn a_waiting_room_finds_its_places_behind_one_address() {
        let http = Config::load(None).unwrap().http;
        let doors = Doors::new(&http, Some(65_536));
        let clinic = Some("203.0.113.9".parse().unwrap());
        let mut open = Vec::new();
        for n in 0..320_u16 {
            let mut socket = doors.socket(clinic, None).unwrap();
            if n < 300 {
                socket.anonymous().unwrap();
            } else {
                socket.known(person(n)).unwrap();
            }
            open.push(socket);
        }
        // Each phone and screen also loads its pages through a few connections.
        let loading: Vec<_> = (0..320 * 5).map(|_| doors.connections.take(clinic).unwrap()).collect();
        assert_eq!((doors.anonymous(), loading.len()), (300, 1_600));
    }

    #[test]
    fn silent_sockets_keep_nobody_out() {
        let mut http = Config::load(None).unwrap().http;
        (http.connections, http.sockets_per_address, http.anonymous_per_address) = (100, 12, 10);
        let doors = Doors::new(&http, None);
        let ip = Some("203.0.113.9".parse().unwrap());
        let left = |socket: &SocketPlaces| {
            socket.leaves().is_some_and(|leaves| leaves.notified().now_or_never().is_some())
        };
        let silent: Vec<_> = (0..3).map(|_| doors.socket(ip, None).unwrap()).collect();
        assert!(!silent.iter().any(left), "a quarter of the address's sockets");
        // A browser names its caller in its hello. It comes in, and the socket that was silent longest leaves.
        let mut browser = doors.socket(ip, None).unwrap();
        assert_eq!(silent.iter().map(left).collect::<Vec<_>>(), [true, false, false]);
        browser.known(person(1)).unwrap();
        assert!(browser.leaves().is_none(), "a socket stays after its hello");
        // A socket whose request proved a caller is not silent.
        let session = Shown::Session(SessionId::new(Timestamp::from_ms(1), [3; 10]));
        let shown: Vec<_> =
            [session, Shown::Who(person(2))].map(|shown| doors.socket(ip, Some(shown)).unwrap()).into();
        assert!(shown.iter().all(|socket| socket.leaves().is_none()));
        let _more: Vec<_> = (0..6).map(|_| doors.socket(ip, None).unwrap()).collect();
        assert_eq!(doors.socket(ip, None).unwrap_err().code, Code::RateLimited, "the address's share");
    }

    #[test]
    fn a_person_or_device_has_so_many_sockets() {
        let doors = Doors::new(&Config::load(None).unwrap().http, Some(65_536));
        let device = Who::Device(DeviceId::new(Timestamp::from_ms(1), [1; 10]));
        for who in [person(1), device] {
            let mut open: Vec<_> =
                (0..EACH - 1).map(|_| doors.socket(None, Some(Shown::Who(who))).unwrap()).collect();
            // A caller counts once, whether the hello or the request named them.
            let mut hello = doors.socket(None, None).unwrap();
            hello.known(who).unwrap();
            open[0].known(who).unwrap();
            let mut more = doors.socket(None, None).unwrap();
            assert_eq!(more.known(who).unwrap_err().code, Code::RateLimited);
            assert_eq!(doors.socket(None, Some(Shown::Who(who))).unwrap_err().code, Code::RateLimited);
            more.known(person(2)).unwrap();
            open.pop();
            doors.socket(None, Some(Shown::Who(who))).unwrap();
        }
        assert!(hold(&doors.own).is_empty(), "who has none is forgotten");
    }

    #[test]
    fn there_are_fewer_connections_than_files() {
        let http = Config::load(None).unwrap().http;
        let doors = Doors::new(&http, Some(1_024));
        let all: Vec<_> = std::iter::from_fn(|| doors.connections.take(None).ok()).collect();
        assert_eq!(all.len(), 824);
        drop(all);
        let ip = Some("203.0.113.9".parse().unwrap());
        let share: Vec<_> = std::iter::from_fn(|| doors.connections.take(ip).ok()).collect();
        assert_eq!(share.len(), 412, "one address never has all");
    }
}
