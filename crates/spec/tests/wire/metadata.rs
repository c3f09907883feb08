//! Metadata (RFC 8414 §2, OpenID Connect Discovery §3).

use chabi_spec::{ErrorCode, Metadata};
use serde_json::{Value, json};

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

// RFC 8414 §2, OpenID Connect Discovery §3
// req: md.truth
#[test]
fn what_is_there_is_written_under_its_registered_name_and_empty_members_are_left_out() {
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
        "frontchannel_logout_supported": false,
        "frontchannel_logout_session_supported": false,
        "backchannel_logout_supported": false,
        "backchannel_logout_session_supported": false,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    assert_eq!(serde_json::from_str::<Value>(&small.to_json()).unwrap(), expected);
}

// RFC 8414 §2: which members are registered, the full stack's tests of the Config plan say
// req: md.truth
#[test]
fn the_providers_document_lacks_what_only_the_other_one_tells() {
    let both = Metadata {
        issuer: "https://id.example".to_owned(),
        status_list_aggregation_endpoint: Some("https://id.example/oauth2/status".to_owned()),
        status_changes_endpoint: Some("https://id.example/oauth2/status/changes".to_owned()),
        ..Metadata::default()
    };
    let members = |metadata: &Metadata| serde_json::from_str::<Value>(&metadata.to_json()).unwrap().as_object().unwrap().len();
    assert_eq!(members(&both), members(&both.of_provider()) + 2);
    assert!(!both.of_provider().to_json().contains("status"));
}

// req: tk.err
#[test]
fn every_error_code_is_written_in_the_allowed_characters() {
    for code in ErrorCode::all() {
        assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    }
}
