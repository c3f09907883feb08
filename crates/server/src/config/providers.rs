//! `[providers.<id>]`: any provider of the catalogue, any OpenID provider by its issuer, any OAuth 2 provider by `custom`.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};
use chabi::{
    SecretText,
    provider::{CustomOAuth2, Provider, ProviderSettings, TrustEmail, catalogue, provider},
};
use serde::{Deserialize, Deserializer};

/// One provider: the fields of [`ProviderSettings`], and the secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSection {
    /// The catalogue's entry; left out, it is the section's name, or `openid` where `issuer` stands, or `oauth2` where `custom` does.
    pub catalogue: Option<String>,
    /// Our id there.
    #[serde(default)]
    pub client_id: String,
    /// Our secret there; better in a file: `client_secret_file`.
    #[serde(default = "nothing", deserialize_with = "secret")]
    pub client_secret: SecretText,
    /// Apple's key in place of a secret, better in its own file: `private_key_file`, the `.p8` as it was downloaded.
    #[serde(default = "nothing", deserialize_with = "secret")]
    pub private_key: SecretText,
    /// Of an OpenID provider.
    pub issuer: Option<String>,
    /// On the button.
    pub name: Option<String>,
    /// When its word on an e-mail address proves who owns it.
    #[serde(default)]
    pub trust_email: TrustEmail,
    /// What to ask for, in place of the entry's list.
    pub scopes: Option<Vec<String>>,
    /// Whom ID tokens of our own mobile apps may be for.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Google: the organisation's domain.
    pub hosted_domain: Option<String>,
    /// Facebook: version of the Graph API; the older place of `values.graph_version`.
    pub graph_version: Option<String>,
    /// What the entry has places for.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// More parameters of the authorization request.
    #[serde(default)]
    pub auth_params: BTreeMap<String, String>,
    /// A provider of OAuth 2 that the catalogue does not have.
    pub custom: Option<CustomOAuth2>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

fn nothing() -> SecretText {
    SecretText::new(String::new())
}

/// A directory beside this server, while somebody tries things out; its host must stand in `outgoing.allowed_hosts` as well.
fn is_on_this_machine(issuer: &str) -> bool {
    let host = issuer.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let is_port = |text: &str| text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|here| host.strip_prefix(here).is_some_and(is_port))
}

impl ProviderSection {
    /// The rules that a provider's section must keep.
    pub(super) fn check(&self, id: &str) -> Result<()> {
        let good = self.issuer.as_ref().is_none_or(|issuer| issuer.starts_with("https://") || is_on_this_machine(issuer));
        ensure!(good, "providers.{id}: `issuer` must begin with https:// (http:// is for localhost, 127.0.0.1 and [::1] alone)");
        let both = !self.client_secret.expose().is_empty() && !self.private_key.expose().is_empty();
        ensure!(!both, "providers.{id}: give `client_secret` or `private_key`, not both");
        self.provider(id).map(|_| ())
    }

    /// The provider that it describes.
    ///
    /// # Errors
    /// What to mend, with the section's name.
    pub fn provider(&self, id: &str) -> Result<Provider> {
        let key = self.private_key.expose();
        let secret = if key.is_empty() { self.client_secret.expose() } else { key };
        provider(id, &self.settings(id), SecretText::new(secret.to_owned())).map_err(|wrong| anyhow!("providers.{id}.{wrong}"))
    }

    fn settings(&self, id: &str) -> ProviderSettings {
        let mut values = self.values.clone();
        values.extend(self.graph_version.clone().map(|version| ("graph_version".to_owned(), version)));
        ProviderSettings {
            catalogue: self.entry(id).to_owned(),
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            issuer: self.issuer.clone(),
            values,
            scopes: self.scopes.clone(),
            auth_params: self.auth_params.clone(),
            audiences: self.audiences.clone(),
            hosted_domain: self.hosted_domain.clone(),
            trust_email: self.trust_email,
            custom: self.custom.clone(),
        }
    }

    /// An issuer meant any OpenID provider before there was a catalogue, whatever its name was.
    fn entry<'a>(&'a self, id: &'a str) -> &'a str {
        match (&self.catalogue, &self.issuer, &self.custom) {
            (Some(entry), ..) => entry,
            (None, Some(_), _) if id != "google" => "openid",
            (None, _, Some(_)) if catalogue::find(id).is_none() => "oauth2",
            _ => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use chabi::provider::{EmailTrust, Protocol};

    use super::*;

    fn section(text: &str) -> ProviderSection {
        toml::from_str(text).unwrap()
    }

    fn problem(id: &str, text: &str) -> String {
        section(text).check(id).unwrap_err().to_string()
    }

    const KEYS: &str = "client_id = \"i\"\nclient_secret = \"s\"\n";

    #[test]
    fn sections_of_before_the_catalogue_mean_what_they_meant() {
        let google = section(&format!("{KEYS}trust_email = true\nscopes = [\"openid\"]")).provider("google").unwrap();
        assert_eq!((&*google.name, google.email_trust), ("Google", EmailTrust::WhenVerified));
        let facebook = section(&format!("{KEYS}graph_version = \"v23.0\"")).provider("facebook").unwrap();
        let Protocol::OAuth2(settings) = facebook.protocol else { panic!("OAuth 2") };
        assert_eq!(settings.token_url, "https://graph.facebook.com/v23.0/oauth/access_token");
        for id in ["uni", "keycloak", "gitlab", "microsoft", "github"] {
            let section = section(&format!("{KEYS}issuer = \"https://idp.example\""));
            section.check(id).unwrap();
            let provider = section.provider(id).unwrap();
            assert_eq!((&*provider.id, &*provider.name, provider.issuer()), (id, id, "https://idp.example"));
            assert_eq!(provider.email_trust, EmailTrust::Never);
        }
    }

    #[test]
    fn an_entry_of_the_catalogue_is_the_sections_name_or_is_named() {
        assert_eq!(section(KEYS).provider("github").unwrap().issuer(), "https://github.com/login/oauth");
        let text = format!("catalogue = \"gitlab\"\n{KEYS}[values]\nhost = \"git.example.com\"");
        let work = section(&text).provider("work").unwrap();
        assert_eq!((&*work.id, work.issuer()), ("work", "https://git.example.com"));
        let text = format!(
            "{KEYS}[custom]\nauthorize_url = \"https://a.example/a\"\ntoken_url = \"https://a.example/t\"\n[custom.mapping]\nsubject = \"/id\""
        );
        assert_eq!(section(&text).provider("ours").unwrap().issuer(), "https://a.example");
    }

    #[test]
    fn sections_within_a_section_are_read_from_the_file_and_values_from_the_environment_too() {
        let file = format!(
            "[providers.guild]\ncatalogue = \"oauth2\"\n{KEYS}[providers.guild.custom]\nauthorize_url = \"https://a.example/a\"\n\
             token_url = \"https://a.example/t\"\nprofile = {{ url = \"https://a.example/me\" }}\nmapping = {{ subject = \"/id\" }}\n\
             [providers.work]\ncatalogue = \"gitlab\"\n{KEYS}"
        );
        let environment = [
            ("CHABI_PROVIDERS__WORK__VALUES__HOST".to_owned(), "git.example.com".to_owned()),
            ("CHABI_PROVIDERS__WORK__TRUST_EMAIL".to_owned(), "true".to_owned()),
        ];
        let merged = super::super::layers::merge(&file, environment).unwrap();
        let sections: BTreeMap<String, ProviderSection> = merged["providers"].clone().try_into().unwrap();
        let guild = sections["guild"].provider("guild").unwrap();
        let Protocol::OAuth2(settings) = guild.protocol else { panic!("OAuth 2") };
        assert_eq!((&*settings.profile.url, &*settings.mapping.subject), ("https://a.example/me", "/id"));
        let work = sections["work"].provider("work").unwrap();
        assert_eq!((work.issuer(), &work.email_trust), ("https://git.example.com", &EmailTrust::WhenVerified));
        let misspelt = super::super::layers::merge("[providers.work]\ncatalog = \"gitlab\"", []).unwrap_err().to_string();
        assert!(misspelt.contains("providers.work.catalogue"), "{misspelt}");
    }

    #[test]
    fn a_directory_on_this_machine_may_speak_http() {
        for here in ["http://localhost:8080/realms/main", "http://127.0.0.1:8080", "http://[::1]"] {
            section(&format!("{KEYS}issuer = \"{here}\"")).check("uni").unwrap();
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_sections_name() {
        assert!(problem("gogle", KEYS).contains("providers.gogle.catalogue: there is no entry `gogle`: did you mean `google`?"));
        assert!(problem("google", "client_id = \"i\"").contains("providers.google.client_secret: Google needs one"));
        assert!(problem("google", "client_secret = \"s\"").contains("providers.google.client_id"));
        for not_here in ["http://idp.example", "http://localhost.idp.example", "http://127.0.0.1:8080@idp.example"] {
            assert!(problem("uni", &format!("{KEYS}issuer = \"{not_here}\"")).contains("https://"), "{not_here}");
        }
        assert!(problem("apple", &format!("{KEYS}private_key = \"k\"")).contains("not both"));
        let apple = "client_id = \"i\"\nprivate_key = \"no key\"\n[values]\nteam_id = \"T\"\nkey_id = \"K\"";
        assert!(problem("apple", apple).contains("providers.apple.client_secret: not a private key"));
        assert!(problem("auth0", KEYS).contains("providers.auth0.values.host: Auth0 needs it: the tenant's domain"));
    }
}
