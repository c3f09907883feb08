//! Sign-in for an application without a place to keep what is pending: it travels in the browser, sealed in a cookie.
//!
//! 1. [`CookieSignIn::begin`]: `state`, nonce and verifier → the URL for the browser, and the `Set-Cookie` that goes with it
//! 2. [`CookieSignIn::finish`]: `state` names the cookie → opened, in time, of this provider → [`Upstream::finish`]
//!
//! An application without sessions of its own either takes [`CookieSignIn::arrive`] in place of the second: who was proven stands in a
//! cookie from then on, and [`CookieSignIn::account`] reads it.

use chabi_outgoing::HttpSettings;
use chabi_token::{Env, MasterSecret, Seconds, SecretText, Timestamp, base64url, seal::Sealer};
use reqwest::header::{COOKIE, HeaderMap};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    Callback, Provider, ProviderSettings, ProviderSettingsError, Upstream, VerifiedIdentity,
    refusal::UpstreamRefusal,
    upstream::{Begun, Pending},
};

/// "Sign in with …", for one provider and one callback.
///
/// Several tabs may sign in at the same time: each has a cookie of its own. A cookie is over after ten minutes. It is not struck off
/// when it was used: what makes an answer good for once is the provider's code. Telegram has none: its answers are good for a minute.
/// An application that wants more keeps [`Pending`] itself, by [`Upstream`].
#[derive(Debug)]
pub struct CookieSignIn {
    provider: Provider,
    callback_url: String,
    upstream: Upstream,
    sealer: Sealed,
    env: Env,
}

/// A sign-in that has begun: both go to the browser in one answer.
#[derive(Debug)]
pub struct Departure {
    /// Where to redirect to.
    pub url: Url,
    /// The value of a `Set-Cookie` header. Holds secrets, sealed.
    pub cookie: String,
}

/// Somebody who was proven.
#[derive(Debug)]
pub struct Arrival {
    /// Who.
    pub identity: VerifiedIdentity,
    /// The value of a `Set-Cookie` header: from then on [`CookieSignIn::account`] knows them.
    pub cookie: String,
}

struct Sealed(Sealer);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What the cookie holds.
#[derive(Serialize, Deserialize)]
struct Content {
    pending: Pending,
    /// Microseconds since 1970.
    ends_at: i64,
}

/// Who is signed in.
#[derive(Serialize, Deserialize)]
struct Session {
    account: String,
    /// Microseconds since 1970.
    ends_at: i64,
}

const LIFETIME: Seconds = Seconds::minutes(10);
const SESSION: &str = "chabi_signed_in";
const SESSION_LIFETIME: Seconds = Seconds::hours(12);
const SESSION_SEALED_FOR: &str = "session in a cookie";
const SEALED_FOR: &str = "sign-in in a cookie";
const NAME: &str = "chabi_sign_in_";
/// `state` has this many bytes, and more than that many characters.
const STATE: usize = 32;

impl CookieSignIn {
    /// For one process: its key is made here, and a restart forgets who was on the way. `callback_url` is what is registered at the
    /// provider, byte by byte.
    #[must_use]
    pub fn new(provider: Provider, callback_url: impl Into<String>) -> Self {
        let env = Env::system();
        let secret = MasterSecret::generate(&env);
        Self::with(provider, callback_url, (HttpSettings::default(), &secret), env)
    }

    /// The same for a provider of the [catalogue](crate::catalogue), by its entry, such as `google`, and our id and secret there.
    ///
    /// # Errors
    /// [`ProviderSettingsError`], which says what to mend.
    pub fn at(
        entry: &str,
        client_id: impl Into<String>,
        secret: impl Into<SecretText>,
        callback_url: impl Into<String>,
    ) -> Result<Self, ProviderSettingsError> {
        let settings = ProviderSettings { catalogue: entry.to_owned(), client_id: client_id.into(), ..ProviderSettings::default() };
        Ok(Self::new(crate::provider(entry, &settings, secret.into())?, callback_url))
    }

    /// For several processes that share a secret, with settings of outgoing calls, and with a clock.
    #[must_use]
    pub fn with(provider: Provider, callback_url: impl Into<String>, (http, secret): (HttpSettings, &MasterSecret), env: Env) -> Self {
        let (upstream, sealer) = (Upstream::new(http), Sealed(Sealer::new(secret)));
        Self { provider, callback_url: callback_url.into(), upstream, sealer, env }
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// As [`Upstream::begin`].
    pub async fn begin(&self) -> Result<Departure, UpstreamRefusal> {
        let state = base64url::encode(self.env.random::<STATE>());
        let Begun { url, pending } = self.upstream.begin(&self.provider, &self.callback_url, &state, &self.env).await?;
        let content = Content { pending, ends_at: (self.env.now() + LIFETIME).0 };
        let plain = serde_json::to_vec(&content).map_err(|error| UpstreamRefusal::wrong("cookie", error.to_string()))?;
        // RFC 9700 §4.7: bound to the browser by the cookie, and to this very sign-in by `state`, which the seal is over
        let sealed = self
            .sealer
            .0
            .seal(SEALED_FOR, &state, &plain, &self.env)
            .map_err(|fault| UpstreamRefusal::wrong("cookie", fault.to_string()))?;
        Ok(Departure { url, cookie: self.set_cookie(&state, &base64url::encode(sealed)) })
    }

    /// Finishes it. `answer` is the query of the callback, or the body of the form that was posted there; `cookies` the text of the
    /// browser's `Cookie` header, if it sent one.
    ///
    /// # Errors
    /// [`UpstreamRefusal`]; an answer that belongs to no sign-in of this browser is [`UpstreamRefusal::Wrong`].
    pub async fn finish(&self, answer: &str, cookies: Option<&str>) -> Result<VerifiedIdentity, UpstreamRefusal> {
        let callback = Callback::parse(answer).map_err(|error| UpstreamRefusal::wrong("authorization_response", error.to_string()))?;
        let pending = callback.state.as_deref().and_then(|state| self.pending(state, cookies.unwrap_or_default()));
        let pending = pending.ok_or_else(|| UpstreamRefusal::wrong("state", "no sign-in of this browser, or one that began long ago"))?;
        self.upstream.finish(&self.provider, &callback, pending, &self.callback_url, &self.env).await
    }

    /// As [`CookieSignIn::finish`], with all headers of the request; gives a cookie besides, by which they are known for twelve hours.
    /// Nothing ends it before: an application that must end sessions keeps its own.
    ///
    /// # Errors
    /// As there.
    pub async fn arrive(&self, answer: Option<&str>, headers: &HeaderMap) -> Result<Arrival, UpstreamRefusal> {
        let identity = self.finish(answer.unwrap_or_default(), Some(&cookies_of(headers))).await?;
        let session = Session { account: identity.account_id(), ends_at: (self.env.now() + SESSION_LIFETIME).0 };
        let failed = |error: String| UpstreamRefusal::wrong("cookie", error);
        let plain = serde_json::to_vec(&session).map_err(|error| failed(error.to_string()))?;
        let sealed = self.sealer.0.seal(SESSION_SEALED_FOR, SESSION, &plain, &self.env).map_err(|fault| failed(fault.to_string()))?;
        let cookie = self.session_cookie(&base64url::encode(sealed), SESSION_LIFETIME);
        Ok(Arrival { identity, cookie })
    }

    /// Who is signed in, in the browser that sent these headers: [`VerifiedIdentity::account_id`].
    #[must_use]
    pub fn account(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = cookies_of(headers);
        let value = value_of(&cookies, &self.prefixed(SESSION))?;
        let plain = self.sealer.0.open(SESSION_SEALED_FOR, SESSION, &base64url::decode(value).ok()?).ok()?;
        let Session { account, ends_at } = serde_json::from_slice(&plain).ok()?;
        (self.env.now() < Timestamp(ends_at)).then_some(account)
    }

    /// The value of a `Set-Cookie` header that signs this browser out.
    #[must_use]
    pub fn leave(&self) -> String {
        self.session_cookie("", Seconds(0))
    }

    fn session_cookie(&self, value: &str, lifetime: Seconds) -> String {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", self.prefixed(SESSION), lifetime.0)
    }

    /// From the cookie that this `state` names.
    fn pending(&self, state: &str, cookies: &str) -> Option<Pending> {
        let name = self.cookie_name(state)?;
        let value = value_of(cookies, &name)?;
        let plain = self.sealer.0.open(SEALED_FOR, state, &base64url::decode(value).ok()?).ok()?;
        let Content { pending, ends_at } = serde_json::from_slice(&plain).ok()?;
        (self.env.now() < Timestamp(ends_at)).then_some(pending)
    }

    /// Its first characters stand in the cookie's name, so that tabs do not overwrite one another.
    fn cookie_name(&self, state: &str) -> Option<String> {
        let plain = state.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        state.get(..16).filter(|_| plain).map(|start| self.prefixed(&format!("{NAME}{start}")))
    }

    fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", if self.is_secure() { "__Host-" } else { "" })
    }

    fn set_cookie(&self, state: &str, value: &str) -> String {
        let name = self.cookie_name(state).unwrap_or_default();
        // what another site's page posts brings no cookie with SameSite=Lax
        let same_site = if self.provider.answers_by_post() { "None" } else { "Lax" };
        let secure = if self.is_secure() { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={}{secure}", LIFETIME.0)
    }

    fn is_secure(&self) -> bool {
        self.callback_url.starts_with("https://")
    }
}

/// HTTP/2 may send them in several headers (RFC 9113 §8.2.3).
fn cookies_of(headers: &HeaderMap) -> String {
    let sent: Vec<&str> = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok()).collect();
    sent.join("; ")
}

fn value_of<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use chabi_token::SecretText;

    use super::*;
    use crate::provider::{FacebookSettings, facebook};

    fn sign_in(callback_url: &str) -> CookieSignIn {
        // its endpoints are configured: nothing is called to begin
        CookieSignIn::new(facebook("id", SecretText::new("secret".to_owned()), &FacebookSettings::default()), callback_url)
    }

    fn state(departure: &Departure) -> String {
        departure.url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned()).unwrap()
    }

    fn sent_back(cookie: &str) -> &str {
        cookie.split(';').next().unwrap()
    }

    #[tokio::test]
    async fn a_cookie_is_opened_by_its_own_state_among_those_of_other_tabs() {
        let sign_in = sign_in("https://app.example/callback");
        let (first, second) = (sign_in.begin().await.unwrap(), sign_in.begin().await.unwrap());
        assert!(first.cookie.starts_with("__Host-chabi_sign_in_"));
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=600"] {
            assert!(first.cookie.contains(attribute), "{}", first.cookie);
        }
        let cookies = format!("other=1; {}; {}", sent_back(&first.cookie), sent_back(&second.cookie));
        assert!(sign_in.pending(&state(&first), &cookies).is_some());
        assert!(sign_in.pending(&state(&second), &cookies).is_some());
    }

    // RFC 9700 §4.7
    // req: up.state
    #[tokio::test]
    async fn an_answer_of_another_browser_or_sign_in_is_refused_before_anybody_is_asked() {
        let sign_in = sign_in("http://localhost:3000/callback");
        let (ours, theirs) = (sign_in.begin().await.unwrap(), sign_in.begin().await.unwrap());
        let query = format!("code=c&state={}", state(&ours));
        for cookies in [None, Some(""), Some(sent_back(&theirs.cookie)), Some("chabi_sign_in_=x")] {
            let refusal = sign_in.finish(&query, cookies).await.unwrap_err();
            assert!(matches!(refusal, UpstreamRefusal::Wrong { rule: "state", .. }), "{cookies:?}");
        }
        // the value of one under the name of the other
        let (name, _) = sent_back(&ours.cookie).split_once('=').unwrap();
        let (_, value) = sent_back(&theirs.cookie).split_once('=').unwrap();
        assert!(sign_in.finish(&query, Some(&format!("{name}={value}"))).await.is_err());
        assert!(sign_in.finish("code=c", Some(sent_back(&ours.cookie))).await.is_err());
    }

    #[test]
    fn a_session_is_read_from_its_own_cookie_alone_and_ends_after_twelve_hours() {
        let (env, callback) = (Env::system(), "https://app.example/callback");
        let secret = MasterSecret::generate(&env);
        let provider = facebook("id", SecretText::new("secret".to_owned()), &FacebookSettings::default());
        let sign_in = CookieSignIn::with(provider, callback, (HttpSettings::default(), &secret), env.clone());
        let session = Session { account: "ada".to_owned(), ends_at: (env.now() + SESSION_LIFETIME).0 };
        let sealed = |purpose: &str| {
            let plain = serde_json::to_vec(&session).unwrap();
            base64url::encode(sign_in.sealer.0.seal(purpose, SESSION, &plain, &env).unwrap())
        };
        let cookie = sign_in.session_cookie(&sealed(SESSION_SEALED_FOR), SESSION_LIFETIME);
        assert!(
            cookie.starts_with("__Host-chabi_signed_in=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure")
        );
        let headers = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, "other=1".parse().unwrap());
            headers.append(COOKIE, sent_back(cookie).parse().unwrap());
            headers
        };
        assert_eq!(sign_in.account(&headers(&cookie)).as_deref(), Some("ada"));
        assert_eq!(
            sign_in.account(&headers(&sign_in.session_cookie(&sealed(SEALED_FOR), SESSION_LIFETIME))),
            None,
            "sealed for another purpose"
        );
        assert_eq!(sign_in.account(&headers(&sign_in.leave())), None);
        assert_eq!(sign_in.account(&HeaderMap::new()), None);
        env.correct_by(SESSION_LIFETIME.0 * 1_000_000);
        assert_eq!(sign_in.account(&headers(&cookie)), None, "twelve hours later");
    }

    #[tokio::test]
    async fn another_process_opens_it_by_the_same_secret_alone() {
        let (env, callback) = (Env::system(), "http://localhost:3000/callback");
        let secret = MasterSecret::generate(&env);
        let with = |secret: &MasterSecret| {
            let provider = facebook("id", SecretText::new("secret".to_owned()), &FacebookSettings::default());
            CookieSignIn::with(provider, callback, (HttpSettings::default(), secret), env.clone())
        };
        let begun = with(&secret).begin().await.unwrap();
        assert!(with(&secret).pending(&state(&begun), sent_back(&begun.cookie)).is_some());
        assert!(with(&MasterSecret::generate(&env)).pending(&state(&begun), sent_back(&begun.cookie)).is_none());
        env.correct_by(LIFETIME.0 * 1_000_000);
        assert!(with(&secret).pending(&state(&begun), sent_back(&begun.cookie)).is_none(), "ten minutes later");
    }
}
