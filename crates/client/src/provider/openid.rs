//! Any provider of OpenID Connect that has a discovery document.

use chabi_token::{SecretText, algorithm::Algorithm};
use serde::{Deserialize, Deserializer};

use super::{ClientAuthentication, EmailTrust, Protocol, Provider};

/// A provider of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenIdSettings {
    /// Must equal `issuer` of its discovery document, byte by byte. With `tenants` it holds `{tenantid}` in place of the tenant.
    pub issuer: String,
    /// Where that document is; `None`: below the issuer, as OpenID Connect Discovery §4 says.
    pub discovery_url: Option<String>,
    /// Other texts that `iss` of its ID tokens may be. Google alone has one.
    pub other_issuers: Vec<String>,
    /// With which algorithms its ID tokens may be signed, whatever their header says.
    #[serde(deserialize_with = "algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// Its ID tokens have a MAC under our secret, HS256, and `algorithms` does not count (LINE). The operator's data says so, never the
    /// header of a token.
    pub hs256_with_secret: bool,
    /// One document for many issuers, one a tenant (Microsoft).
    pub tenants: Option<Tenants>,
    /// `hd` that an ID token must have (Google Workspace); `*`: any.
    pub hosted_domain: Option<String>,
    /// The claim that says whether the address is verified; `email_verified` nearly everywhere. Only JSON `true` counts.
    pub email_verified_claim: String,
    /// The text `"true"` counts as well: at the few vendors that are known to write it (Apple, Amazon Cognito).
    pub flags_as_text: bool,
    /// The claim with the whole name; `name` nearly everywhere.
    pub name_claim: String,
    /// A claim without which `sub` is not unique (Slack's team): the subject becomes `<claim>/<sub>`.
    pub subject_within: Option<String>,
    /// The name stands in the authorization response, once, and in no token (Apple). It comes through the browser: a name, no proof.
    pub name_in_response: bool,
}

/// Which tenants' people may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tenants {
    /// The claim with the tenant's id, a UUID; in `issuer` it takes the place of `{tenantid}`.
    pub claim: String,
    /// Tenants whose people are refused.
    pub refused: Vec<String>,
}

impl OpenIdSettings {
    /// A provider without peculiarities: the document below the issuer, any of our algorithms.
    #[must_use]
    pub fn at(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            discovery_url: None,
            other_issuers: Vec::new(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA],
            hs256_with_secret: false,
            tenants: None,
            hosted_domain: None,
            email_verified_claim: "email_verified".to_owned(),
            flags_as_text: false,
            name_claim: "name".to_owned(),
            subject_within: None,
            name_in_response: false,
        }
    }
}

impl Default for OpenIdSettings {
    fn default() -> Self {
        Self::at("")
    }
}

pub(super) fn algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Algorithm>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let known = |name: &String| Algorithm::parse(name).ok_or_else(|| serde::de::Error::custom(format!("unknown algorithm {name}")));
    names.iter().map(known).collect()
}

/// A provider by its issuer. Its e-mail addresses are not trusted until an operator says so in `email_trust`.
///
/// Source: OpenID Connect Discovery 1.0.
#[must_use]
pub fn openid(id: impl Into<String>, name: impl Into<String>, client: (String, SecretText), issuer: &str) -> Provider {
    let (client_id, client_secret) = client;
    Provider {
        id: id.into(),
        name: name.into(),
        entry: "openid".to_owned(),
        client_id,
        client_secret,
        protocol: Protocol::OpenId(Box::new(OpenIdSettings::at(issuer))),
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        scope_separator: ' ',
        auth_params: Vec::new(),
        pkce: true,
        client_authentication: ClientAuthentication::Basic,
        email_trust: EmailTrust::Never,
        audiences: Vec::new(),
        native: None,
        access_token_check: None,
        revoke: None,
    }
}
