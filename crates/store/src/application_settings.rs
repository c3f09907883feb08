//! What an application may choose beside the columns of its row: kept as one JSON text, of which a version ignores what it does not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::site::SiteIds;

/// Who registered an application: it decides how far its word is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredBy {
    /// An operator.
    #[default]
    Operator,
    /// It registered itself (RFC 7591).
    Itself,
    /// Its client id is the URL of its metadata (OAuth Client ID Metadata Document).
    Document,
}

/// Names are those of the OpenID Connect and OAuth registries, with their meaning there; empty or absent: not chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplicationSettings {
    /// The sites that know it. Elsewhere it is unknown.
    #[serde(skip_serializing_if = "is_default")]
    pub sites: SiteIds,
    /// Who registered it.
    #[serde(skip_serializing_if = "is_default")]
    pub registered_by: RegisteredBy,
    /// Page about it.
    #[serde(skip_serializing_if = "is_default")]
    pub client_uri: String,
    /// Picture, https. Shown by the browser, never fetched by us.
    #[serde(skip_serializing_if = "is_default")]
    pub logo_uri: String,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "is_default")]
    pub policy_uri: String,
    /// Its terms of service.
    #[serde(skip_serializing_if = "is_default")]
    pub tos_uri: String,
    /// Whom to write to.
    #[serde(skip_serializing_if = "is_default")]
    pub contacts: Vec<String>,
    /// `web` or `native` as it registered, `software_id`, `software_version`, `client_name#bn` and others that are only echoed.
    #[serde(skip_serializing_if = "is_default")]
    pub echoed: BTreeMap<String, String>,
    /// Its public keys: a JWK Set, JSON.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks: String,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks_uri: String,
    /// `token_endpoint_auth_signing_alg`: the one algorithm of its assertions; empty: any that we take.
    #[serde(skip_serializing_if = "is_default")]
    pub token_endpoint_auth_signing_alg: String,
    /// Its assertions may name the token endpoint as audience too: for older libraries. Off: the issuer alone.
    #[serde(skip_serializing_if = "is_default")]
    pub legacy_assertion_audience: bool,
    /// True: `sub` is another one for each sector (OpenID Connect Core §8.1).
    #[serde(skip_serializing_if = "is_default")]
    pub pairwise: bool,
    /// `sector_identifier_uri`.
    #[serde(skip_serializing_if = "is_default")]
    pub sector_identifier_uri: String,
    /// `userinfo_signed_response_alg`; empty: JSON.
    #[serde(skip_serializing_if = "is_default")]
    pub userinfo_signed_response_alg: String,
    /// `introspection_signed_response_alg` (RFC 9701 §6); empty: RS256 when it asks for a signed answer.
    #[serde(skip_serializing_if = "is_default")]
    pub introspection_signed_response_alg: String,
    /// `default_max_age`, seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub default_max_age: Option<i64>,
    /// `require_auth_time`: `auth_time` is always there.
    #[serde(skip_serializing_if = "is_default")]
    pub require_auth_time: bool,
    /// `default_acr_values`.
    #[serde(skip_serializing_if = "is_default")]
    pub default_acr_values: Vec<String>,
    /// `initiate_login_uri`.
    #[serde(skip_serializing_if = "is_default")]
    pub initiate_login_uri: String,
    /// The `response_mode`s that it may ask for; empty: all.
    #[serde(skip_serializing_if = "is_default")]
    pub response_modes: Vec<String>,
    /// `frontchannel_logout_uri`.
    #[serde(skip_serializing_if = "is_default")]
    pub frontchannel_logout_uri: String,
    /// `frontchannel_logout_session_required`.
    #[serde(skip_serializing_if = "is_default")]
    pub frontchannel_logout_session_required: bool,
    /// `backchannel_logout_uri`.
    #[serde(skip_serializing_if = "is_default")]
    pub backchannel_logout_uri: String,
    /// `backchannel_logout_session_required`.
    #[serde(skip_serializing_if = "is_default")]
    pub backchannel_logout_session_required: bool,
    /// `require_pushed_authorization_requests` (RFC 9126 §6).
    #[serde(skip_serializing_if = "is_default")]
    pub require_pushed_authorization_requests: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2): it gets no bearer token.
    #[serde(skip_serializing_if = "is_default")]
    pub dpop_bound_access_tokens: bool,
    /// ID tokens hold claims only where they were asked for by `claims`, whatever the profile's habit is.
    #[serde(skip_serializing_if = "is_default")]
    pub minimal_id_token: bool,
    /// What it may exchange (RFC 8693), for which audiences.
    #[serde(skip_serializing_if = "is_default")]
    pub exchange: Option<ExchangeRule>,
    /// The social applications, by id, whose ID tokens it may exchange for a sign-in (RFC 8693): of the operator's own mobile apps.
    #[serde(skip_serializing_if = "is_default")]
    pub native_sign_in: Vec<String>,
    /// Whose assertions it may present as a grant (RFC 7523 §2.1).
    #[serde(skip_serializing_if = "is_default")]
    pub assertion_issuers: Vec<AssertionIssuer>,
    /// Claims that its ID tokens, and the access tokens that it gets, have besides; never one that is reserved.
    #[serde(skip_serializing_if = "is_default")]
    pub extra_claims: Map<String, Value>,
}

impl ApplicationSettings {
    /// Whether a site knows the application. A document describes its application to everybody who looks.
    #[must_use]
    pub fn belong_to(&self, site: &str) -> bool {
        self.registered_by == RegisteredBy::Document || self.sites.hold(site)
    }
}

/// A token exchange that an operator allows (RFC 8693).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExchangeRule {
    /// Applications whose tokens it may present; itself is not meant unless it is listed.
    pub subjects_of: Vec<String>,
    /// The audiences that it is: a token of another application must be for one of them. Empty: its default audience.
    pub own_audiences: Vec<String>,
    /// Audiences that it may ask for, beside those that the presented token has.
    pub audiences: Vec<String>,
    /// Words, separated by spaces, that it may ask for although the presented token lacks them: the operator answers for the person.
    pub scope: String,
    /// Without an actor token it acts as the person (impersonation), and the token does not tell; else `act` names who acts.
    pub impersonation: bool,
}

/// Somebody whose signed assertions are taken as a grant (RFC 7523 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssertionIssuer {
    /// `iss`.
    pub issuer: String,
    /// Its keys: a JWK Set, JSON …
    pub jwks: String,
    /// … or where they are.
    pub jwks_uri: String,
    /// The `sub`s that stand for the application itself (a workload): the token is the application's own.
    pub workloads: Vec<String>,
    /// True: other `sub`s are subjects of accounts of ours.
    pub people: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
