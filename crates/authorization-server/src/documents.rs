//! The two metadata documents, rendered once at start. Every value is true: what is listed works, what is not is refused.

use chabi_spec::{
    Fault, Metadata,
    bearer::DPOP_ALGORITHMS,
    protected_resource::ProtectedResourceMetadata,
    token_request::{DeviceCodeRequest, JwtBearerRequest, TokenExchangeRequest},
};
use chabi_token::Algorithm;

use crate::{acr, audience::IDENTITY, claims, document::Document, registration_settings::RegistrationMode, settings::Settings};

/// What is served from memory.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub openid_configuration: Document,
    pub authorization_server: Document,
    /// Of userinfo (RFC 9728).
    pub userinfo: Document,
}

impl Documents {
    /// For these settings.
    pub(crate) fn render(settings: &Settings, may_sign_up: bool) -> Result<Self, Fault> {
        // one set of facts: RFC 8414 §3 and OpenID Connect Discovery §4 register the same names
        let mut metadata = metadata(settings);
        if !may_sign_up {
            metadata.prompt_values_supported.retain(|prompt| prompt != "create");
        }
        Ok(Self {
            openid_configuration: document(metadata.of_provider().to_json())?,
            authorization_server: document(metadata.to_json())?,
            userinfo: document(userinfo(settings).to_json())?,
        })
    }
}

fn document(json: String) -> Result<Document, Fault> {
    match json.is_empty() {
        true => Err(Fault::internal("writing the metadata")),
        false => Ok(Document::new(json, "application/json")),
    }
}

/// RFC 9728 §2: what a client that knows userinfo alone needs to get a token for it.
fn userinfo(settings: &Settings) -> ProtectedResourceMetadata {
    ProtectedResourceMetadata {
        scopes_supported: IDENTITY.iter().filter(|word| **word != "offline_access").map(|word| (*word).to_owned()).collect(),
        resource_signing_alg_values_supported: list(&SIGNING),
        dpop_signing_alg_values_supported: list(&DPOP_ALGORITHMS),
        ..ProtectedResourceMetadata::new(settings.userinfo_audience(), &settings.issuer)
    }
}

/// What we sign with. RS256 first: some applications look at the first alone.
const SIGNING: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

fn metadata(settings: &Settings) -> Metadata {
    let url = |path| settings.url(path);
    Metadata {
        issuer: settings.issuer.clone(),
        authorization_endpoint: url("/oauth2/authorize"),
        token_endpoint: url("/oauth2/token"),
        userinfo_endpoint: Some(url("/oauth2/userinfo")),
        jwks_uri: url("/oauth2/jwks"),
        pushed_authorization_request_endpoint: Some(url("/oauth2/par")),
        require_pushed_authorization_requests: settings.require_pushed_authorization_requests,
        registration_endpoint: (settings.registration.mode != RegistrationMode::Off).then(|| url("/oauth2/register")),
        client_id_metadata_document_supported: settings.registration.client_id_documents,
        revocation_endpoint: Some(url("/oauth2/revoke")),
        introspection_endpoint: Some(url("/oauth2/introspect")),
        device_authorization_endpoint: Some(url("/oauth2/device_authorization")),
        end_session_endpoint: Some(url("/oauth2/logout")),
        check_session_iframe: Some(url("/oauth2/session/check")),
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        status_list_aggregation_endpoint: Some(url("/oauth2/status")),
        status_changes_endpoint: Some(url("/oauth2/status/changes")),
        scopes_supported: list(&IDENTITY),
        response_types_supported: list(&["code"]),
        response_modes_supported: list(&["query", "fragment", "form_post"]),
        grant_types_supported: list(&[
            "authorization_code",
            "refresh_token",
            "client_credentials",
            DeviceCodeRequest::GRANT_TYPE,
            TokenExchangeRequest::GRANT_TYPE,
            JwtBearerRequest::GRANT_TYPE,
        ]),
        subject_types_supported: list(&["public", "pairwise"]),
        id_token_signing_alg_values_supported: list(&SIGNING),
        userinfo_signing_alg_values_supported: list(&SIGNING),
        introspection_signing_alg_values_supported: list(&SIGNING),
        token_endpoint_auth_methods_supported: list(&["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
        token_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        revocation_endpoint_auth_methods_supported: list(&["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        introspection_endpoint_auth_methods_supported: list(&["client_secret_basic", "client_secret_post", "private_key_jwt"]),
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        dpop_signing_alg_values_supported: list(&DPOP_ALGORITHMS),
        code_challenge_methods_supported: list(&["S256"]),
        claims_supported: claims_supported(),
        acr_values_supported: list(&acr::REACHABLE),
        ui_locales_supported: chabi_pages::Language::ALL.iter().map(|language| language.tag().to_owned()).collect(),
        prompt_values_supported: list(&["none", "login", "consent", "select_account", "create"]),
        service_documentation: None,
        authorization_response_iss_parameter_supported: true,
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
    }
}

/// About the token and the sign-in, and about the person.
fn claims_supported() -> Vec<String> {
    let about_tokens = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"];
    about_tokens.into_iter().chain(claims::BY_SCOPE.iter().map(|(claim, _)| *claim)).map(str::to_owned).collect()
}

/// RFC 8414 §2: `none` and HMAC are not among them.
fn assertion_algorithms() -> Vec<String> {
    Algorithm::ALL.iter().map(|algorithm| algorithm.as_str().to_owned()).collect()
}

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: md.pkce
    // req: md.iss
    // req: ca.hs
    #[test]
    fn the_metadata_says_s256_alone_and_iss_and_no_hmac() {
        let metadata = metadata(&Settings::new("https://id.example"));
        assert_eq!(metadata.code_challenge_methods_supported, ["S256"]);
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert_eq!(metadata.id_token_signing_alg_values_supported.first().map(String::as_str), Some("RS256"));
        assert!(!metadata.to_json().contains("client_secret_jwt"));
        assert!(!metadata.to_json().contains("\"HS"));
    }

    // req: md.host
    // req: md.issuer
    #[test]
    fn every_url_begins_with_the_configured_issuer() {
        let json = metadata(&Settings::new("https://id.example")).to_json();
        let members: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(members["issuer"], "https://id.example");
        for (name, value) in members.as_object().unwrap() {
            if name.ends_with("_endpoint") || name.ends_with("_uri") {
                assert!(value.as_str().unwrap().starts_with("https://id.example/oauth2/"), "{name}");
            }
        }
    }
}
