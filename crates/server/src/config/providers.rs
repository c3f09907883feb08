//! `[providers.google]`, `[providers.facebook]`, and any OpenID provider under a name of the operator's.

use anyhow::{Result, ensure};
use chabi::{
    SecretText,
    provider::{EmailTrust, FacebookSettings, GOOGLE_ISSUER, Provider, facebook, google, openid},
};
use serde::{Deserialize, Deserializer};

/// One provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSection {
    /// Our id there.
    pub client_id: String,
    /// Our secret there; better in a file: `client_secret_file`.
    #[serde(deserialize_with = "secret")]
    pub client_secret: SecretText,
    /// Of an OpenID provider that is not built in.
    pub issuer: Option<String>,
    /// On the button.
    pub name: Option<String>,
    /// Its verified e-mail addresses prove who owns them: only for a directory of the operator's own.
    #[serde(default)]
    pub trust_email: bool,
    /// What to ask for, in place of the built-in list.
    pub scopes: Option<Vec<String>>,
    /// Facebook: version of the Graph API.
    pub graph_version: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

impl ProviderSection {
    /// The rules that a provider's section must keep.
    pub(super) fn check(&self, id: &str) -> Result<()> {
        let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        ensure!(plain, "providers.{id}: use lower-case letters, digits, `-` and `_` in the name");
        ensure!(
            !self.client_id.is_empty() && !self.client_secret.expose().is_empty(),
            "providers.{id}: client_id and client_secret are needed"
        );
        let built_in = id == "google" || id == "facebook";
        ensure!(built_in || self.issuer.is_some(), "providers.{id}: `issuer` is needed, since `{id}` is not built in (google, facebook)");
        let https = self.issuer.as_ref().is_none_or(|issuer| issuer.starts_with("https://"));
        ensure!(https, "providers.{id}: `issuer` must begin with https://");
        Ok(())
    }

    /// The provider that it describes.
    pub fn provider(&self, id: &str) -> Provider {
        let secret = SecretText::new(self.client_secret.expose().to_owned());
        let mut provider = match id {
            "google" => google(self.client_id.clone(), secret, GOOGLE_ISSUER),
            "facebook" => {
                let defaults = FacebookSettings::default();
                let version = self.graph_version.clone().unwrap_or(defaults.version);
                facebook(self.client_id.clone(), secret, &FacebookSettings { version, ..defaults })
            }
            _ => {
                let issuer = self.issuer.as_deref().unwrap_or_default();
                openid(id, self.name.clone().unwrap_or_else(|| id.to_owned()), (self.client_id.clone(), secret), issuer)
            }
        };
        if let Some(name) = &self.name {
            provider.name.clone_from(name);
        }
        if let Some(scopes) = &self.scopes {
            provider.scopes.clone_from(scopes);
        }
        if self.trust_email {
            provider.email_trust = EmailTrust::WhenVerified;
        }
        provider
    }
}
