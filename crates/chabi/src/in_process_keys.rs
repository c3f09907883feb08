//! The keys and the revocations of this very process, for APIs that run in it: nothing is fetched.

use std::sync::Arc;

use chabi_authorization_server::{keys::SigningKeys, revocations::Feed};
use chabi_resource_server::{KeySource, Keys, KeysUnavailable, RevocationSource, Standing};
use chabi_token::{Timestamp, VerifiedAccessToken};
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

/// What the feed of this process knows. When the store cannot be asked, what is known stays in force and other tokens are taken for as
/// long as they live, as by any API that cannot reach us.
pub(crate) struct InProcessRevocations(pub(crate) Arc<Feed>);

impl RevocationSource for InProcessRevocations {
    fn standing(&self, token: &VerifiedAccessToken, _now: Timestamp) -> Standing {
        match self.0.fresh() {
            _ if self.0.is_revoked(token) => Standing::Revoked,
            Some(_) => Standing::Good,
            // the first look at the store is not done yet
            None => Standing::Unknown,
        }
    }
}
