//! Facebook: OAuth 2 and the Graph API, no OpenID Connect.

use chabi_token::{Algorithm, SecretText};

use super::{
    AccessTokenCheck, ClientAuthentication, EmailTrust, NativeTokens, OAuth2Settings, ProfileCall, ProfileMapping, Protocol, Provider,
    RevokeCall,
};

/// Keys of the ID tokens of Limited Login (iOS, without consent to tracking).
const LIMITED_LOGIN_KEYS: &str = "https://limited.facebook.com/.well-known/oauth/openid/jwks/";

/// Where Facebook is, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacebookSettings {
    /// Where people are sent, without trailing slash.
    pub www: String,
    /// Where we call, without trailing slash.
    pub graph: String,
    /// Version of the Graph API; each lives about two years.
    pub version: String,
}

impl Default for FacebookSettings {
    fn default() -> Self {
        Self { www: "https://www.facebook.com".to_owned(), graph: "https://graph.facebook.com".to_owned(), version: "v24.0".to_owned() }
    }
}

/// Facebook, with our app's id and secret.
///
/// The address may be missing (telephone accounts, a permission ticked off) and is never taken as verified. The id is the person's id
/// in our app, not their id at Facebook. Source: Facebook's pages "Manually Build a Login Flow" and "Securing Graph API Requests".
#[must_use]
pub fn facebook(client_id: impl Into<String>, client_secret: SecretText, settings: &FacebookSettings) -> Provider {
    let FacebookSettings { www, graph, version } = settings;
    Provider {
        id: "facebook".to_owned(),
        name: "Facebook".to_owned(),
        entry: "facebook".to_owned(),
        client_id: client_id.into(),
        client_secret,
        protocol: Protocol::OAuth2(Box::new(OAuth2Settings {
            issuer: www.clone(),
            authorize_url: format!("{www}/{version}/dialog/oauth"),
            token_url: format!("{graph}/{version}/oauth/access_token"),
            profile: ProfileCall {
                url: format!("{graph}/{version}/me?fields=id,name,email,first_name,last_name,picture"),
                appsecret_proof: true,
                ..ProfileCall::default()
            },
            mapping: ProfileMapping {
                subject: "/id".to_owned(),
                email: "/email".to_owned(),
                name: "/name".to_owned(),
                given_name: "/first_name".to_owned(),
                family_name: "/last_name".to_owned(),
                picture: "/picture/data/url".to_owned(),
                ..ProfileMapping::default()
            },
            refresh_grant: "fb_exchange_token".to_owned(),
            ..OAuth2Settings::default()
        })),
        scopes: ["email", "public_profile"].map(str::to_owned).to_vec(),
        scope_separator: ',',
        auth_params: Vec::new(),
        pkce: true,
        client_authentication: ClientAuthentication::Post,
        email_trust: EmailTrust::Never,
        audiences: Vec::new(),
        native: Some(NativeTokens {
            issuer: www.clone(),
            keys_url: LIMITED_LOGIN_KEYS.to_owned(),
            algorithms: vec![Algorithm::RS256],
            ..NativeTokens::default()
        }),
        access_token_check: Some(AccessTokenCheck {
            url: format!("{graph}/{version}/debug_token?input_token={{access_token}}"),
            as_app: true,
            valid: "/data/is_valid".to_owned(),
            audience: "/data/app_id".to_owned(),
            subject: "/data/user_id".to_owned(),
        }),
        revoke: Some(RevokeCall {
            url: format!("{graph}/{version}/me/permissions?method=delete"),
            parameter: "access_token".to_owned(),
            alone: true,
        }),
    }
}
