//! The caller of a request, for handlers.

use std::{ops::Deref, sync::Arc};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use chabi_token::VerifiedAccessToken;
use http::request::Parts;

use crate::{Reason, Rejection};

/// The verified access token of this request, put there by the [`crate::BearerLayer`] of the route.
///
/// As a handler's argument, `Bearer` refuses a request without a token. `Option<Bearer>` is `None` when no token came and the layer lets
/// that pass ([`crate::BearerLayer::optional`]); it is never `None` for a token that is malformed, expired or forged. On a route without
/// the layer, both refuse everything: a forgotten guard must not look like a guest.
#[derive(Clone, Debug)]
pub struct Bearer(Arc<VerifiedAccessToken>);

impl Bearer {
    pub(crate) fn new(verified: VerifiedAccessToken) -> Self {
        Self(Arc::new(verified))
    }

    /// Who calls.
    #[must_use]
    pub fn principal(&self) -> Principal {
        let issuer = self.issuer().to_owned();
        // RFC 9068 §5: a token of the application itself has the application's id as its subject
        match self.is_of_application() {
            true => Principal::Application { issuer, client_id: self.client_id().to_owned() },
            false => Principal::Person { issuer, subject: self.subject().to_owned() },
        }
    }
}

impl Deref for Bearer {
    type Target = VerifiedAccessToken;

    fn deref(&self) -> &VerifiedAccessToken {
        &self.0
    }
}

/// Who calls: somebody of one issuer. The same subject at another issuer is somebody else, and an application is never a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// An application acts for a person.
    Person {
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
    /// An application acts for itself (client credentials).
    Application {
        /// `iss`.
        issuer: String,
        /// `client_id`.
        client_id: String,
    },
}

/// What the layer found, in the extensions of a request that it let pass.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) bearer: Option<Bearer>,
    pub(crate) resource_metadata: Option<Arc<str>>,
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let found = found(parts)?;
        found.bearer.ok_or_else(|| Rejection::new(Reason::TokenMissing, found.resource_metadata))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Bearer {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Rejection> {
        found(parts).map(|found| found.bearer)
    }
}

fn found(parts: &Parts) -> Result<Found, Rejection> {
    parts.extensions.get::<Found>().cloned().ok_or_else(|| {
        tracing::error!(
            path = parts.uri.path(),
            "a handler asks for a bearer token, but no layer of chabi-resource-server guards its route"
        );
        Rejection::new(Reason::NoPolicy, None)
    })
}
