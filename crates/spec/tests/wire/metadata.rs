//! Metadata (RFC 8414 §2, OpenID Connect Discovery §3).

use chabi_spec::{ErrorCode, Metadata};
use serde_json::{Value, json};

/// The registry of OAuth authorization server metadata, as far as it concerns us.
const REGISTERED: [&str; 30] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "claims_supported",
    "acr_values_supported",
    "ui_locales_supported",
    "prompt_values_supported",
    "service_documentation",
    "authorization_response_iss_parameter_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
];

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

// RFC 8414 §2, OpenID Connect Discovery §3
// req: md.truth
#[test]
fn only_registered_members_are_written_and_empty_ones_are_left_out() {
    let small = Metadata {
        issuer: "https://id.example".to_owned(),
        authorization_endpoint: "https://id.example/oauth2/authorize".to_owned(),
        token_endpoint: "https://id.example/oauth2/token".to_owned(),
        jwks_uri: "https://id.example/oauth2/jwks".to_owned(),
        response_types_supported: list(&["code"]),
        code_challenge_methods_supported: list(&["S256"]),
        authorization_response_iss_parameter_supported: true,
        ..Metadata::default()
    };
    let expected = json!({
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/oauth2/authorize",
        "token_endpoint": "https://id.example/oauth2/token",
        "jwks_uri": "https://id.example/oauth2/jwks",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    assert_eq!(serde_json::from_str::<Value>(&small.to_json()).unwrap(), expected);
    let full = Metadata {
        userinfo_endpoint: Some("u".to_owned()),
        revocation_endpoint: Some("r".to_owned()),
        introspection_endpoint: Some("i".to_owned()),
        end_session_endpoint: Some("e".to_owned()),
        service_documentation: Some("d".to_owned()),
        scopes_supported: list(&["openid"]),
        response_modes_supported: list(&["query"]),
        grant_types_supported: list(&["authorization_code"]),
        subject_types_supported: list(&["public"]),
        id_token_signing_alg_values_supported: list(&["RS256"]),
        token_endpoint_auth_methods_supported: list(&["none"]),
        revocation_endpoint_auth_methods_supported: list(&["none"]),
        introspection_endpoint_auth_methods_supported: list(&["client_secret_basic"]),
        token_endpoint_auth_signing_alg_values_supported: list(&["ES256"]),
        revocation_endpoint_auth_signing_alg_values_supported: list(&["ES256"]),
        introspection_endpoint_auth_signing_alg_values_supported: list(&["ES256"]),
        dpop_signing_alg_values_supported: list(&["ES256"]),
        claims_supported: list(&["sub"]),
        acr_values_supported: list(&["1"]),
        ui_locales_supported: list(&["en"]),
        prompt_values_supported: list(&["none"]),
        ..small
    };
    let members: Value = serde_json::from_str(&full.to_json()).unwrap();
    let names: Vec<_> = members.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.len(), REGISTERED.len() + 1);
    assert!(names.iter().all(|name| REGISTERED.contains(name) || *name == "request_uri_parameter_supported"), "{names:?}");
}

// req: tk.err
#[test]
fn every_error_code_is_written_in_the_allowed_characters() {
    for code in ErrorCode::all() {
        assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    }
}
