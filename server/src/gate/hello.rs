//! Silent sockets: those whose client has not said hello. Their number is limited, for one address and in total. If a new one
//! exceeds a limit, the socket that has been silent longest is closed. So an attacker who opens sockets and stays silent keeps
//! nobody out: a client that says hello at once has its place until then.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;

use crate::{lock::hold, network::network};

/// The silent sockets.
#[derive(Debug)]
pub struct Silent {
    most: usize,
    most_each: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// The number of the next socket.
    next: u64,
    /// All silent sockets, the oldest first.
    all: BTreeMap<u64, (Option<IpAddr>, Arc<Notify>)>,
    /// The sockets of each address. Addresses without a silent socket have no entry.
    by: HashMap<Option<IpAddr>, BTreeSet<u64>>,
}

impl Open {
    fn remove(&mut self, n: u64) -> Option<Arc<Notify>> {
        let (network, leaves) = self.all.remove(&n)?;
        if let Some(own) = self.by.get_mut(&network) {
            own.remove(&n);
            if own.is_empty() {
                self.by.remove(&network);
            }
        }
        Some(leaves)
    }
}

/// A silent socket. Drop it once the client has said hello.
#[derive(Debug)]
pub struct Silence {
    of: Arc<Silent>,
    n: u64,
    leaves: Arc<Notify>,
}

impl Silence {
    /// Notified when the socket has to close.
    #[must_use]
    pub fn leaves(&self) -> Arc<Notify> {
        Arc::clone(&self.leaves)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        hold(&self.of.open).remove(self.n);
    }
}

impl Silent {
    /// Allows `most` silent sockets in total, and `most_each` of one address.
    #[must_use]
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), most_each: most_each.max(1), open: Mutex::default() })
    }

    /// Adds a silent socket. If that exceeds a limit, the oldest of its address has to close, or the oldest of all.
    #[must_use]
    pub fn add(self: &Arc<Self>, ip: Option<IpAddr>) -> Silence {
        let (network, leaves) = (ip.map(network), Arc::new(Notify::new()));
        let mut open = hold(&self.open);
        let own = open.by.get(&network).filter(|own| own.len() >= self.most_each);
        let oldest = own.and_then(|own| own.first().copied());
        let oldest = oldest.or_else(|| {
            let is_full = open.all.len() >= self.most;
            open.all.keys().next().copied().filter(|_| is_full)
        });
        if let Some(gone) = oldest.and_then(|n| open.remove(n)) {
            gone.notify_one();
        }
        let n = open.next;
        open.next += 1;
        open.all.insert(n, (network, Arc::clone(&leaves)));
        open.by.entry(network).or_default().insert(n);
        drop(open);
        Silence { of: Arc::clone(self), n, leaves }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn of(silent: &Arc<Silent>, ip: &str) -> Silence {
        silent.add(Some(ip.parse().unwrap()))
    }

    fn left(silence: &Silence) -> bool {
        silence.leaves().notified().now_or_never().is_some()
    }

    #[test]
    fn the_one_that_has_been_silent_longest_leaves() {
        let silent = Silent::new(4, 2);
        let first = of(&silent, "2001:db8::1");
        let second = of(&silent, "2001:db8::2");
        let third = of(&silent, "2001:db8::3");
        assert_eq!([&first, &second, &third].map(left), [true, false, false], "one /64 is one network");
        drop((first, second));
        let fourth = of(&silent, "2001:db8::4");
        assert!(!left(&third) && !left(&fourth), "a socket makes room once its client said hello");
        // Sockets of many addresses push out the oldest of all.
        let others: Vec<_> = (1..=3).map(|n| of(&silent, &format!("203.0.113.{n}"))).collect();
        assert!(left(&third) && !left(&fourth) && others.iter().all(|other| !left(other)));
        drop((third, fourth, others));
        let open = hold(&silent.open);
        assert!(open.all.is_empty() && open.by.is_empty(), "nothing is kept of those that are gone");
    }
}
