//! Signature, issuer, audience and times of a provider's token, whatever it is for.

use std::sync::Arc;

use chabi_outgoing::remembered::Remembered;
use chabi_token::{
    Algorithm, Timestamp, base64url,
    jwk::JwkSet,
    jws::{self, ExpectedAudience, TokenError, VerificationProfile},
    shared_secret,
};
use url::Url;

use super::SKEW;
use crate::{
    caller::{Caller, Object, text},
    keys::{self, ProviderKeys},
    provider::{OpenIdSettings, Provider},
    refusal::UpstreamRefusal,
};

/// What a token must be.
#[derive(Clone, Debug)]
pub(crate) struct Rules<'a> {
    /// `iss`, one of these.
    pub(crate) issuers: Vec<&'a str>,
    /// `aud` holds one of these.
    pub(crate) audiences: Vec<&'a str>,
    pub(crate) algorithms: &'a [Algorithm],
    /// The provider's tokens have a MAC under this, by its settings.
    pub(crate) secret: Option<&'a [u8]>,
    pub(crate) types: &'static [&'static str],
    pub(crate) required: &'static [&'static str],
    pub(crate) forbidden: &'static [&'static str],
    /// The claim with the tenant, at a provider of many: its keys may be those of single tenants.
    pub(crate) tenant_claim: Option<&'a str>,
}

impl<'a> Rules<'a> {
    /// Those of an ID token for us.
    pub(crate) fn of(provider: &'a Provider, settings: &'a OpenIdSettings, issuer: &'a str) -> Self {
        Self {
            issuers: std::iter::once(issuer).chain(settings.other_issuers.iter().map(String::as_str)).collect(),
            audiences: vec![&provider.client_id],
            algorithms: &settings.algorithms,
            secret: settings.hs256_with_secret.then(|| provider.client_secret.expose().as_bytes()),
            types: &["JWT", ""],
            required: &["sub", "iat"],
            forbidden: &["events"],
            tenant_claim: settings.tenants.as_ref().map(|tenants| &*tenants.claim),
        }
    }

    /// Whose hash `at_hash` has, of a token that was verified by these rules.
    pub(crate) fn hash_of(&self, token: &str) -> Option<Algorithm> {
        // OpenID Connect Core §3.1.3.6: HS256 and ES256 hash with SHA-256 alike
        if self.secret.is_some() { Some(Algorithm::ES256) } else { algorithm_of(token) }
    }

    fn hold(&self, token: &str, keys: Option<&JwkSet>, now: Timestamp) -> Result<Object, TokenError> {
        let mut outcome = Err(TokenError::Audience);
        let pairs = self.issuers.iter().flat_map(|issuer| self.audiences.iter().map(move |audience| (*issuer, *audience)));
        for (issuer, audience) in pairs {
            outcome = self.hold_one(token, keys, (issuer, audience), now);
            if !matches!(outcome, Err(TokenError::Issuer | TokenError::Audience)) {
                break;
            }
        }
        outcome
    }

    fn hold_one(&self, token: &str, keys: Option<&JwkSet>, (issuer, audience): (&str, &str), now: Timestamp) -> Result<Object, TokenError> {
        let profile = VerificationProfile {
            types: self.types,
            // RFC 8725 §3.1: pinned for the provider, not taken from the header
            algorithms: self.algorithms,
            issuer,
            audience: ExpectedAudience::Is(audience),
            skew: SKEW,
            required: self.required,
            forbidden: self.forbidden,
        };
        match (self.secret, keys) {
            (Some(secret), _) => shared_secret::verify(token, secret, &profile, now),
            (None, Some(keys)) => jws::verify(token, keys, &profile, now),
            (None, None) => Err(TokenError::UnknownKey),
        }
    }
}

/// Where keys are, and what is remembered of them.
pub(crate) type Keys<'a> = (&'a Remembered<ProviderKeys, UpstreamRefusal>, &'a Url);

/// Claims of a token that keeps the rules. A key that we do not have is looked for once more, at most once a minute.
pub(crate) async fn verify(
    rules: &Rules<'_>,
    token: &str,
    (remembered, url): Keys<'_>,
    caller: Caller<'_>,
) -> Result<Object, UpstreamRefusal> {
    let now = caller.env.now();
    if rules.secret.is_some() {
        return rules.hold(token, None, now).map_err(|error| UpstreamRefusal::wrong("id_token", error.to_string()));
    }
    let fetch = || keys::fetch(url, caller);
    let mut known: Arc<ProviderKeys> = remembered.current(fetch, caller.env).await?;
    let outcome = match rules.hold(token, Some(&known.set), now) {
        // OpenID Connect Core §10.1.1: an unknown `kid` may mean that the provider has rotated its keys
        Err(TokenError::UnknownKey) => match remembered.again(&known, fetch, caller.env).await {
            Some(newer) => {
                known = newer;
                rules.hold(token, Some(&known.set), now)
            }
            None => Err(TokenError::UnknownKey),
        },
        outcome => outcome,
    };
    let claims = outcome.map_err(|error| UpstreamRefusal::wrong("id_token", error.to_string()))?;
    if let Some(tenant_claim) = rules.tenant_claim {
        known.check_issuer(token, &claims, tenant_claim)?;
    }
    Ok(claims)
}

/// Of a token whose header was verified.
fn algorithm_of(token: &str) -> Option<Algorithm> {
    let header = base64url::decode(token.split('.').next()?).ok()?;
    let header: Object = serde_json::from_slice(&header).ok()?;
    Algorithm::parse(text(&header, "alg")?)
}
