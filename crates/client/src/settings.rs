//! What an operator says about a provider: which entry of the catalogue, our id there, and what should be otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::provider::{AuthenticationMethod, EmailsCall, OAuth2Settings, ParameterNames, ProfileCall, ProfileMapping, TokenRequestShape};

/// A provider as an operator describes it, in a configuration file or in a console. The secret is never part of it.
///
/// What is left out is as the catalogue's entry has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderSettings {
    /// The catalogue's entry, such as `google`; `openid`: any provider of OpenID Connect, by `issuer`; `oauth2`: any provider of
    /// OAuth 2, by `custom`.
    pub catalogue: String,
    /// On the button; `None`: the entry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Our id there.
    pub client_id: String,
    /// The issuer, of a provider of OpenID Connect: needed for `openid`, and else only where it is not the vendor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// What the entry has places for: host, tenant, `team_id`, `key_id`, `graph_version` and so on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// What to ask for, in place of the entry's list; an empty list asks for nothing in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// More parameters of the authorization request, or other values of the entry's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub auth_params: BTreeMap<String, String>,
    /// Whom ID tokens that our own mobile apps bring may be for, besides `client_id`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// The organisation's domain that people must belong to (Google Workspace); `*`: any organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_domain: Option<String>,
    /// When its word on an e-mail address proves who owns it.
    pub trust_email: TrustEmail,
    /// The provider itself, for the entry `oauth2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomOAuth2>,
}

impl ProviderSettings {
    /// To whom what we hold of a provider's people is sent, and as whom: tokens that were given under one destination are never shown to
    /// another.
    #[must_use]
    pub fn destination(&self) -> String {
        // how a profile is read sends nothing anywhere
        let custom = self.custom.clone().map(|custom| CustomOAuth2 { mapping: ProfileMapping::default(), ..custom });
        let members = (&self.catalogue, &self.client_id, &self.issuer, &self.values, custom);
        serde_json::to_string(&members).unwrap_or_default()
    }
}

/// When a provider's word on an e-mail address proves who owns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustEmail {
    /// As the catalogue's entry has it.
    #[default]
    Entry,
    /// Never: the address is a hint.
    Never,
    /// Whenever the provider says that it is verified: for a directory of the operator's own.
    WhenVerified,
}

impl<'de> Deserialize<'de> for TrustEmail {
    /// By its name; `true` and `false` are the older words for `when_verified` and `entry`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Older(bool),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Older(false) => Ok(Self::Entry),
            Written::Older(true) => Ok(Self::WhenVerified),
            Written::Word(word) => match &*word {
                "entry" | "false" => Ok(Self::Entry),
                "never" => Ok(Self::Never),
                "when_verified" | "true" => Ok(Self::WhenVerified),
                _ => Err(serde::de::Error::custom("trust_email must be `entry`, `never` or `when_verified`")),
            },
        }
    }
}

/// Any provider of OAuth 2 that gives a profile for an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomOAuth2 {
    /// Where the browser is sent.
    pub authorize_url: String,
    /// Where the code is exchanged.
    pub token_url: String,
    /// What `iss` of its authorization responses must be, and the key of its people; empty: the origin of `authorize_url`. Not to be
    /// changed once people have signed in.
    pub issuer: String,
    /// Where tokens are revoked (RFC 7009); empty: nowhere.
    pub revoke_url: String,
    /// Whether PKCE goes with the code; off only where the provider refuses it.
    pub pkce: bool,
    /// How our secret is shown at the token endpoint.
    pub client_authentication: AuthenticationMethod,
    /// What stands between scopes.
    pub scope_separator: char,
    /// How the token request is written.
    pub token_request: TokenRequestShape,
    /// What it calls our id and our secret.
    pub parameter_names: ParameterNames,
    /// The call for the profile.
    pub profile: ProfileCall,
    /// A second call, for the address.
    pub emails: Option<EmailsCall>,
    /// Where in the profile the person stands.
    pub mapping: ProfileMapping,
}

impl Default for CustomOAuth2 {
    fn default() -> Self {
        Self {
            authorize_url: String::new(),
            token_url: String::new(),
            issuer: String::new(),
            revoke_url: String::new(),
            pkce: true,
            client_authentication: AuthenticationMethod::Basic,
            scope_separator: ' ',
            token_request: TokenRequestShape::Form,
            parameter_names: ParameterNames::default(),
            profile: ProfileCall::default(),
            emails: None,
            mapping: ProfileMapping::default(),
        }
    }
}

impl CustomOAuth2 {
    pub(crate) fn settings(&self) -> OAuth2Settings {
        OAuth2Settings {
            issuer: self.issuer.clone(),
            authorize_url: self.authorize_url.clone(),
            token_url: self.token_url.clone(),
            token_request: self.token_request,
            parameter_names: self.parameter_names.clone(),
            profile: self.profile.clone(),
            emails: self.emails.clone(),
            mapping: self.mapping.clone(),
            ..OAuth2Settings::default()
        }
    }
}

/// What is to be mended in a provider's settings. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {mend}")]
pub struct ProviderSettingsError {
    field: String,
    mend: String,
}

impl ProviderSettingsError {
    pub(crate) fn new(field: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { field: field.into(), mend: mend.into() }
    }

    /// Which field, such as `client_id` or `values.tenant`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What to do, in words.
    #[must_use]
    pub fn mend(&self) -> &str {
        &self.mend
    }
}
