//! One site, as an application holds it.

use std::sync::Arc;

use chabi_authorization_server::Standing;
use chabi_resource_owner::ResourceOwner;
use chabi_resource_server::{Bearer, BearerLayer, Rejection};
use chabi_spec::Fault;

use super::SiteParts;

/// A site of the installation. What is changed of it later is another one: ask [`crate::Chabi::site`] again. What a layer needs of it (the
/// issuer, the keys) never changes.
#[derive(Clone)]
pub struct SiteHandle(Arc<SiteParts>);

impl SiteHandle {
    pub(crate) fn new(parts: Arc<SiteParts>) -> Self {
        Self(parts)
    }

    /// Its issuer, which is its public URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// A layer for an API of the same process: checks access tokens of this site, and of no other, for `audience`.
    ///
    /// # Errors
    /// The audience is empty.
    pub fn bearer_layer(&self, audience: impl Into<String>) -> Result<BearerLayer, chabi_resource_server::BuildError> {
        self.0.bearer_layer(audience)
    }

    /// Verifies an access token of this site, for whichever API it is. Whether it was taken back is not looked at.
    ///
    /// # Errors
    /// Why it is not good.
    pub async fn verify(&self, token: &str) -> Result<Bearer, Rejection> {
        self.0.server.verify(token).await
    }

    /// How an access token stands at this site at this moment: see [`crate::Chabi::standing`].
    ///
    /// # Errors
    /// The store's fault.
    pub async fn standing(&self, token: &str) -> Result<Standing, Fault> {
        self.0.server.standing(token).await
    }

    /// Its people: to make accounts, say.
    #[must_use]
    pub fn resource_owner(&self) -> &ResourceOwner {
        &self.0.owner
    }
}

impl std::fmt::Debug for SiteHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteHandle").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
