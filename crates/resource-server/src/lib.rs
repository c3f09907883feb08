//! Checks access tokens in your API: a tower layer and an axum extractor. Usable alone, with nothing else of Chabi and no database.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use chabi_resource_server::{Bearer, ResourceServer};
//!
//! async fn notes(caller: Bearer) -> String {
//!     format!("notes of {}", caller.subject())
//! }
//!
//! # fn main() -> Result<(), chabi_resource_server::BuildError> {
//! let api = ResourceServer::builder("https://id.example.com").audience("https://api.example.com").build()?;
//! let app: Router = Router::new().route("/notes", get(notes).layer(api.require_scope("notes:read")));
//! # Ok(()) }
//! ```
//!
//! A request passes the layer when, in this order,
//! 1. it has one `Authorization` header with one token, by `Bearer` or `DPoP`, and no `access_token` in its query;
//! 2. the token's header names an accepted type (`at+jwt`), an accepted algorithm and no extension that we do not know;
//! 3. the issuer has a key of this `kid`, and the key is for this algorithm;
//! 4. the signature verifies;
//! 5. `iss`, `aud`, `exp` and `nbf` fit, and nothing that an access token has is missing or of the wrong type;
//! 6. it was not taken back, as far as the [`RevocationSource`] knows;
//! 7. its scope holds every word that the route asks for, each matched whole;
//! 8. its person signed in as strongly and as lately as the route asks for (RFC 9470).
//!
//! Anything else is refused: 401, 403 or 400 with the challenge of RFC 6750, which never says what exactly was wrong; that is in the log
//! at level `debug`. When the issuer's keys cannot be had and none are known, nobody passes: 503.
//!
//! **Revocation.** Tokens are checked offline, and what the issuer takes back is followed behind the requests' backs, see
//! [`FollowedRevocations`]: a token is refused within a second, or, where neither stream nor list can be had, when it expires (5 minutes,
//! by Chabi's default). A key that was withdrawn is accepted until the cached set is fetched again: [`FetchLimits::longest_fresh`], one
//! hour at the most.
//!
//! **Who.** A person is the pair of issuer and subject, see [`Principal`]: the same subject of another issuer is somebody else.

mod bearer;
mod bearer_layer;
mod build_error;
mod deny_by_default;
mod dpop;
#[cfg(feature = "fetch")]
mod fetched_keys;
#[cfg(feature = "fetch")]
mod followed_revocations;
mod key_source;
mod presented;
mod protected_resource;
mod rejection;
mod resource_server;
mod revocations;
mod step_up;
#[cfg(test)]
mod tests;
mod verified_tokens;

pub use bearer::{Bearer, Principal};
pub use bearer_layer::{BearerLayer, BearerService};
pub use build_error::BuildError;
pub use chabi_spec::Scope;
pub use chabi_token::{Algorithm, Jwk, JwkSet, KeyRing, OpaqueTokens, VerifiedAccessToken, jws::TokenError};
pub use chabi_token::{DpopNonces, Timestamp, dpop::DpopError};
pub use deny_by_default::{DenyByDefault, Policy};
pub use dpop::{ProofStore, ProofsUnavailable, RememberedProofs};
#[cfg(feature = "fetch")]
pub use fetched_keys::{FetchLimits, FetchedKeys};
#[cfg(feature = "fetch")]
pub use followed_revocations::{FollowLimits, FollowedRevocations};
pub use key_source::{FixedKeys, KeySource, Keys, KeysUnavailable, LiveKeys};
pub use protected_resource::AboutApi;
pub use rejection::{Reason, Rejection};
pub use resource_server::{ResourceServer, ResourceServerBuilder};
pub use revocations::{NoRevocations, RevocationSource, Standing};
pub use step_up::SignInDemand;
