//! How many of something may be open at once: altogether, and for one network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use super::network;
use crate::lock::hold;

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This network has all that it may have.
    Network,
    /// All places are taken.
    All,
}

/// Places of one kind.
#[derive(Debug)]
pub struct Places {
    most: usize,
    most_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Only networks that have a place are in it: never more than there are places.
    by_network: HashMap<IpAddr, usize>,
}

/// A taken place; free again when this value is dropped.
#[derive(Debug)]
pub struct Place {
    of: Arc<Places>,
    network: Option<IpAddr>,
}

impl Places {
    /// So many altogether, so many for one network.
    #[must_use]
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, taken: Mutex::default() })
    }

    /// Takes a place for an address; `None` counts altogether alone.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<Place, Full> {
        let network = ip.map(network);
        let mut taken = hold(&self.taken);
        if taken.all >= self.most {
            return Err(Full::All);
        }
        if let Some(network) = network {
            let count = taken.by_network.entry(network).or_default();
            if *count >= self.most_each {
                // An entry that was made now would stay for ever.
                if *count == 0 {
                    taken.by_network.remove(&network);
                }
                return Err(Full::Network);
            }
            *count += 1;
        }
        taken.all += 1;
        drop(taken);
        Ok(Place { of: Arc::clone(self), network })
    }

    /// Places that are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        hold(&self.taken).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = hold(&self.of.taken);
        taken.all -= 1;
        if let Some(network) = self.network
            && let Some(count) = taken.by_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_has_its_share_leaves_room_for_others() {
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let places = Places::new(4, 2);
        let first = places.take(ip("2001:db8::1")).unwrap();
        let _second = places.take(ip("2001:db8::2")).unwrap();
        assert_eq!(places.take(ip("2001:db8::3")).unwrap_err(), Full::Network, "one /64 is one network");
        let _other = places.take(ip("203.0.113.9")).unwrap();
        let _proxy = places.take(None).unwrap();
        assert_eq!(places.take(ip("203.0.113.10")).unwrap_err(), Full::All);
        drop(first);
        assert_eq!(places.taken(), 3);
        places.take(ip("2001:db8::4")).unwrap();
        assert_eq!(hold(&places.taken).by_network.len(), 2, "a network without a place is forgotten");
    }
}
