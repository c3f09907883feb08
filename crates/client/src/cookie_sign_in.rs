//! Sign-in for an application without a place to keep what is pending: it travels in the browser, sealed in a cookie.
//!
//! 1. [`CookieSignIn::begin`]: `state`, nonce and verifier → the URL for the browser, and the `Set-Cookie` that goes with it
//! 2. [`CookieSignIn::finish`]: `state` names the cookie → opened, in time, of this provider → [`Upstream::finish`]

use chabi_outgoing::HttpSettings;
use chabi_token::{Env, MasterSecret, Seconds, Timestamp, base64url, seal::Sealer};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    Callback, Provider, Upstream, VerifiedIdentity,
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

const LIFETIME: Seconds = Seconds::minutes(10);
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

    /// From the cookie that this `state` names.
    fn pending(&self, state: &str, cookies: &str) -> Option<Pending> {
        let name = self.cookie_name(state)?;
        let value = cookies.split(';').find_map(|pair| pair.trim().strip_prefix(&*name)?.strip_prefix('='))?;
        let plain = self.sealer.0.open(SEALED_FOR, state, &base64url::decode(value).ok()?).ok()?;
        let Content { pending, ends_at } = serde_json::from_slice(&plain).ok()?;
        (self.env.now() < Timestamp(ends_at)).then_some(pending)
    }

    /// Its first characters stand in the cookie's name, so that tabs do not overwrite one another.
    fn cookie_name(&self, state: &str) -> Option<String> {
        let plain = state.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let prefix = if self.is_secure() { "__Host-" } else { "" };
        state.get(..16).filter(|_| plain).map(|start| format!("{prefix}{NAME}{start}"))
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
