//! An application as administrators see it, and what they write of it.

use chabi_spec::Scope;
use chabi_store::{
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::{ApplicationSettings, RegisteredBy},
    site::SiteIds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::sites_of;
use crate::OperationError;

/// An application: without its secrets, of which hashes alone are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Application {
    /// `client_id`.
    pub client_id: String,
    /// What can be changed.
    #[serde(flatten)]
    pub values: ApplicationValues,
    /// How many secrets are in force: two while one replaces the other.
    pub secrets: u8,
    /// `operator`, `itself` or `document`.
    pub registered_by: String,
    /// When it was registered: seconds since 1970.
    pub created_at: i64,
    /// Since when it is refused everywhere: seconds since 1970.
    pub disabled_at: Option<i64>,
}

/// What can be changed of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplicationValues {
    /// Shown on the consent page.
    pub name: String,
    /// Which rules it follows.
    pub profile: ProfileWord,
    /// Web or native.
    pub kind: KindWord,
    /// How it proves who it is.
    pub authentication: AuthenticationWord,
    /// Compared byte for byte.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Compared byte for byte.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Browser origins whose scripts may read our answers.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Such as `authorization_code`.
    pub grant_types: Vec<String>,
    /// What it may ask for: words, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// The audience of its tokens when it names no `resource`; empty: userinfo alone.
    #[serde(default)]
    pub default_audience: String,
    /// `id_token_signed_response_alg`.
    #[serde(default = "usual_algorithm")]
    pub id_token_alg: String,
    /// Our own: people are not asked for consent.
    #[serde(default)]
    pub first_party: bool,
    /// Whether it is refused everywhere.
    #[serde(default)]
    pub disabled: bool,
    /// The sites that it belongs to.
    #[serde(default = "main_site")]
    pub sites: Vec<String>,
    /// Everything else, by the names of the OAuth and OpenID Connect registries.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

fn usual_algorithm() -> String {
    "RS256".to_owned()
}

fn main_site() -> Vec<String> {
    vec!["main".to_owned()]
}

/// Which rules an application follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProfileWord {
    /// PKCE for all (OAuth 2.1).
    OAuth21,
    /// PKCE optional for one with a secret (OpenID Connect Core).
    Oidc,
}

/// Web or native.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindWord {
    /// On a web server or in a browser.
    Web,
    /// Installed on a device.
    Native,
}

/// How an application proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationWord {
    /// Public.
    None,
    /// A secret, by HTTP Basic or in the body.
    Secret,
    /// A secret, by HTTP Basic alone.
    SecretBasic,
    /// A secret, in the body alone.
    SecretPost,
    /// A signed assertion, checked with the keys of `settings.jwks` or `settings.jwks_uri`.
    PrivateKeyJwt,
}

impl From<Profile> for ProfileWord {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::OAuth21 => Self::OAuth21,
            Profile::Oidc => Self::Oidc,
        }
    }
}

impl From<ApplicationKind> for KindWord {
    fn from(kind: ApplicationKind) -> Self {
        match kind {
            ApplicationKind::Web => Self::Web,
            ApplicationKind::Native => Self::Native,
        }
    }
}

impl From<ClientAuthentication> for AuthenticationWord {
    fn from(authentication: ClientAuthentication) -> Self {
        match authentication {
            ClientAuthentication::None => Self::None,
            ClientAuthentication::Secret => Self::Secret,
            ClientAuthentication::SecretBasic => Self::SecretBasic,
            ClientAuthentication::SecretPost => Self::SecretPost,
            ClientAuthentication::PrivateKeyJwt => Self::PrivateKeyJwt,
        }
    }
}

impl From<AuthenticationWord> for ClientAuthentication {
    fn from(word: AuthenticationWord) -> Self {
        match word {
            AuthenticationWord::None => Self::None,
            AuthenticationWord::Secret => Self::Secret,
            AuthenticationWord::SecretBasic => Self::SecretBasic,
            AuthenticationWord::SecretPost => Self::SecretPost,
            AuthenticationWord::PrivateKeyJwt => Self::PrivateKeyJwt,
        }
    }
}

/// Of the settings, what stands beside them.
const BESIDE: [&str; 2] = ["registered_by", "sites"];

impl Application {
    /// As it is shown.
    #[must_use]
    pub fn of(application: &RegisteredClient) -> Self {
        Self {
            client_id: application.client_id.clone(),
            values: ApplicationValues::of(application),
            secrets: u8::try_from(application.secret_hashes.len()).unwrap_or(u8::MAX),
            registered_by: match application.settings.registered_by {
                RegisteredBy::Operator => "operator",
                RegisteredBy::Itself => "itself",
                RegisteredBy::Document => "document",
            }
            .to_owned(),
            created_at: application.created_at.as_seconds(),
            disabled_at: application.disabled_at.map(|at| at.as_seconds()),
        }
    }
}

impl ApplicationValues {
    fn of(application: &RegisteredClient) -> Self {
        let settings = match serde_json::to_value(&application.settings) {
            Ok(Value::Object(settings)) => settings.into_iter().filter(|(name, _)| !BESIDE.contains(&name.as_str())).collect(),
            // these settings have text keys alone: writing them cannot fail
            _ => Map::new(),
        };
        Self {
            name: application.name.clone(),
            profile: application.profile.into(),
            kind: application.kind.into(),
            authentication: application.authentication.into(),
            redirect_uris: application.redirect_uris.clone(),
            post_logout_redirect_uris: application.post_logout_redirect_uris.clone(),
            origins: application.origins.clone(),
            grant_types: application.grant_types.clone(),
            scope: application.scope.to_string(),
            default_audience: application.default_audience.clone(),
            id_token_alg: application.id_token_alg.clone(),
            first_party: application.first_party,
            disabled: application.disabled_at.is_some(),
            sites: sites_of(application),
            settings,
        }
    }

    /// Written over an application; secrets that its authentication has no use for go.
    pub(super) fn over(self, old: RegisteredClient, now: chabi_token::Timestamp) -> Result<RegisteredClient, OperationError> {
        let scope =
            Scope::parse(&self.scope).map_err(|_| OperationError::invalid("scope", "words of ASCII letters, separated by spaces"))?;
        let authentication = ClientAuthentication::from(self.authentication);
        let mut settings = settings(self.settings)?;
        settings.registered_by = old.settings.registered_by;
        settings.sites = SiteIds(self.sites);
        let disabled_at = self.disabled.then(|| old.disabled_at.unwrap_or(now));
        Ok(RegisteredClient {
            name: self.name,
            profile: match self.profile {
                ProfileWord::OAuth21 => Profile::OAuth21,
                ProfileWord::Oidc => Profile::Oidc,
            },
            kind: match self.kind {
                KindWord::Web => ApplicationKind::Web,
                KindWord::Native => ApplicationKind::Native,
            },
            authentication,
            secret_hashes: if authentication.is_by_secret() { old.secret_hashes } else { Vec::new() },
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            origins: self.origins,
            grant_types: self.grant_types,
            scope,
            default_audience: self.default_audience,
            id_token_alg: self.id_token_alg,
            first_party: self.first_party,
            disabled_at,
            settings,
            ..old
        })
    }
}

/// Reads them, and refuses what would be ignored.
pub(super) fn settings(given: Map<String, Value>) -> Result<ApplicationSettings, OperationError> {
    if let Some(beside) = BESIDE.iter().find(|name| given.contains_key(**name)) {
        return Err(OperationError::invalid(format!("settings.{beside}"), "it stands beside the settings, not among them"));
    }
    let read = serde_json::from_value::<ApplicationSettings>(Value::Object(given.clone()));
    let settings = read.map_err(|error| OperationError::invalid("settings", error.to_string()))?;
    let kept = serde_json::to_value(&settings).unwrap_or_default();
    let is_default =
        |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || ["", "[]", "{}", "\"\""].contains(&value.to_string().as_str());
    match given.iter().find(|(name, value)| kept.get(name.as_str()).is_none() && !is_default(value)) {
        Some((name, _)) => Err(OperationError::invalid(format!("settings.{name}"), "there is no such setting")),
        None => Ok(settings),
    }
}
