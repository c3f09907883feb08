//! Sign-in by other providers, over the real routes and a real store, against the provider fixture of the client crate.

#[cfg(test)]
#[path = "../../../client/tests/upstream/fixture.rs"]
#[expect(dead_code, reason = "the fixture can misbehave in more ways than these tests ask for")]
mod fixture;

#[cfg(test)]
mod connecting;
#[cfg(test)]
mod disconnecting;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod rfc9700 {
    mod section_4_7;
}
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod world;
