//! Chabi as a client of Google, Facebook and any other OAuth 2 or OpenID Connect provider.
//!
//! Usable alone: no database, no web framework. [`Upstream::begin`] gives the URL to send the browser to and a [`Pending`] to keep;
//! [`Upstream::finish`] takes what the browser brought back and gives a [`VerifiedIdentity`], or a [`UpstreamRefusal`] that says why
//! not. The caller keeps the pending half out of everybody's sight, binds it to the browser, and redeems it once. Tokens of the
//! provider are dropped before `finish` returns.
//!
//! An application that has no place for pending sign-ins lets [`CookieSignIn`] do all of that with a cookie.
//!
//! ```no_run
//! # use chabi_client::{Callback, HttpSettings, Upstream, UpstreamRefusal, VerifiedIdentity, provider::{GOOGLE_ISSUER, google}};
//! # use chabi_token::{Env, SecretText};
//! # async fn sign_in(secret: String, state: &str, query: &str) -> Result<VerifiedIdentity, UpstreamRefusal> {
//! let env = Env::system();
//! let upstream = Upstream::new(HttpSettings::default());
//! let provider = google("1234.apps.googleusercontent.com", SecretText::new(secret), GOOGLE_ISSUER);
//! let callback_url = "https://login.example/accounts/google/login/callback/";
//!
//! let begun = upstream.begin(&provider, callback_url, state, &env).await?;
//! // keep `begun.pending`, bound to the browser and to `state`; send the browser to `begun.url`; it comes back with `query`
//! let callback = Callback::parse(query).unwrap_or_default();
//! let identity = upstream.finish(&provider, &callback, begun.pending, callback_url, &env).await?;
//! println!("{} of {}", identity.subject(), identity.issuer());
//! # Ok(identity)
//! # }
//! ```

pub mod callback;
mod caller;
pub mod catalogue;
mod code_exchange;
pub mod cookie_sign_in;
pub mod demand;
mod discovery;
mod hex;
mod id_token;
pub mod identity;
mod kept_tokens;
mod keys;
mod lane;
pub mod logout;
mod native;
mod openid2;
mod profile;
pub mod provider;
pub mod refusal;
pub mod settings;
mod signed_form;
pub mod tokens;
pub mod upstream;
mod userinfo;

pub use callback::Callback;
pub use catalogue::provider;
pub use chabi_outgoing::HttpSettings;
pub use chabi_token::{Env, MasterSecret, SecretText};
pub use cookie_sign_in::{Arrival, CookieSignIn, Departure};
pub use demand::Demand;
pub use identity::{UpstreamEmail, VerifiedIdentity};
pub use logout::VerifiedLogout;
pub use provider::Provider;
pub use refusal::UpstreamRefusal;
pub use settings::{CustomOAuth2, ProviderSettings, ProviderSettingsError, TrustEmail};
pub use tokens::{Finished, ProviderTokens, TakenOnce};
pub use upstream::{Begun, Pending, Upstream};
