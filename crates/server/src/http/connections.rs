//! Who may hold how many connections: all together, and one client alone.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client_address::TrustedProxies;

/// How often the log says that a client wants too many.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// How many connections may be open at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// In all; more wait in the kernel's queue.
    pub most: usize,
    /// From one client address, or one /64 of IPv6; more are closed at once. Trusted proxies are free of it.
    pub most_per_client: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { most: 16_384, most_per_client: 1_024 }
    }
}

/// Which connections are open.
pub struct Connections {
    bounds: Bounds,
    proxies: TrustedProxies,
    all: Arc<Semaphore>,
    by_client: Mutex<HashMap<IpAddr, usize>>,
    warned: Mutex<Option<Instant>>,
}

/// The place of one connection; free again when it is dropped.
pub struct Place {
    connections: Arc<Connections>,
    /// `None`: a trusted proxy's.
    client: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// None yet.
    pub fn new(bounds: Bounds, proxies: TrustedProxies) -> Arc<Self> {
        let all = Arc::new(Semaphore::new(bounds.most.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { bounds, proxies, all, by_client: Mutex::default(), warned: Mutex::default() })
    }

    /// The proxies that are believed.
    pub fn proxies(&self) -> &TrustedProxies {
        &self.proxies
    }

    /// Waits until there is room for one more.
    pub async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// A place for a connection from this address; `None`: its client has as many as one may have, or a stranger could take all of them.
    pub fn admit(self: &Arc<Self>, peer: IpAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
        let client = (!self.proxies.trusts(peer.to_canonical())).then(|| client_of(peer));
        if let Some(client) = client {
            let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
            let open = by_client.entry(client).or_default();
            if *open >= self.bounds.most_per_client {
                drop(by_client);
                self.warn(client);
                return None;
            }
            *open += 1;
        }
        Some(Place { connections: Arc::clone(self), client, _permit: permit })
    }

    fn warn(&self, client: IpAddr) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() > WARN_EVERY) {
            *warned = Some(Instant::now());
            let most = self.bounds.most_per_client;
            tracing::warn!(%client, most, "a client wants more connections than one may have; if it is a proxy of yours, name it in trusted_proxies");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(client) = self.client else { return };
        let mut by_client = self.connections.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_client.get_mut(&client) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                by_client.remove(&client);
            }
        }
    }
}

/// Whoever has one address of IPv6 has the other 2^64 of its network.
fn client_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn admitted(connections: &Arc<Connections>, peer: &str) -> Option<Place> {
        connections.admit(peer.parse().unwrap(), connections.room().await.unwrap())
    }

    fn connections(most: usize, most_per_client: usize, proxies: &[&str]) -> Arc<Connections> {
        Connections::new(Bounds { most, most_per_client }, TrustedProxies::parse(proxies.iter().copied()).unwrap())
    }

    // req: dos.limits
    #[tokio::test]
    async fn a_client_that_has_all_it_may_have_takes_no_place_of_others() {
        let connections = connections(3, 2, &[]);
        let held = [admitted(&connections, "203.0.113.9").await.unwrap(), admitted(&connections, "::ffff:203.0.113.9").await.unwrap()];
        assert!(admitted(&connections, "203.0.113.9").await.is_none());
        let other = admitted(&connections, "203.0.113.10").await.unwrap();
        drop((held, other));
        assert!(admitted(&connections, "203.0.113.9").await.is_some());
        assert!(connections.by_client.lock().unwrap().is_empty(), "who is gone is forgotten");
    }

    // req: dos.limits
    #[tokio::test]
    async fn the_addresses_of_one_ipv6_network_are_one_client() {
        let connections = connections(9, 1, &[]);
        let _held = admitted(&connections, "2001:db8::1").await.unwrap();
        assert!(admitted(&connections, "2001:db8::ffff:2").await.is_none());
        assert!(admitted(&connections, "2001:db8:0:1::1").await.is_some());
    }

    #[tokio::test]
    async fn a_trusted_proxy_speaks_for_many() {
        let connections = connections(9, 1, &["10.0.0.0/8"]);
        let held = [admitted(&connections, "10.0.0.1").await, admitted(&connections, "10.0.0.1").await];
        assert!(held.iter().all(Option::is_some));
    }
}
