//! Limits how many refusals get an audit entry of their own, so that nobody can fill the disk by being refused. In a
//! window each caller's first [`OWN_MAX`] refusals are written. Further ones are counted, and one entry reports them
//! when the window ends. Each node counts on its own, and a killed node loses its counts.

use std::{collections::HashMap, net::IpAddr, sync::Mutex};

use medlane_shared::{
    access::{Actor, Known, Who},
    ids::{ClinicId, DeviceId, PersonId},
    time::Timestamp,
};
use serde_json::json;

use super::{by::By, entry::Entry};
use crate::{lock::hold, network::network};

/// How many refusals of one person, device or network get an entry of their own in a window.
const OWN_MAX: u32 = 20;
/// How many refusals of all callers without a session get an entry of their own in a window. Without this limit many
/// networks could fill the disk.
const STRANGERS_MAX: u32 = 1_000;
/// The length of a window, in milliseconds.
const WINDOW_MS: i64 = 15 * 60_000;

/// The caller who was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asker {
    Person(PersonId),
    Device(DeviceId),
    /// An address, or the /64 of an IPv6 address, because its holder can use every address in it.
    Network(Option<IpAddr>),
    /// All callers without a session together.
    Strangers,
}

/// The refusals of a caller in a window.
#[derive(Debug, Clone, Copy)]
struct Count {
    began_at: Timestamp,
    last_at: Timestamp,
    /// Refusals with an entry of their own.
    said: u32,
    /// Further refusals, which were only counted.
    more: u64,
}

/// The counts of this node.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<(ClinicId, Asker), Count>>);

fn asker(by: &By) -> Option<Asker> {
    match &by.actor {
        Actor::Known(Known { who: Who::Person(person), .. }) => Some(Asker::Person(*person)),
        Actor::Known(Known { who: Who::Device(device), .. }) => Some(Asker::Device(*device)),
        Actor::Anonymous { .. } => Some(Asker::Network(by.ip.map(network))),
        Actor::System { .. } => None,
    }
}

impl Refusals {
    /// Counts a refusal. Returns whether it gets an entry of its own. The server's own refusals are not counted.
    pub fn admit(&self, by: &By, at: Timestamp) -> bool {
        let Some(asker) = asker(by) else { return true };
        let clinic = by.actor.clinic();
        let fresh = Count { began_at: at, last_at: at, said: 0, more: 0 };
        let mut counts = hold(&self.0);
        if let Some(own) = counts.get_mut(&(clinic, asker)).filter(|own| own.said >= OWN_MAX) {
            own.last_at = at;
            own.more += 1;
            return false;
        }
        if matches!(asker, Asker::Network(_)) {
            let all = counts.entry((clinic, Asker::Strangers)).or_insert(fresh);
            all.last_at = at;
            if all.said >= STRANGERS_MAX {
                all.more += 1;
                return false;
            }
            all.said += 1;
        }
        let own = counts.entry((clinic, asker)).or_insert(fresh);
        (own.last_at, own.said) = (at, own.said + 1);
        true
    }

    /// Forgets the windows that have ended, or all; the entries of those who were refused more than was written down.
    pub fn ended(&self, now: Timestamp, all: bool) -> Vec<(ClinicId, Entry)> {
        let mut counts = hold(&self.0);
        let is_over = |count: &Count| all || now.since_ms(count.began_at) >= WINDOW_MS;
        let told = counts.iter().filter(|(_, count)| is_over(count) && count.more > 0);
        let told = told.map(|((clinic, asker), count)| (*clinic, entry(*asker, count))).collect();
        counts.retain(|_, count| !is_over(count));
        told
    }
}

fn entry(asker: Asker, count: &Count) -> Entry {
    let target = match asker {
        Asker::Person(person) => format!("person:{person}"),
        Asker::Device(device) => format!("device:{device}"),
        Asker::Network(_) => "network".to_owned(),
        Asker::Strangers => "strangers".to_owned(),
    };
    let mut detail = json!({ "count": count.more, "since": count.began_at, "until": count.last_at });
    if let (Asker::Network(Some(ip)), Some(fields)) = (asker, detail.as_object_mut()) {
        fields.insert("network".to_owned(), ip.to_string().into());
    }
    let (person, device) = match asker {
        Asker::Person(person) => (Some(person), None),
        Asker::Device(device) => (None, Some(device)),
        _ => (None, None),
    };
    Entry::new("access.refused_more", target).proven(person, device).detail(detail).refused()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(ip: &str) -> By {
        let clinic = ClinicId::new(Timestamp::from_ms(1), [1; 10]);
        By { actor: Actor::Anonymous { clinic }, ip: Some(ip.parse().unwrap()), ..By::system(clinic) }
    }

    #[test]
    fn a_network_leaves_so_many_entries_and_one_that_counts_the_rest() {
        let (refusals, now) = (Refusals::default(), Timestamp::from_ms(1_000));
        let admitted = |n: u32| refusals.admit(&by(&format!("2001:db8::{n:x}")), now);
        assert_eq!((0..OWN_MAX + 7).filter(|n| admitted(*n)).count(), 20);
        assert!(refusals.admit(&by("192.0.2.1"), now));
        assert!(refusals.ended(now.plus_ms(WINDOW_MS - 1), false).is_empty());
        let told = refusals.ended(now.plus_ms(WINDOW_MS), false);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].1.detail["count"].as_u64(), &told[0].1.target), (Some(7), &"network".to_owned()));
        assert!(refusals.admit(&by("2001:db8::1"), now), "another window");
    }

    #[test]
    fn many_networks_fill_no_disk() {
        let (refusals, now) = (Refusals::default(), Timestamp::from_ms(1_000));
        let address = |n: u32| by(&format!("10.0.{}.{}", n / 250, n % 250));
        let admitted = (0..STRANGERS_MAX + 500).filter(|n| refusals.admit(&address(*n), now)).count();
        assert_eq!(admitted, 1_000);
        let told = refusals.ended(now, true);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].1.detail["count"].as_u64(), &told[0].1.target),
            (Some(500), &"strangers".to_owned())
        );
    }
}
