//! `private_key_jwt`: an application proves who it is by a signed assertion (RFC 7523 §2.2, OpenID Connect Core §9).

use std::sync::Arc;

use chabi_outgoing::{Document, DocumentTrouble};
use chabi_spec::{Failure, Refusal};
use chabi_store::application::{ClientAuthentication, RegisteredClient};
use chabi_token::{
    Algorithm, JwkSet, TokenError,
    client_assertion::{self, AssertionProfile, VerifiedAssertion},
};

use super::AuthenticatedClient;
use crate::server::Shared;

/// Why an assertion does not prove it. For the inspector; the application is told what all are told.
pub(super) enum Unproven {
    /// No such application, or it is disabled, or it proves itself in another way.
    Unknown,
    /// Its keys cannot be had.
    NoKeys(String),
    /// The assertion breaks a rule.
    Assertion(TokenError),
    /// It was presented before.
    Replayed,
}

/// From an assertion to the application.
///
/// # Errors
/// A fault of the store.
pub(super) async fn prove(assertion: &str, client_id: &str, shared: &Shared) -> Result<Result<AuthenticatedClient, Unproven>, Failure> {
    let found = shared.registry.application(client_id, &shared.store).await?;
    // OAuth 2.1 §2.4: only the way that the application is registered for
    let is_open =
        |client: &Arc<RegisteredClient>| client.disabled_at.is_none() && client.authentication == ClientAuthentication::PrivateKeyJwt;
    let Some(client) = found.filter(is_open) else { return Ok(Err(Unproven::Unknown)) };
    let verified = match verify(assertion, &client, shared).await {
        Ok(verified) => verified,
        Err(unproven) => return Ok(Err(unproven)),
    };
    // RFC 7523 §3 point 7: once, on all nodes together, until it expires by itself
    match shared.store.use_once(verified.replay_hash(), verified.ends(), shared.env.now()).await? {
        true => Ok(Ok(AuthenticatedClient::proven(client, "private_key_jwt"))),
        false => Ok(Err(Unproven::Replayed)),
    }
}

async fn verify(assertion: &str, client: &RegisteredClient, shared: &Shared) -> Result<VerifiedAssertion, Unproven> {
    let keys = ClientKeys::find(client, shared).await?;
    match keys.verify(assertion, client, shared) {
        // the application may have changed its keys since they were fetched; how often that is believed is bounded
        Err(error @ (TokenError::UnknownKey | TokenError::Signature | TokenError::NoKeyId | TokenError::Algorithm)) => {
            let newer = keys.newer(client, shared).await.ok_or(Unproven::Assertion(error))?;
            newer.verify(assertion, client, shared).map_err(Unproven::Assertion)
        }
        verified => verified.map_err(Unproven::Assertion),
    }
}

/// The public keys of an application: registered with it, or where it says.
enum ClientKeys {
    Registered(JwkSet),
    Fetched(Arc<Document>),
}

impl ClientKeys {
    async fn find(client: &RegisteredClient, shared: &Shared) -> Result<Self, Unproven> {
        let settings = &client.settings;
        if !settings.jwks.is_empty() {
            let parsed = JwkSet::parse(settings.jwks.as_bytes());
            return parsed.map(Self::Registered).map_err(|error| Unproven::NoKeys(error.to_string()));
        }
        if settings.jwks_uri.is_empty() {
            return Err(Unproven::NoKeys("the application has no keys".to_owned()));
        }
        let fetched = shared.client_keys.get(&settings.jwks_uri, &shared.env).await;
        fetched.map(Self::Fetched).map_err(|trouble: DocumentTrouble| Unproven::NoKeys(trouble.to_string()))
    }

    async fn newer(&self, client: &RegisteredClient, shared: &Shared) -> Option<Self> {
        match self {
            Self::Registered(_) => None,
            Self::Fetched(seen) => shared.client_keys.again(&client.settings.jwks_uri, seen, &shared.env).await.map(Self::Fetched),
        }
    }

    fn verify(&self, assertion: &str, client: &RegisteredClient, shared: &Shared) -> Result<VerifiedAssertion, TokenError> {
        let keys = match self {
            Self::Registered(keys) => keys,
            Self::Fetched(document) => document.keys().ok_or(TokenError::UnknownKey)?,
        };
        let settings = &client.settings;
        let token_endpoint = shared.settings.url("/oauth2/token");
        let legacy_audiences = [token_endpoint.as_str()];
        let profile = AssertionProfile {
            client_id: &client.client_id,
            audience: &shared.settings.issuer,
            legacy_audiences: if settings.legacy_assertion_audience { &legacy_audiences } else { &[] },
            algorithms: &allowed(&settings.token_endpoint_auth_signing_alg),
        };
        client_assertion::verify(assertion, keys, &profile, shared.env.now())
    }
}

/// RFC 7591 §2: the one algorithm that the application chose, or any that we take.
fn allowed(chosen: &str) -> Vec<Algorithm> {
    match chosen {
        "" => Algorithm::ALL.to_vec(),
        one => Algorithm::parse(one).into_iter().collect(),
    }
}

impl Unproven {
    /// The same words for the application; the inspector is told more.
    pub(super) fn explain(self, mut refusal: Refusal) -> Refusal {
        let (rule, received) = match self {
            Self::Unknown => return refusal,
            Self::NoKeys(why) => ("client_keys", why),
            Self::Assertion(error) => ("client_assertion", error.to_string()),
            Self::Replayed => ("client_assertion_replayed", "the assertion was presented before".to_owned()),
        };
        refusal.cause.rule = rule;
        refusal.explain(
            received,
            "an assertion signed by a key of the application, for the issuer, good for five minutes at the most, presented once",
        )
    }
}
