//! Limits on requests: for an address without a session, and for a signed-in caller. Each node counts on its own.
//!
//! At an address each call has its own count, so that one caller cannot use up what another needs there. A call that
//! carries a token of this server or a device's signature is counted for the address only if that is not valid: see
//! [`BY_PROOF`].

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Mutex,
};

use medlane_shared::{
    access::{Actor, Known, Who},
    api::{
        AskOrders, Call as _, CheckInDevice, DeviceWiped, EnableMfa, HandOverReads, Login, Logout, Refresh,
        SetUpMfa, VerifyMfa,
    },
    fault::Fault,
    identity::{Attempts, Limit},
    ids::{DeviceId, PersonId, SessionId},
    time::Timestamp,
};

use crate::{config, lock::hold, network::network};

/// Calls without a session that are not counted for their address. Sign-ins have counts in the database. The other calls
/// carry a token or a signature, and are counted once that turns out not to be valid.
const BY_PROOF: &[&str] = &[
    Login::NAME,
    VerifyMfa::NAME,
    SetUpMfa::NAME,
    EnableMfa::NAME,
    Refresh::NAME,
    Logout::NAME,
    CheckInDevice::NAME,
    AskOrders::NAME,
    DeviceWiped::NAME,
    HandOverReads::NAME,
];

/// The most counts in memory. Above it, old ones are dropped.
const KEPT_MAX: usize = 100_000;
/// The share of the counts, one in this many, that is searched at once to make room. One search then serves many
/// requests.
const ROOM_PART: usize = 32;
/// The bits of an address that belong to one customer of a provider: a /16 of IPv4, and of IPv6 the /48 of a large
/// site (RFC 6177).
const SITE: (u32, u128) = (0xffff_0000, u128::MAX << 80);

type Counts = HashMap<Asker, Attempts>;

/// The caller that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asker {
    /// An address without a session, by the name of its call.
    Address(Option<IpAddr>, &'static str),
    /// Signatures from an address that were not valid: for one device that has proven itself to this node, or for all
    /// other devices together.
    Proofs(Option<IpAddr>, Option<DeviceId>),
    /// The requests with a session's refresh token.
    Session(SessionId),
    Person(PersonId),
    Device(DeviceId),
}

impl Asker {
    /// The site of an address; unknown addresses share one. `None` for a signed-in caller, whose counts are never
    /// dropped to make room for addresses.
    fn site(self) -> Option<IpAddr> {
        match self {
            Self::Address(Some(IpAddr::V4(ip)), _) | Self::Proofs(Some(IpAddr::V4(ip)), _) => {
                Some(Ipv4Addr::from_bits(ip.to_bits() & SITE.0).into())
            }
            Self::Address(Some(IpAddr::V6(ip)), _) | Self::Proofs(Some(IpAddr::V6(ip)), _) => {
                Some(Ipv6Addr::from_bits(ip.to_bits() & SITE.1).into())
            }
            Self::Address(None, _) | Self::Proofs(None, _) => Some(Ipv4Addr::UNSPECIFIED.into()),
            Self::Session(_) | Self::Person(_) | Self::Device(_) => None,
        }
    }
}

/// The counts.
#[derive(Debug, Default)]
pub struct Limits {
    counts: Mutex<Counts>,
    /// Devices that have proven themselves to this node; only enrolled ones can.
    proven: Mutex<HashSet<DeviceId>>,
}

impl Limits {
    /// Counts a request. `call` is the name of its call, or empty if the table of calls does not have it.
    ///
    /// # Errors
    /// [`medlane_shared::fault::Code::RateLimited`] with the seconds to wait.
    pub fn count(
        &self,
        actor: &Actor,
        (ip, call): (Option<IpAddr>, &'static str),
        config: &config::LimitsConfig,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (asker, limit) = match actor {
            Actor::Known(Known { who: Who::Person(person), .. }) => (Asker::Person(*person), minute(config)),
            Actor::Known(Known { who: Who::Device(device), .. }) => (Asker::Device(*device), minute(config)),
            Actor::Anonymous { .. } if BY_PROOF.contains(&call) => return Ok(()),
            Actor::Anonymous { .. } => return self.stranger((ip, call), config, now),
            Actor::System { .. } => return Ok(()),
        };
        self.one_more(asker, limit, config, now)
    }

    /// Counts a request without a session, or with an invalid token, for its address and call.
    ///
    /// # Errors
    /// As [`Limits::count`].
    pub fn stranger(
        &self,
        (ip, call): (Option<IpAddr>, &'static str),
        config: &config::LimitsConfig,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.one_more(Asker::Address(ip.map(network), call), quarter_hour(config), config, now)
    }

    /// Counts a request with a valid refresh token for its session, not for its address.
    ///
    /// # Errors
    /// As [`Limits::count`].
    pub fn session(&self, id: SessionId, config: &config::LimitsConfig, now: Timestamp) -> Result<(), Fault> {
        self.one_more(Asker::Session(id), minute(config), config, now)
    }

    /// Checks that the address may send one more signature of a device. Invalid signatures for made-up devices do not
    /// count against a device that has proven itself since the start.
    ///
    /// # Errors
    /// As [`Limits::count`].
    pub fn may_prove(
        &self,
        (ip, device): (Option<IpAddr>, DeviceId),
        config: &config::LimitsConfig,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let before = hold(&self.counts).get(&self.proofs(ip, device)).copied();
        proofs(config).check(before, now).map_err(Fault::rate_limited)
    }

    /// Counts an invalid signature; a valid one makes its device known.
    pub fn proved(
        &self,
        (ip, device): (Option<IpAddr>, DeviceId),
        holds: bool,
        config: &config::LimitsConfig,
        now: Timestamp,
    ) {
        if holds {
            hold(&self.proven).insert(device);
        } else {
            // `may_prove` refuses the next one if this was one too many.
            drop(self.one_more(self.proofs(ip, device), proofs(config), config, now));
        }
    }

    fn proofs(&self, ip: Option<IpAddr>, device: DeviceId) -> Asker {
        Asker::Proofs(ip.map(network), Some(device).filter(|device| hold(&self.proven).contains(device)))
    }

    fn one_more(
        &self,
        asker: Asker,
        limit: Limit,
        config: &config::LimitsConfig,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if limit.max == 0 {
            return Ok(());
        }
        let mut counts = hold(&self.counts);
        if counts.len() >= KEPT_MAX && !counts.contains_key(&asker) {
            let window_ms = |asker: &Asker| match asker.site() {
                Some(_) => quarter_hour(config).window_ms,
                None => minute(config).window_ms,
            };
            make_room(&mut counts, KEPT_MAX, window_ms, now);
        }
        let before = counts.get(&asker).copied();
        limit.check(before, now).map_err(Fault::rate_limited)?;
        counts.insert(asker, limit.count(before, now));
        Ok(())
    }
}

const fn minute(config: &config::LimitsConfig) -> Limit {
    Limit { window_ms: 60_000, max: config.signed_in_a_minute, grows: false }
}

const fn quarter_hour(config: &config::LimitsConfig) -> Limit {
    Limit { window_ms: config.window_s * 1_000, max: config.anonymous, grows: false }
}

/// The limit on invalid signatures of devices from one address.
const fn proofs(config: &config::LimitsConfig) -> Limit {
    Limit { max: config.tries, ..quarter_hour(config) }
}

/// Drops the counts whose window has ended. If there are none, it drops the older half of the counts of the sites
/// with the most addresses. An attacker with many addresses pushes out only their own counts; those of other sites
/// and of signed-in callers stay.
fn make_room(counts: &mut Counts, kept_max: usize, window_ms: impl Fn(&Asker) -> i64, now: Timestamp) {
    counts.retain(|asker, count| now.since_ms(count.began_at) < window_ms(asker));
    if counts.len() < kept_max {
        return;
    }
    let mut sizes = HashMap::<IpAddr, usize>::new();
    for site in counts.keys().filter_map(|asker| asker.site()) {
        *sizes.entry(site).or_default() += 1;
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_unstable_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut looked_at = 0;
    let crowded: HashSet<IpAddr> = sizes
        .into_iter()
        .take_while(|(_, size)| {
            let is_more_needed = looked_at < (kept_max / ROOM_PART).max(2);
            looked_at += size;
            is_more_needed
        })
        .map(|(site, _)| site)
        .collect();
    let mut theirs: Vec<(Timestamp, Asker)> = counts
        .iter()
        .filter(|(asker, _)| asker.site().is_some_and(|site| crowded.contains(&site)))
        .map(|(asker, count)| (count.began_at, *asker))
        .collect();
    theirs.sort_unstable_by_key(|(began_at, _)| *began_at);
    for (_, asker) in theirs.iter().take((theirs.len() / 2).max(1)) {
        counts.remove(asker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW_MS: i64 = 900_000;

    fn window_ms(asker: &Asker) -> i64 {
        if asker.site().is_some() { WINDOW_MS } else { 60_000 }
    }

    fn person(n: u8) -> Asker {
        Asker::Person(PersonId::new(Timestamp::from_ms(1), [n; 10]))
    }

    fn count(s: i64) -> Attempts {
        let at = Timestamp::from_ms(s * 1_000);
        Attempts { began_at: at, last_at: at, count: 1 }
    }

    fn address(text: &str) -> Asker {
        Asker::Address(Some(text.parse().unwrap()), "GetBoard")
    }

    #[test]
    fn a_full_table_forgets_the_oldest_of_the_most_crowded_site() {
        let mut counts = Counts::new();
        // These counts are older than the attacker's, but must stay.
        for n in 0..50 {
            counts.insert(address(&format!("203.{n}.113.9")), count(1));
            counts.insert(person(n), count(790));
        }
        for n in 0..900 {
            counts.insert(address(&format!("2001:db8:1:{n:x}::")), count(2 + n));
        }
        let before = counts.clone();
        make_room(&mut counts, 1_000, window_ms, Timestamp::from_ms(800_000));
        assert_eq!(counts.len(), 550);
        let gone: Vec<&Asker> = before.keys().filter(|asker| !counts.contains_key(*asker)).collect();
        assert!(gone.iter().all(|asker| asker.site() == address("2001:db8:1::").site()));
        assert!(gone.iter().all(|asker| before[*asker].began_at < Timestamp::from_ms(452_000)), "the oldest");
    }

    #[test]
    fn strangers_push_out_nobody_who_is_signed_in() {
        let mut counts = Counts::new();
        for n in 0..100 {
            counts.insert(person(n), count(790));
        }
        // Each of these addresses is its own site. The signed-in callers would be the largest group.
        for n in 0..100 {
            counts.insert(address(&format!("2001:db8:{n:x}::")), count(795));
        }
        make_room(&mut counts, 200, window_ms, Timestamp::from_ms(800_000));
        assert!(counts.len() < 200);
        assert!((0..100).all(|n| counts.contains_key(&person(n))));
        // The windows of signed-in callers are shorter.
        make_room(&mut counts, 100, window_ms, Timestamp::from_ms(851_000));
        assert!((0..100).all(|n| !counts.contains_key(&person(n))));
        assert!(counts.len() > 50);
    }

    #[test]
    fn what_has_ended_is_forgotten_first() {
        let mut counts: Counts = (0..10).map(|n| (address(&format!("203.{n}.113.9")), count(n))).collect();
        make_room(&mut counts, 10, window_ms, Timestamp::from_ms(WINDOW_MS + 4_000));
        assert_eq!(counts.len(), 5);
    }

    #[test]
    fn a_table_of_strangers_keeps_most_of_them() {
        let mut counts: Counts = (0..200).map(|n| (address(&format!("203.{n}.113.9")), count(n))).collect();
        make_room(&mut counts, 200, window_ms, Timestamp::from_ms(1_000));
        assert!((190..200).contains(&counts.len()), "{}", counts.len());
    }

    #[test]
    fn wrong_proofs_use_up_nothing_of_a_device_that_has_proven_itself() {
        let limits = Limits::default();
        let config = config::LimitsConfig { tries: 3, ..config::Config::load(None).unwrap().limits };
        let (ip, now) = (Some("203.0.113.9".parse().unwrap()), Timestamp::from_ms(1));
        let device = |n: u8| DeviceId::new(Timestamp::from_ms(1), [n; 10]);
        limits.proved((ip, device(1)), true, &config, now);
        for n in 2..5 {
            limits.may_prove((ip, device(n)), &config, now).unwrap();
            limits.proved((ip, device(n)), false, &config, now);
        }
        assert!(limits.may_prove((ip, device(9)), &config, now).is_err(), "unheard of at a busy address");
        limits.may_prove((ip, device(1)), &config, now).unwrap();
        limits.may_prove((Some("203.0.113.8".parse().unwrap()), device(9)), &config, now).unwrap();
        // An attacker who knows the device's id uses up its proofs from their own address only.
        for _ in 0..3 {
            limits.proved((ip, device(1)), false, &config, now);
        }
        assert!(limits.may_prove((ip, device(1)), &config, now).is_err());
        limits.may_prove((None, device(1)), &config, now).unwrap();
        limits.may_prove((ip, device(9)), &config, Timestamp::from_ms(900_001)).unwrap();
    }
}
