//! Tokens that our own mobile apps bring from a provider: proven to be about a person, and to be for us.
//!
//! An ID token is verified as one that came for a code, but for its nonce, which the app chose. A bare access token proves nothing by
//! itself: any other app of the provider has one of the same person. It is taken only where the provider says for whom it was made.

use chabi_token::{
    Env, Seconds, SecretText,
    hash::{constant_time_eq, sha256},
};
use serde_json::Value;

use crate::{
    caller::{Caller, Object, checked_url, object, text},
    code_exchange::UpstreamTokens,
    hex::hex,
    id_token::{Rules, check_hosted_domain, check_issued_recently, issuer_of, proven, verify},
    identity::VerifiedIdentity,
    profile::{self, at},
    provider::{AccessTokenCheck, NativeTokens, OpenIdSettings, Protocol, Provider},
    refusal::UpstreamRefusal,
    upstream::Upstream,
    userinfo,
};

/// Apps keep an ID token for as long as it lives, which is an hour at the most.
const OLDEST: Seconds = Seconds::hours(1);
const CHECKING: &str = "asking for whom an access token was made";

impl Upstream {
    /// Verifies an ID token that one of our own mobile apps brought: signature, issuer, that it is for us or for one of the provider's
    /// `audiences`, times, and the nonce. `nonce` is what the app says that it chose; a token that has one is refused without it.
    ///
    /// # Errors
    /// [`UpstreamRefusal`]; also when the provider has no such tokens.
    pub async fn verify_native_id_token(
        &self,
        provider: &Provider,
        token: &str,
        nonce: Option<&str>,
        env: &Env,
    ) -> Result<VerifiedIdentity, UpstreamRefusal> {
        let usual = NativeTokens::default();
        let native = provider.native.as_ref().unwrap_or(&usual);
        let settings = settings_of(provider, native)?;
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let issuer = issuer_of(&settings, token)?;
        let mut rules = Rules::of(provider, &settings, &issuer);
        rules.audiences.extend(provider.audiences.iter().map(String::as_str));
        let claims = if native.keys_url.is_empty() {
            let discovery = self.discovery(&settings, &standing, env).await?;
            verify(&rules, token, (&standing.keys, &discovery.keys), caller).await?
        } else {
            let url = checked_url(caller.http, "keys_url", &native.keys_url)?;
            verify(&rules, token, (&standing.native_keys, &url), caller).await?
        };
        check_parties(&claims, &rules.audiences, native.any_authorized_party)?;
        check_nonce(&claims, nonce, native.hashed_nonce)?;
        check_issued_recently(&claims, OLDEST, env.now())?;
        check_hosted_domain(&claims, settings.hosted_domain.as_deref())?;
        proven(provider, &settings, &issuer, (&claims, &Object::new()), None)
    }

    /// Verifies an access token that one of our own mobile apps brought: the provider is asked for whom it was made, and then who it is
    /// about; both must say the same person.
    ///
    /// # Errors
    /// [`UpstreamRefusal`]; also when the provider does not tell for whom an access token was made.
    pub async fn verify_native_access_token(
        &self,
        provider: &Provider,
        token: &str,
        env: &Env,
    ) -> Result<VerifiedIdentity, UpstreamRefusal> {
        // RFC 9700 §4.6, RFC 6749 §10.16: a token says nothing about the application that it was made for
        let Some(check) = &provider.access_token_check else {
            return Err(UpstreamRefusal::wrong("access_token", "this provider does not tell for whom an access token was made"));
        };
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let subject = ask_for_whom(provider, check, token, caller).await?;
        let identity = match &provider.protocol {
            Protocol::OAuth2(settings) => {
                let access_token = SecretText::new(token.to_owned());
                let tokens = UpstreamTokens { access_token, id_token: None, response: Object::new() };
                profile::identify(provider, settings, &tokens, caller).await?
            }
            Protocol::OpenId(settings) => {
                let discovery = self.discovery(settings, &standing, env).await?;
                let url = discovery.userinfo.as_ref().ok_or_else(|| UpstreamRefusal::wrong("userinfo", "the provider has none"))?;
                let claims = userinfo::fetch(url, token, &subject, caller).await?;
                check_hosted_domain(&claims, settings.hosted_domain.as_deref())?;
                if settings.tenants.is_some() {
                    return Err(UpstreamRefusal::wrong("access_token", "it does not tell the person's tenant"));
                }
                proven(provider, settings, provider.issuer(), (&claims, &Object::new()), None)?
            }
            Protocol::OpenId2(_) | Protocol::SignedForm(_) => {
                return Err(UpstreamRefusal::wrong("access_token", "this provider has none"));
            }
        };
        if identity.subject() == subject { Ok(identity) } else { Err(UpstreamRefusal::wrong("access_token", "another person's")) }
    }
}

/// What such an ID token is held against.
fn settings_of(provider: &Provider, native: &NativeTokens) -> Result<OpenIdSettings, UpstreamRefusal> {
    let mut settings = match &provider.protocol {
        Protocol::OpenId(settings) => settings.clone(),
        Protocol::OAuth2(_) if !native.keys_url.is_empty() => Box::new(OpenIdSettings::at(provider.issuer())),
        _ => return Err(UpstreamRefusal::wrong("id_token", "this provider has none for apps")),
    };
    if !native.issuer.is_empty() {
        settings.issuer.clone_from(&native.issuer);
    }
    if !native.algorithms.is_empty() {
        settings.algorithms.clone_from(&native.algorithms);
        settings.hs256_with_secret = false;
    }
    Ok(*settings)
}

/// OpenID Connect Core §3.1.3.7 (3 to 5): for us and our apps alone, and issued to one of them.
fn check_parties(claims: &Object, ours: &[&str], any_authorized_party: bool) -> Result<(), UpstreamRefusal> {
    let is_ours = |one: &Value| one.as_str().is_some_and(|one| ours.contains(&one));
    if claims.get("aud").and_then(Value::as_array).is_some_and(|audiences| !audiences.iter().all(is_ours)) {
        return Err(UpstreamRefusal::wrong("id_token_aud", "it is for others too"));
    }
    match claims.get("azp") {
        Some(party) if !any_authorized_party && !is_ours(party) => {
            Err(UpstreamRefusal::wrong("id_token_azp", "it was issued to another application"))
        }
        _ => Ok(()),
    }
}

/// OpenID Connect Core §3.1.3.7 (11): the app's own nonce, as it is or, at Apple, its SHA-256. A token with a nonce that nobody
/// remembers was made for another sign-in.
fn check_nonce(claims: &Object, chosen: Option<&str>, hashed: bool) -> Result<(), UpstreamRefusal> {
    let same = |found: &str, wanted: &str| constant_time_eq(found.as_bytes(), wanted.as_bytes());
    match (text(claims, "nonce"), chosen) {
        (None, None) if !claims.contains_key("nonce") => Ok(()),
        (Some(found), Some(chosen)) if same(found, chosen) || hashed && same(found, &hex(&sha256(chosen.as_bytes()))) => Ok(()),
        _ => Err(UpstreamRefusal::wrong("id_token_nonce", "missing on one side, or another sign-in's")),
    }
}

/// The person that the token is about, when it was made for us.
async fn ask_for_whom(provider: &Provider, check: &AccessTokenCheck, token: &str, caller: Caller<'_>) -> Result<String, UpstreamRefusal> {
    let encoded: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let url = checked_url(caller.http, "access_token_check", &check.url.replace("{access_token}", &encoded))?;
    let as_app = check.as_app.then(|| format!("{}|{}", provider.client_id, provider.client_secret.expose()));
    let answer = caller.get(CHECKING, &url, as_app.as_deref()).await?;
    let answer = Value::Object(object(CHECKING, &answer.body)?);
    let told = |pointer: &str| at(&answer, pointer).and_then(profile::id);
    if !check.valid.is_empty() && at(&answer, &check.valid) != Some(&Value::Bool(true)) {
        return Err(UpstreamRefusal::refused(CHECKING, "not valid"));
    }
    let audience = told(&check.audience).unwrap_or_default();
    // RFC 9700 §4.6: made for our own application, or one of our own apps
    if audience != provider.client_id && !provider.audiences.contains(&audience) {
        return Err(UpstreamRefusal::wrong("access_token_audience", "made for another application"));
    }
    told(&check.subject).filter(|subject| !subject.is_empty()).ok_or_else(|| UpstreamRefusal::wrong("access_token", "it names nobody"))
}
