//! How many may be inside: connections, and the sockets among them.

use std::{net::IpAddr, sync::Arc};

use medlane_shared::fault::{Code, Fault};

use super::places::{Full, Place, Places};
use crate::config;

/// Files that are not connections: the database's, the web's, the log's.
const RESERVE: usize = 200;
/// Where the system does not say how many files a process may open.
const FILES: usize = 1_024;
/// Connections at least, however few files there are.
const LEAST: usize = 64;
/// Seconds after which a socket that found no place may try again.
const RETRY_S: u32 = 10;

/// The doors of one server.
#[derive(Debug)]
pub struct Doors {
    /// Connections; one network has at most half of them.
    pub connections: Arc<Places>,
    /// Sockets.
    sockets: Arc<Places>,
    /// Sockets that have not said hello yet.
    opening: Arc<Places>,
    /// Sockets of nobody: they follow public views.
    anonymous: Arc<Places>,
}

/// The places of a socket.
#[derive(Debug)]
pub struct SocketPlaces {
    doors: Arc<Doors>,
    ip: Option<IpAddr>,
    _socket: Place,
    /// As long as nobody is known at it.
    stranger: Option<Place>,
}

impl Doors {
    /// As it is set, where the process may open so many files.
    #[must_use]
    pub fn new(http: &config::Http, files: Option<usize>) -> Arc<Self> {
        let room = files.unwrap_or(FILES).saturating_sub(RESERVE).max(LEAST);
        let most = if http.connections == 0 { room } else { http.connections };
        let share = |asked: usize| asked.min((most / 2).max(1));
        let places = |most, each| Places::new(most, share(each));
        Arc::new(Self {
            connections: places(most, http.connections_per_address),
            sockets: places(most, http.sockets_per_address),
            opening: places(share(most), http.anonymous_per_address),
            anonymous: places(share(http.anonymous_sockets), http.anonymous_per_address),
        })
    }

    /// Places for a socket that opens: whose it is, its hello says.
    ///
    /// # Errors
    /// [`Code::RateLimited`] where the address has its share, [`Code::Overloaded`] where all are taken.
    pub fn socket(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<SocketPlaces, Fault> {
        let socket = self.sockets.take(ip).map_err(full)?;
        let stranger = Some(self.opening.take(ip).map_err(full)?);
        Ok(SocketPlaces { doors: Arc::clone(self), ip, _socket: socket, stranger })
    }

    /// Sockets of nobody.
    #[must_use]
    pub fn anonymous(&self) -> usize {
        self.anonymous.taken()
    }
}

impl SocketPlaces {
    /// Somebody has said hello.
    pub fn known(&mut self) {
        self.stranger = None;
    }

    /// The hello named nobody.
    ///
    /// # Errors
    /// As [`Doors::socket`].
    pub fn anonymous(&mut self) -> Result<(), Fault> {
        self.stranger = Some(self.doors.anonymous.take(self.ip).map_err(full)?);
        Ok(())
    }
}

fn full(full: Full) -> Fault {
    let code = match full {
        Full::Network => Code::RateLimited,
        Full::All => Code::Overloaded,
    };
    Fault::new(code).retry_after_s(RETRY_S)
}

/// Raises how many files this process may open to what the system lets it; how many those are, where it says so.
#[cfg(unix)]
#[must_use]
pub fn raise_files() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    // Without a limit the kernel's own counts, which is far more than there are addresses' shares.
    Some(now.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX)))
}

/// How many files this process may open is not known here.
#[cfg(not(unix))]
#[must_use]
pub const fn raise_files() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_waiting_room_finds_its_places_behind_one_address() {
        let http = Config::load(None).unwrap().http;
        let doors = Doors::new(&http, Some(65_536));
        let clinic = Some("203.0.113.9".parse().unwrap());
        let mut open = Vec::new();
        for n in 0..320 {
            let mut socket = doors.socket(clinic).unwrap();
            if n < 300 {
                socket.anonymous().unwrap();
            } else {
                socket.known();
            }
            open.push(socket);
        }
        // Each phone and screen also loads its pages by a few connections.
        let loading: Vec<_> = (0..320 * 5).map(|_| doors.connections.take(clinic).unwrap()).collect();
        assert_eq!((doors.anonymous(), loading.len()), (300, 1_600));
    }

    #[test]
    fn strangers_of_one_address_leave_room_for_who_is_known_there() {
        let mut http = Config::load(None).unwrap().http;
        (http.connections, http.sockets_per_address, http.anonymous_per_address) = (100, 6, 2);
        let doors = Doors::new(&http, None);
        let ip = Some("203.0.113.9".parse().unwrap());
        let nobody = || {
            let mut socket = doors.socket(ip)?;
            socket.anonymous().map(|()| socket)
        };
        let strangers = [nobody().unwrap(), nobody().unwrap()];
        assert_eq!(nobody().unwrap_err().code, Code::RateLimited);
        let silent = [doors.socket(ip).unwrap(), doors.socket(ip).unwrap()];
        assert_eq!(doors.socket(ip).unwrap_err().code, Code::RateLimited, "too many that say nothing");
        assert_eq!(strangers.len(), 2);
        drop(silent);
        for _ in 0..2 {
            let mut socket = doors.socket(ip).unwrap();
            socket.known();
        }
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
