//! Sign-in by other providers, over the real routes and a real store, against the provider fixture of the client crate.

#[cfg(test)]
#[path = "../../../client/tests/upstream/fixture.rs"]
#[expect(dead_code, reason = "the fixture can misbehave in more ways than these tests ask for")]
mod fixture;

#[cfg(test)]
#[path = "../../../client/tests/upstream/recorder.rs"]
#[expect(dead_code, reason = "the recorder can tell more of a call than these tests ask for")]
mod recorder;

#[cfg(test)]
mod applications;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod disconnecting;
#[cfg(test)]
mod form_post;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod native;
#[cfg(test)]
mod provider_logout;
#[cfg(test)]
mod resuming;
#[cfg(test)]
mod rfc9700 {
    mod section_4_7;
}
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod social_applications;
#[cfg(test)]
mod takeovers;
#[cfg(test)]
mod trying_out;
#[cfg(test)]
mod upstream_tokens;
#[cfg(test)]
mod world;
