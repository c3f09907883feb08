//! What one site is made of, and its routes.

use std::sync::Arc;

use axum::{Router, extract::Request};
use chabi_authorization_server::AuthorizationServer;
use chabi_pages::Pages;
use chabi_resource_owner::ResourceOwner;
use chabi_resource_server::{BearerLayer, ResourceServer};
use chabi_token::Env;
use tower_http::csrf::CsrfLayer;

use crate::{
    in_process_revocations::InProcessRevocations,
    layers::{self, Around},
    static_files,
    trouble::{Asked, Trouble},
};

/// One site, put together.
pub(crate) struct SiteParts {
    pub issuer: String,
    pub owner: ResourceOwner,
    pub server: AuthorizationServer,
    pub pages: Arc<Pages>,
    pub same_origin: CsrfLayer,
    pub trouble: Trouble,
    pub env: Env,
}

impl SiteParts {
    /// What belongs to every site, without anything around it.
    pub(crate) fn routes(&self) -> Router {
        let people = chabi_resource_owner::router(self.owner.clone());
        let people = layers::same_origin::required(people, &self.same_origin, &self.trouble);
        // what providers send from elsewhere: no form of ours, and without our cookies
        let people = people.merge(chabi_resource_owner::router_from_elsewhere(self.owner.clone()));
        self.server.router().merge(people).merge(static_files::router(Arc::clone(&self.pages)))
    }

    /// The same, and its own 404 for all else.
    pub(crate) fn routes_and_no_more(&self) -> Router {
        let trouble = self.trouble.clone();
        self.routes().fallback(move |request: Request| std::future::ready(trouble.not_found(&Asked::by(&request))))
    }

    /// All that answers at the host of a site beside the main one.
    pub(crate) fn router(&self) -> Router {
        let around = Around { issuer: &self.issuer, trouble: &self.trouble, env: &self.env, ours: None };
        layers::around(self.routes_and_no_more(), around)
    }

    /// A layer for an API of this process that takes access tokens of this site.
    ///
    /// # Errors
    /// The audience is empty.
    pub(crate) fn bearer_layer(&self, audience: impl Into<String>) -> Result<BearerLayer, chabi_resource_server::BuildError> {
        let revocations = InProcessRevocations(Arc::clone(self.server.feed()));
        let builder = ResourceServer::builder(&self.issuer).audience(audience).keys(self.server.key_source()).revocations(revocations);
        Ok(builder.env(&self.env).opaque_tokens(self.server.opaque_tokens().clone()).build()?.bearer_layer())
    }
}
