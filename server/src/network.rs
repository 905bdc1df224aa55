//! The form in which limits count addresses.

use std::net::{IpAddr, Ipv6Addr};

/// How many groups of an IPv6 address name the network: a /64, which one household or one server usually has as a
/// whole.
const NETWORK_GROUPS: usize = 4;

/// The network that limits count an address under. For IPv4 it is the address, also if it is written as IPv6
/// (`::ffff:203.0.113.9`). For IPv6 it is the /64, because its holder can use every address in it.
#[must_use]
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let mut groups = ip.segments();
            groups[NETWORK_GROUPS..].fill(0);
            IpAddr::V6(Ipv6Addr::from(groups))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_counts_by_its_64_and_a_mapped_one_as_ipv4() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2:ffff::1"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:3::1"), of("2001:db8:1:2::1"));
        assert_eq!(of("::1"), "::");
    }
}
