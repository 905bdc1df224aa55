//! Limits how many of something may be open at once: in all, for one network, and for one site of IPv6 networks.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex},
};

use crate::{lock::hold, network::network};

/// The bits of an IPv6 address that name its site.
const SITE: u128 = u128::MAX << 80;

/// Why no place could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This network, or its site, has used up its share.
    Network,
    /// All places are taken.
    All,
}

/// Places of one kind.
#[derive(Debug)]
pub struct Places {
    most: usize,
    most_each: usize,
    /// The limit for a site: half of all places, or the limit of a network if that is higher.
    most_site: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// How many places each part holds. Parts without a place have no entry, so there are at most twice as many
    /// entries as places.
    by: HashMap<Part, usize>,
}

/// Addresses that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// An IPv4 address, or the /64 of an IPv6 address.
    Network(IpAddr),
    /// The /48 of an IPv6 address: a customer of a provider can have 65,536 networks.
    Site(Ipv6Addr),
}

impl Part {
    /// The parts that an address belongs to.
    fn of(ip: IpAddr) -> [Option<Self>; 2] {
        let network = network(ip);
        let site = match network {
            IpAddr::V4(_) => None,
            IpAddr::V6(ip) => Some(Self::Site(Ipv6Addr::from_bits(ip.to_bits() & SITE))),
        };
        [Some(Self::Network(network)), site]
    }
}

impl Taken {
    fn leaves(&mut self, part: Part) {
        if let Some(count) = self.by.get_mut(&part) {
            *count -= 1;
            if *count == 0 {
                self.by.remove(&part);
            }
        }
    }
}

/// A taken place. Dropping it frees the place.
#[derive(Debug)]
pub struct TakenPlace {
    of: Arc<Places>,
    parts: [Option<Part>; 2],
}

impl Places {
    /// Limits: in all, and for one network.
    #[must_use]
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        let most_site = (most / 2).max(most_each);
        Arc::new(Self { most, most_each, most_site, taken: Mutex::default() })
    }

    /// Takes a place for an address. With `None` only the overall limit counts.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<TakenPlace, Full> {
        let parts = ip.map(Part::of).unwrap_or_default();
        let mut taken = hold(&self.taken);
        if taken.all >= self.most {
            return Err(Full::All);
        }
        let most = |part: &Part| match part {
            Part::Network(_) => self.most_each,
            Part::Site(_) => self.most_site,
        };
        let known = parts.iter().flatten();
        if known.clone().any(|part| taken.by.get(part).copied().unwrap_or(0) >= most(part)) {
            return Err(Full::Network);
        }
        for part in known {
            *taken.by.entry(*part).or_default() += 1;
        }
        taken.all += 1;
        drop(taken);
        Ok(TakenPlace { of: Arc::clone(self), parts })
    }

    /// How many places are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        hold(&self.taken).all
    }
}

impl Drop for TakenPlace {
    fn drop(&mut self) {
        let mut taken = hold(&self.of.taken);
        taken.all -= 1;
        for part in self.parts.into_iter().flatten() {
            taken.leaves(part);
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
        drop(places.take(ip("2001:db8:7::4")).unwrap());
        assert_eq!(hold(&places.taken).by.len(), 3, "a network without a place is forgotten, and its site");
    }

    #[test]
    fn a_site_of_many_networks_leaves_room_for_others() {
        let places = Places::new(8, 2);
        let of = |site: u16, network: u16| {
            let ip = Ipv6Addr::new(0x2001, 0xdb8, site, network, 0, 0, 0, 1);
            places.take(Some(ip.into()))
        };
        let site: Vec<_> = (0..4).map(|network| of(1, network).unwrap()).collect();
        assert_eq!(of(1, 9).unwrap_err(), Full::Network, "one /48 has half at most");
        let _other = of(2, 0).unwrap();
        let _house = places.take(Some("203.0.113.9".parse().unwrap())).unwrap();
        drop(site);
        of(1, 9).unwrap();
        assert_eq!(hold(&places.taken).by.len(), 3);
    }
}
