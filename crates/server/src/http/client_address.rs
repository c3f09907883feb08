//! From which address a request comes: the connection's, unless a proxy that the configuration trusts says otherwise.

use std::net::IpAddr;

use chabi::ClientAddress;
use http::HeaderMap;

/// The proxies in front of us, as addresses and networks. Empty: nobody is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// Proxies in a row that are read at the most.
const MOST_HOPS: usize = 32;

/// An address, and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

/// Not an address or a network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an address, such as `10.0.0.7`, nor a network, such as `10.0.0.0/24`")]
pub struct NotANetwork(String);

impl TrustedProxies {
    /// Reads addresses and networks.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NotANetwork> {
        texts.into_iter().map(|text| Network::parse(text).ok_or_else(|| NotANetwork(text.to_owned()))).collect::<Result<_, _>>().map(Self)
    }

    /// RFC 9700 §4.13: what `X-Forwarded-For` says counts only as far as trusted proxies wrote it: read from right to left, the first
    /// address that is not a trusted proxy's is the client's.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let peer = peer.to_canonical();
        let mut address = peer;
        if !self.trusts(peer) {
            return ClientAddress(address);
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops.take(MOST_HOPS) {
            // what cannot be read proves nothing: the connection's address counts, and throttles count it
            let Some(hop) = parse_hop(hop) else { return ClientAddress(peer) };
            address = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        ClientAddress(address)
    }

    /// True for a proxy of the operator's. The address is canonical: no IPv4 written as IPv6.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

/// An address, perhaps with a port, perhaps in brackets.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()));
    address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).map(|address: IpAddr| address.to_canonical())
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let width = if IpAddr::is_ipv4(&address) { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { address, bits })
    }

    fn holds(&self, other: IpAddr) -> bool {
        let differs = match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        differs >= self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::parse(proxies.iter().copied()).unwrap();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.client_address(peer.parse().unwrap(), &headers).0.to_string()
    }

    // req: px.trust
    #[test]
    fn a_stranger_who_sends_x_forwarded_for_is_not_believed() {
        assert_eq!(address(&[], "203.0.113.9", &["10.1.1.1"]), "203.0.113.9");
        assert_eq!(address(&["10.0.0.0/8"], "203.0.113.9", &["10.1.1.1"]), "203.0.113.9");
    }

    // req: px.trust
    #[test]
    fn behind_a_trusted_proxy_the_rightmost_untrusted_address_counts() {
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
    }

    // req: bf.xff
    #[test]
    fn a_header_that_cannot_be_read_leaves_the_connections_address() {
        for rubbish in ["a", "", "10.0.0.2,", "fe80::1%eth0", "203.0.113.9;", "unknown", "_hidden", "203.0.113.9, rubbish, 10.0.0.2"] {
            assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[rubbish]), "10.0.0.1", "{rubbish:?}");
        }
        let long = ["10.0.0.2"; 1_000].join(", ");
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[&format!("203.0.113.9, {long}")]), "10.0.0.2");
    }

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        assert_eq!(address(&["::1"], "::1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(address(&["127.0.0.1"], "::ffff:127.0.0.1", &["203.0.113.9:80"]), "203.0.113.9");
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
        assert!(TrustedProxies::parse(["proxy.example"]).is_err());
    }
}
