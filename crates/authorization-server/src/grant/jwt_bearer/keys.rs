//! The keys of those whose assertions are taken: as the operator wrote them, or where the operator said that they are.

use std::sync::Arc;

use chabi_outgoing::Document;
use chabi_store::application_settings::AssertionIssuer;
use chabi_token::{
    JwkSet, TokenError,
    assertion_grant::{self, GrantProfile, VerifiedGrant},
};

use crate::server::Shared;

/// Verifies an assertion by the keys of its issuer, and of nobody else.
///
/// # Errors
/// The first rule that it breaks; an unknown key when the keys cannot be had.
pub(super) async fn verify(assertion: &str, issuer: &AssertionIssuer, shared: &Shared) -> Result<VerifiedGrant, TokenError> {
    if !issuer.jwks.is_empty() {
        let keys = JwkSet::parse(issuer.jwks.as_bytes()).map_err(|_| TokenError::UnknownKey)?;
        return by(&keys, assertion, issuer, shared);
    }
    let document = shared.client_keys.get(&issuer.jwks_uri, &shared.env).await.map_err(|trouble| {
        tracing::warn!(issuer = %issuer.issuer, %trouble, "the keys of an issuer of assertions could not be fetched");
        TokenError::UnknownKey
    })?;
    match by(keys_of(&document)?, assertion, issuer, shared) {
        // it may have changed its keys since they were fetched; how often that is believed is bounded
        Err(error @ (TokenError::UnknownKey | TokenError::NoKeyId)) => {
            let newer = shared.client_keys.again(&issuer.jwks_uri, &document, &shared.env).await.ok_or(error)?;
            by(keys_of(&newer)?, assertion, issuer, shared)
        }
        verified => verified,
    }
}

fn keys_of(document: &Arc<Document>) -> Result<&JwkSet, TokenError> {
    document.keys().ok_or(TokenError::UnknownKey)
}

fn by(keys: &JwkSet, assertion: &str, issuer: &AssertionIssuer, shared: &Shared) -> Result<VerifiedGrant, TokenError> {
    let profile = GrantProfile { issuer: &issuer.issuer, audience: &shared.settings.issuer };
    assertion_grant::verify(assertion, keys, &profile, shared.env.now())
}
