//! Where a request came from.

use std::net::IpAddr;

/// The peer's address, or what a trusted proxy said it was. The server puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);
