//! Tokens of a provider that the caller keeps: made to live on, and given back.

use chabi_token::Env;
use url::Url;

use crate::{
    caller::{Caller, checked_url},
    code_exchange::{self, Credentials},
    provider::{Protocol, Provider, RevokeCall},
    refusal::UpstreamRefusal,
    tokens::ProviderTokens,
    upstream::{Standing, Upstream},
};

const REVOKING: &str = "revoking a token";

impl Upstream {
    /// A new access token. What comes back without a refresh token goes on with the old one (RFC 6749 §6): its place is then `None`.
    ///
    /// # Errors
    /// [`UpstreamRefusal::Refused`] when the provider takes the token no more: the person must sign in there again.
    pub async fn refresh(&self, provider: &Provider, refresh_token: &str, env: &Env) -> Result<ProviderTokens, UpstreamRefusal> {
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let (url, takes_secret_in_form) = match &provider.protocol {
            Protocol::OpenId(settings) => {
                let discovery = self.discovery(settings, &standing, env).await?;
                (discovery.token.clone(), discovery.takes_secret_in_form)
            }
            Protocol::OAuth2(settings) => (checked_url(&self.http, "token_url", &settings.token_url)?, false),
            Protocol::OpenId2(_) | Protocol::SignedForm(_) => {
                return Err(UpstreamRefusal::wrong("refresh_token", "this provider has none"));
            }
        };
        let tokens = code_exchange::refresh(provider, (&url, takes_secret_in_form), refresh_token, caller).await?;
        Ok(tokens.kept(provider, env.now()))
    }

    /// Gives a token back. `Ok(false)`: the provider has no place for that.
    ///
    /// # Errors
    /// [`UpstreamRefusal`], when the provider did not take it.
    pub async fn revoke(&self, provider: &Provider, token: &str, env: &Env) -> Result<bool, UpstreamRefusal> {
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let Some((url, call)) = self.revocation(provider, &standing, env).await? else { return Ok(false) };
        // discovery has a list of its own for this endpoint, which nearly nobody writes
        let credentials = Credentials::of(provider, false, caller)?;
        let mut form = vec![(&*call.parameter, token)];
        if !call.alone {
            // RFC 7009 §2.1: the token, and who we are
            form.extend(credentials.fields(provider));
        }
        let header = credentials.header.as_ref().filter(|_| !call.alone);
        let prepare = |request: reqwest::RequestBuilder| match header {
            Some(header) => request.header("authorization", header.expose()),
            None => request,
        };
        caller.post_for_success(REVOKING, &url, &form, prepare).await?;
        Ok(true)
    }

    async fn revocation(&self, provider: &Provider, standing: &Standing, env: &Env) -> Result<Option<(Url, RevokeCall)>, UpstreamRefusal> {
        if let Some(call) = &provider.revoke {
            return Ok(Some((checked_url(&self.http, "revoke_url", &call.url)?, call.clone())));
        }
        let Protocol::OpenId(settings) = &provider.protocol else { return Ok(None) };
        let call = |url: &Url| RevokeCall { url: url.to_string(), parameter: "token".to_owned(), alone: false };
        Ok(self.discovery(settings, standing, env).await?.revoke.as_ref().map(|url| (url.clone(), call(url))))
    }
}
