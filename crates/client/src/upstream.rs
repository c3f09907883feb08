//! A sign-in at a provider, from the redirect there to the proven person.
//!
//! 1. [`Upstream::begin`]: endpoints, nonce, PKCE → the URL for the browser, and what to keep
//! 2. the browser goes there and comes back; the caller matches `state` with what it kept, once
//! 3. [`Upstream::finish`]: who answers → code → tokens → ID token or profile → [`VerifiedIdentity`]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chabi_outgoing::{
    guarded_http::{GuardedHttp, HttpSettings},
    remembered::Remembered,
};
use chabi_token::{Env, base64url, jwk::JwkSet, pkce};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    callback::Callback,
    caller::{Caller, checked_url},
    code_exchange::{self, Exchange},
    discovery::{self, Discovery},
    id_token,
    identity::VerifiedIdentity,
    lane::Lane,
    profile,
    provider::{OpenIdSettings, Protocol, Provider},
    refusal::UpstreamRefusal,
};

/// The client that talks to all providers. Keeps nothing of any single sign-in.
#[derive(Debug)]
pub struct Upstream {
    http: GuardedHttp,
    standings: Mutex<HashMap<(String, String), Arc<Standing>>>,
}

/// What is remembered of one provider, between sign-ins.
pub(crate) struct Standing {
    pub(crate) lane: Lane,
    pub(crate) discovery: Remembered<Discovery, UpstreamRefusal>,
    pub(crate) keys: Remembered<JwkSet, UpstreamRefusal>,
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing").field("lane", &self.lane).finish_non_exhaustive()
    }
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where to send the browser.
    pub url: Url,
    /// To be kept until it comes back.
    pub pending: Pending,
}

/// What proves that an answer belongs to a sign-in. Secret: sealed where it is stored, never shown to the browser.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    provider: String,
    issuer: String,
    nonce: String,
    code_verifier: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Upstream {
    /// Makes the client; nothing is called yet.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self { http: GuardedHttp::new(settings), standings: Mutex::default() }
    }

    /// Begins a sign-in. `redirect_uri` is our callback for this provider and no other; `state` names the caller's record of this
    /// sign-in, has at least 128 random bits, and is bound by the caller to the browser.
    ///
    /// # Errors
    /// [`UpstreamRefusal::Down`] or [`UpstreamRefusal::Wrong`] when the provider's endpoints cannot be had.
    pub async fn begin(&self, provider: &Provider, redirect_uri: &str, state: &str, env: &Env) -> Result<Begun, UpstreamRefusal> {
        let url = match &provider.protocol {
            Protocol::OpenId(settings) => {
                let standing = self.standing(provider);
                self.discovery(settings, &standing, env).await?.authorize.clone()
            }
            Protocol::OAuth2(settings) => checked_url(&self.http, "authorize_url", &settings.authorize_url)?,
        };
        let (code_verifier, challenge) = pkce::generate(env);
        let names = provider.parameter_names();
        let pending = Pending {
            provider: provider.id.clone(),
            issuer: provider.issuer().to_owned(),
            nonce: base64url::encode(env.random::<32>()),
            code_verifier: code_verifier.expose().to_owned(),
        };
        let scope = provider.scopes.join(&provider.scope_separator.to_string());
        let mut asked =
            vec![("response_type", "code"), (&*names.id, &provider.client_id), ("redirect_uri", redirect_uri), ("state", state)];
        if !scope.is_empty() {
            asked.push(("scope", &scope));
        }
        if provider.pkce {
            // RFC 9700 §2.1.1: towards every provider; one that does not know it ignores it (RFC 6749 §3.1), but for those that refuse it
            asked.extend([("code_challenge", &*challenge), ("code_challenge_method", "S256")]);
        }
        if matches!(provider.protocol, Protocol::OpenId(_)) {
            // OpenID Connect Core §3.1.2.1: comes back in the ID token, which is thereby ours
            asked.push(("nonce", &pending.nonce));
        }
        Ok(Begun { url: with_parameters(url, &asked, &provider.auth_params), pending })
    }

    /// Finishes a sign-in. To be called once for each [`Pending`], after `state` was matched, with the same `redirect_uri`.
    ///
    /// # Errors
    /// [`UpstreamRefusal`].
    pub async fn finish(
        &self,
        provider: &Provider,
        callback: &Callback,
        pending: Pending,
        redirect_uri: &str,
        env: &Env,
    ) -> Result<VerifiedIdentity, UpstreamRefusal> {
        check_begun_with(provider, &pending)?;
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        match &provider.protocol {
            Protocol::OpenId(settings) => {
                let discovery = self.discovery(settings, &standing, env).await?;
                let code = callback.code_from(provider, discovery.iss_promised)?;
                let exchange = to_redeem(callback, code, &discovery.token, (&pending, redirect_uri));
                let tokens = code_exchange::exchange(provider, exchange, caller).await?;
                let name = callback.user.as_deref().filter(|_| settings.name_in_response);
                let expected = id_token::Expected { provider, settings, nonce: &pending.nonce, name_in_response: name };
                id_token::identify(&expected, &tokens, (&standing, &discovery), caller).await
            }
            Protocol::OAuth2(settings) => {
                let code = callback.code_from(provider, false)?;
                // RFC 9700 §4.4: the token endpoint comes from configuration, never from the answer
                let token_url = checked_url(&self.http, "token_url", &settings.token_url)?;
                let exchange = to_redeem(callback, code, &token_url, (&pending, redirect_uri));
                let tokens = code_exchange::exchange(provider, exchange, caller).await?;
                profile::identify(provider, settings, &tokens, caller).await
            }
        }
    }

    async fn discovery(&self, settings: &OpenIdSettings, standing: &Standing, env: &Env) -> Result<Arc<Discovery>, UpstreamRefusal> {
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        standing.discovery.current(|| discovery::fetch(settings, caller), env).await
    }

    fn standing(&self, provider: &Provider) -> Arc<Standing> {
        let key = (provider.id.clone(), provider.issuer().to_owned());
        let mut standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = self.http.settings();
        let new = || Standing {
            lane: Lane::new(settings.calls_at_once, settings.connect_timeout),
            discovery: Remembered::default(),
            keys: Remembered::default(),
        };
        Arc::clone(standings.entry(key).or_insert_with(|| Arc::new(new())))
    }
}

/// RFC 9700 §4.4: what was begun with one provider is not finished with another, nor after its issuer was changed.
fn check_begun_with(provider: &Provider, pending: &Pending) -> Result<(), UpstreamRefusal> {
    if pending.provider == provider.id && pending.issuer == provider.issuer() {
        Ok(())
    } else {
        Err(UpstreamRefusal::wrong("begun_with_another_provider", pending.provider.as_str()))
    }
}

fn to_redeem<'a>(
    callback: &'a Callback,
    code: &'a str,
    token_url: &'a Url,
    (pending, redirect_uri): (&'a Pending, &'a str),
) -> Exchange<'a> {
    Exchange { token_url, code, redirect_uri, code_verifier: &pending.code_verifier, device_id: callback.device_id.as_deref() }
}

/// Ours come first and are never overruled by an operator's.
fn with_parameters(mut url: Url, ours: &[(&str, &str)], more: &[(String, String)]) -> Url {
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(ours);
        query.extend_pairs(more.iter().filter(|(name, _)| ours.iter().all(|(our, _)| our != name)));
    }
    url
}
