//! APIs: the resource servers that our access tokens are for.

use std::collections::BTreeMap;

use chabi_spec::Scope;
use chabi_token::Seconds;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Answer;

/// The `typ` header of an API's access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    AtJwt,
    /// `JWT`, for frameworks that refuse the other.
    Jwt,
    /// No JWT: opaque text, to be introspected.
    Opaque,
}

/// A resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// `aud` of its tokens, and the `resource` by which they are asked for: an absolute URI without fragment (RFC 8707 §2).
    pub audience: String,
    /// Shown on the consent page.
    pub name: String,
    /// The scopes it knows.
    pub scope: Scope,
    /// Lifetime of its access tokens; 60 minutes at the most.
    pub access_token_lifetime: Seconds,
    /// Their `typ`.
    pub token_type: AccessTokenType,
    /// Their `alg`: `ES256` unless it chose `RS256`, `PS256` or `EdDSA`.
    pub signing_alg: String,
    /// Everything that no statement looks at.
    pub settings: ApiSettings,
}

/// What an API may choose beside the columns of its row: kept as one JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiSettings {
    /// Words for the consent page, by scope.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scope_words: BTreeMap<String, String>,
    /// Tokens are only for sign-ins of this `acr`; empty: any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub required_acr: String,
    /// Tokens are only for sign-ins younger than this, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_auth_age: Option<i64>,
    /// The applications that may ask for it; empty: all. To others it is as if it were not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
    /// Claims that its access tokens have besides; never one that is reserved.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra_claims: Map<String, Value>,
}

/// Verbs on APIs.
pub trait ApiVerbs {
    /// By audience.
    fn find_api(&self, audience: &str) -> Answer<'_, Option<Api>>;
    /// All, by audience.
    fn list_apis(&self) -> Answer<'_, Vec<Api>>;
    /// Adds it, or replaces the one of the same audience.
    fn put_api(&self, api: Api) -> Answer<'_, ()>;
    /// Removes it; `false` when there was none.
    fn delete_api(&self, audience: &str) -> Answer<'_, bool>;
}
