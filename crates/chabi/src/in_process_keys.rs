//! The keys of this very process, for APIs that run in it: nothing is fetched.

use std::sync::Arc;

use chabi_authorization_server::keys::SigningKeys;
use chabi_resource_server::{KeySource, Keys, KeysUnavailable};
use futures_util::future::BoxFuture;

/// Always the ring of the moment.
pub(crate) struct InProcessKeys(pub(crate) Arc<SigningKeys>);

impl KeySource for InProcessKeys {
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>> {
        let ring = self.0.ring().map(Keys::Ring).map_err(|_| KeysUnavailable);
        Box::pin(std::future::ready(ring))
    }

    fn newer_than<'a>(&'a self, known: &'a Keys) -> BoxFuture<'a, Option<Keys>> {
        let newer = self.0.ring().ok().map(Keys::Ring).filter(|ring| !ring.is_same(known));
        Box::pin(std::future::ready(newer))
    }
}
