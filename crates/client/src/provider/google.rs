//! Google: OpenID Connect, found by discovery.

use chabi_token::{SecretText, algorithm::Algorithm};

use super::{AccessTokenCheck, ClientAuthentication, EmailTrust, NativeTokens, OpenIdSettings, Protocol, Provider};

/// Google's issuer; development mode has its own.
pub const GOOGLE_ISSUER: &str = "https://accounts.google.com";

/// Google, with our id and secret there. `issuer` is [`GOOGLE_ISSUER`], or the base URL of a fake.
///
/// Source: `https://accounts.google.com/.well-known/openid-configuration` and Google's page "OpenID Connect".
#[must_use]
pub fn google(client_id: impl Into<String>, client_secret: SecretText, issuer: &str) -> Provider {
    Provider {
        id: "google".to_owned(),
        name: "Google".to_owned(),
        entry: "google".to_owned(),
        client_id: client_id.into(),
        client_secret,
        protocol: Protocol::OpenId(Box::new(OpenIdSettings {
            other_issuers: without_scheme(issuer),
            algorithms: vec![Algorithm::RS256],
            ..OpenIdSettings::at(issuer)
        })),
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        scope_separator: ' ',
        auth_params: vec![("prompt".to_owned(), "select_account".to_owned())],
        pkce: true,
        client_authentication: ClientAuthentication::Post,
        // and is believed about its own domains; another who speaks as it does is not
        email_trust: if issuer == GOOGLE_ISSUER { EmailTrust::GoogleDomains } else { EmailTrust::Never },
        audiences: Vec::new(),
        native: Some(NativeTokens { any_authorized_party: true, ..NativeTokens::default() }),
        // Google is asked about Google's own tokens alone
        access_token_check: (issuer == GOOGLE_ISSUER).then(|| AccessTokenCheck {
            url: "https://oauth2.googleapis.com/tokeninfo?access_token={access_token}".to_owned(),
            audience: "/aud".to_owned(),
            subject: "/sub".to_owned(),
            ..AccessTokenCheck::default()
        }),
        revoke: None,
    }
}

/// Google's older tokens name the issuer without its scheme. That form belongs to Google's own issuer, and to no other.
fn without_scheme(issuer: &str) -> Vec<String> {
    if issuer == GOOGLE_ISSUER { vec!["accounts.google.com".to_owned()] } else { Vec::new() }
}
