//! Any provider of OpenID Connect that has a discovery document.

use chabi_token::{SecretText, algorithm::Algorithm};

use super::{ClientAuthentication, EmailTrust, OpenIdSettings, Protocol, Provider};

/// A provider by its issuer. Its e-mail addresses are not trusted until an operator says so in `email_trust`.
///
/// Source: OpenID Connect Discovery 1.0.
#[must_use]
pub fn openid(id: impl Into<String>, name: impl Into<String>, client: (String, SecretText), issuer: &str) -> Provider {
    let (client_id, client_secret) = client;
    Provider {
        id: id.into(),
        name: name.into(),
        client_id,
        client_secret,
        protocol: Protocol::OpenId(OpenIdSettings {
            issuer: issuer.to_owned(),
            discovery_url: None,
            other_issuers: Vec::new(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA],
        }),
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        scope_separator: ' ',
        auth_params: Vec::new(),
        client_authentication: ClientAuthentication::Basic,
        email_trust: EmailTrust::Never,
    }
}
