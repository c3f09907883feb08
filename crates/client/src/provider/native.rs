//! What a provider says about tokens that our own mobile apps bring, and where tokens are given back.

use chabi_token::Algorithm;
use serde::Deserialize;

/// What is different about ID tokens that our own mobile apps bring. Empty: as in the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeTokens {
    /// Their issuer.
    pub issuer: String,
    /// Where the keys are.
    pub keys_url: String,
    /// With which algorithms they may be signed.
    #[serde(deserialize_with = "super::openid::algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// `nonce` is the SHA-256 of what the app chose, in lower-case hex, or what it chose (Apple: apps send the hash).
    pub hashed_nonce: bool,
    /// `azp` is the app's own id and need not be ours: the provider gives tokens for us to apps of our own project alone (Google).
    pub any_authorized_party: bool,
}

/// A call that tells for whom an access token was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessTokenCheck {
    /// Where; `{access_token}` stands for the token.
    pub url: String,
    /// The call is ours, by `<id>|<secret>` as its bearer token (Facebook).
    pub as_app: bool,
    /// JSON pointer to what must be `true`; empty: the call fails for a token that is not good.
    pub valid: String,
    /// JSON pointer to the application it was made for.
    pub audience: String,
    /// JSON pointer to the person, whose profile must be the same.
    pub subject: String,
}

/// Where tokens are given back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeCall {
    /// Where; `POST`.
    pub url: String,
    /// The token's name in the form; `token` as RFC 7009 §2.1 has it.
    #[serde(default = "token")]
    pub parameter: String,
    /// Without our id and secret beside it.
    #[serde(default)]
    pub alone: bool,
}

fn token() -> String {
    "token".to_owned()
}
