//! A sign-in at a provider, from the redirect there to the proven person.
//!
//! 1. [`Upstream::begin`]: endpoints, nonce, PKCE → the URL for the browser, and what to keep
//! 2. the browser goes there and comes back; the caller matches `state` with what it kept, once
//! 3. [`Upstream::finish`]: who answers → code → tokens → ID token or profile → [`VerifiedIdentity`]

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chabi_outgoing::{
    guarded_http::{GuardedHttp, HttpSettings},
    remembered::Remembered,
};
use chabi_token::{Env, base64url, pkce};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    callback::Callback,
    caller::{Caller, checked_url},
    code_exchange::{self, Exchange},
    demand::{Checked, Demand},
    discovery::{self, Discovery},
    id_token,
    identity::VerifiedIdentity,
    keys::ProviderKeys,
    lane::Lane,
    openid2, profile,
    provider::{OpenIdSettings, Protocol, Provider},
    refusal::UpstreamRefusal,
    signed_form,
    tokens::Finished,
};

/// The client that talks to all providers. Keeps nothing of any single sign-in.
#[derive(Debug)]
pub struct Upstream {
    pub(crate) http: GuardedHttp,
    standings: Mutex<HashMap<Place, Arc<Standing>>>,
}

/// Which provider it is: our id for it, its issuer, and where its document stands if not below that. An operator may change each of them,
/// and several places may have one issuer.
type Place = (String, String, Option<String>);

/// What is remembered of one provider, between sign-ins.
pub(crate) struct Standing {
    pub(crate) lane: Lane,
    pub(crate) discovery: Remembered<Discovery, UpstreamRefusal>,
    pub(crate) keys: Remembered<ProviderKeys, UpstreamRefusal>,
    /// Keys of tokens of our own apps, where they are others.
    pub(crate) native_keys: Remembered<ProviderKeys, UpstreamRefusal>,
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
    #[serde(default, skip_serializing_if = "Checked::is_empty")]
    demanded: Checked,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("provider", &self.provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Pending {
    pub(crate) fn of(provider: &Provider) -> Self {
        let [nonce, code_verifier] = ["nonce", "verifier"].map(str::to_owned);
        Self { provider: provider.id.clone(), issuer: provider.issuer().to_owned(), nonce, code_verifier, demanded: Checked::default() }
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
        self.begin_with(provider, (redirect_uri, state), &Demand::default(), env).await
    }

    /// As [`Upstream::begin`], with demands and hints of this one sign-in.
    ///
    /// # Errors
    /// As there; and [`UpstreamRefusal::Wrong`] when the provider has no answer that a demand could be checked by.
    pub async fn begin_with(
        &self,
        provider: &Provider,
        (redirect_uri, state): (&str, &str),
        demand: &Demand,
        env: &Env,
    ) -> Result<Begun, UpstreamRefusal> {
        let (code_verifier, challenge) = pkce::generate(env);
        let pending = Pending {
            provider: provider.id.clone(),
            issuer: provider.issuer().to_owned(),
            nonce: base64url::encode(env.random::<32>()),
            code_verifier: code_verifier.expose().to_owned(),
            demanded: demand.checked(),
        };
        if !pending.demanded.is_empty() && !matches!(provider.protocol, Protocol::OpenId(_)) {
            // OpenID Connect Core §3.1.2.1: without an ID token nothing says when and how the person was seen
            return Err(UpstreamRefusal::wrong("demand", "this provider does not say when or how a person proved who they are"));
        }
        let url = match &provider.protocol {
            Protocol::OpenId(settings) => {
                let standing = self.standing(provider);
                self.discovery(settings, &standing, env).await?.authorize.clone()
            }
            Protocol::OAuth2(settings) => checked_url(&self.http, "authorize_url", &settings.authorize_url)?,
            Protocol::OpenId2(settings) => {
                let url = openid2::request(checked_url(&self.http, "endpoint", &settings.endpoint)?, redirect_uri, state)?;
                return Ok(Begun { url, pending });
            }
            Protocol::SignedForm(settings) => {
                let url = checked_url(&self.http, "authorize_url", &settings.authorize_url)?;
                return Ok(Begun { url: signed_form::request(url, provider, redirect_uri, state)?, pending });
            }
        };
        let asked = asked(provider, &pending, (redirect_uri, state), &challenge, demand);
        Ok(Begun { url: with_parameters(url, &asked, &provider.auth_params), pending })
    }

    /// Finishes a sign-in. To be called once for each [`Pending`], after `state` was matched, with the same `redirect_uri`. What the
    /// provider gave besides the person is dropped.
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
        self.finish_with_tokens(provider, callback, pending, redirect_uri, env).await.map(|finished| finished.identity)
    }

    /// As [`Upstream::finish`], for a caller who keeps the provider's tokens.
    ///
    /// # Errors
    /// [`UpstreamRefusal`].
    pub async fn finish_with_tokens(
        &self,
        provider: &Provider,
        callback: &Callback,
        pending: Pending,
        redirect_uri: &str,
        env: &Env,
    ) -> Result<Finished, UpstreamRefusal> {
        check_begun_with(provider, &pending)?;
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let (identity, tokens) = match &provider.protocol {
            Protocol::OpenId(settings) => {
                let discovery = self.discovery(settings, &standing, env).await?;
                let code = callback.code_from(provider, discovery.iss_promised)?;
                let exchange = Exchange {
                    takes_secret_in_form: discovery.takes_secret_in_form,
                    ..to_redeem(callback, code, &discovery.token, (&pending, redirect_uri))
                };
                let tokens = code_exchange::exchange(provider, exchange, caller).await?;
                let name_in_response = callback.user.as_deref().filter(|_| settings.name_in_response);
                let (nonce, demanded) = (&*pending.nonce, &pending.demanded);
                let expected = id_token::Expected { provider, settings, nonce, demanded, name_in_response };
                (id_token::identify(&expected, &tokens, (&standing, &discovery), caller).await?, tokens)
            }
            Protocol::OAuth2(settings) => {
                let code = callback.code_from(provider, false)?;
                // RFC 9700 §4.4: the token endpoint comes from configuration, never from the answer
                let token_url = checked_url(&self.http, "token_url", &settings.token_url)?;
                let exchange = to_redeem(callback, code, &token_url, (&pending, redirect_uri));
                let tokens = code_exchange::exchange(provider, exchange, caller).await?;
                (profile::identify(provider, settings, &tokens, caller).await?, tokens)
            }
            Protocol::OpenId2(settings) => {
                let identity = openid2::identify(provider, settings, callback, redirect_uri, caller).await?;
                return Ok(Finished { identity, tokens: None, once: None });
            }
            Protocol::SignedForm(settings) => {
                let (identity, once) = signed_form::identify(provider, settings, callback, env)?;
                return Ok(Finished { identity, tokens: None, once: Some(once) });
            }
        };
        Ok(Finished { identity, tokens: Some(tokens.kept(provider, env.now())), once: None })
    }

    pub(crate) async fn discovery(
        &self,
        settings: &OpenIdSettings,
        standing: &Standing,
        env: &Env,
    ) -> Result<Arc<Discovery>, UpstreamRefusal> {
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        standing.discovery.current(|| discovery::fetch(settings, caller), env).await
    }

    pub(crate) fn standing(&self, provider: &Provider) -> Arc<Standing> {
        let document = match &provider.protocol {
            Protocol::OpenId(settings) => settings.discovery_url.clone(),
            Protocol::OAuth2(_) | Protocol::OpenId2(_) | Protocol::SignedForm(_) => None,
        };
        let key = (provider.id.clone(), provider.issuer().to_owned(), document);
        let mut standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = self.http.settings();
        let new = || Standing {
            lane: Lane::new(settings.calls_at_once, settings.connect_timeout),
            discovery: Remembered::default(),
            keys: Remembered::default(),
            native_keys: Remembered::default(),
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
    let (code_verifier, device_id) = (&*pending.code_verifier, callback.device_id.as_deref());
    Exchange { token_url, code, redirect_uri, code_verifier, device_id, takes_secret_in_form: false }
}

/// The parameters of an authorization request (RFC 6749 §4.1.1).
pub(crate) fn asked<'a>(
    provider: &'a Provider,
    pending: &'a Pending,
    (redirect_uri, state): (&'a str, &'a str),
    challenge: &'a str,
    demand: &Demand,
) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let given = |name: &'static str, value: &'a str| (Cow::Borrowed(name), Cow::Borrowed(value));
    let mut asked = vec![
        given("response_type", "code"),
        (provider.parameter_names().id.into(), Cow::Borrowed(&*provider.client_id)),
        given("redirect_uri", redirect_uri),
        given("state", state),
    ];
    let scope = provider.scopes.join(&provider.scope_separator.to_string());
    if !scope.is_empty() {
        asked.push(("scope".into(), scope.into()));
    }
    if provider.pkce {
        // RFC 9700 §2.1.1: towards every provider; one that does not know it ignores it (RFC 6749 §3.1), but for those that refuse it
        asked.extend([given("code_challenge", challenge), given("code_challenge_method", "S256")]);
    }
    if matches!(provider.protocol, Protocol::OpenId(_)) {
        // OpenID Connect Core §3.1.2.1: comes back in the ID token, which is thereby ours
        asked.push(given("nonce", &pending.nonce));
    }
    asked.extend(demand.parameters().into_iter().map(|(name, value)| (name.into(), value.into())));
    asked
}

/// Ours come first and are never overruled by an operator's.
pub(crate) fn with_parameters(mut url: Url, ours: &[(Cow<'_, str>, Cow<'_, str>)], more: &[(String, String)]) -> Url {
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(ours);
        query.extend_pairs(more.iter().filter(|(name, _)| ours.iter().all(|(our, _)| our != name)));
    }
    url
}

#[cfg(test)]
mod tests {
    use chabi_token::SecretText;

    use super::*;
    use crate::settings::ProviderSettings;

    // all domains of this vendor have one issuer: only the place of the document tells one from another
    #[test]
    fn what_is_remembered_of_a_provider_is_not_taken_for_one_whose_document_stands_elsewhere() {
        let upstream = Upstream::new(HttpSettings::default());
        let domain = |host: &str| {
            let values = [("host".to_owned(), host.to_owned())].into();
            let settings =
                ProviderSettings { catalogue: "oracle_idcs".to_owned(), client_id: "id".to_owned(), values, ..ProviderSettings::default() };
            crate::provider("work", &settings, SecretText::new("secret".to_owned())).unwrap()
        };
        let [old, new] = ["old.example", "new.example"].map(domain);
        assert_eq!(old.issuer(), new.issuer());
        assert!(!Arc::ptr_eq(&upstream.standing(&old), &upstream.standing(&new)));
        assert!(Arc::ptr_eq(&upstream.standing(&old), &upstream.standing(&domain("old.example"))));
    }
}
