//! The revocations of this very process, for APIs that run in it: nothing is fetched.

use std::sync::Arc;

use chabi_authorization_server::revocations::Feed;
use chabi_resource_server::{RevocationSource, Standing};
use chabi_token::{Timestamp, VerifiedAccessToken};

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
