//! Token requests and answers (RFC 6749 §4.1.3, §4.4, §5, §6).

use chabi_spec::{
    ErrorCode, Form, Refusal, SecretText, TokenRequest,
    token_request::REPEATABLE,
    token_response::{ErrorResponse, TokenResponse},
};
use serde_json::json;

fn parse(body: &str) -> Result<TokenRequest, Refusal> {
    TokenRequest::parse(&Form::parse(body.as_bytes(), &REPEATABLE).unwrap())
}

fn code(body: &str) -> ErrorCode {
    parse(body).unwrap_err().code
}

// RFC 6749 §4.1.3 and §4.4.2 and §6, RFC 7636 §4.5, RFC 8707 §2.2
#[test]
fn each_grant_has_its_own_parameters() {
    let Ok(TokenRequest::AuthorizationCode(request)) = parse(
        "grant_type=authorization_code&code=c%2B1&redirect_uri=https%3A%2F%2Fa%2F&code_verifier=v&resource=https://a/&resource=https://b/",
    ) else {
        panic!("not read as a code")
    };
    assert_eq!((request.code.expose(), request.redirect_uri.as_deref()), ("c+1", Some("https://a/")));
    assert_eq!(request.code_verifier.as_ref().map(SecretText::expose), Some("v"));
    assert_eq!(request.resource, ["https://a/", "https://b/"]);

    let Ok(TokenRequest::RefreshToken(request)) = parse("grant_type=refresh_token&refresh_token=r&scope=b+a") else {
        panic!("not read as a refresh")
    };
    assert_eq!((request.refresh_token.expose(), request.scope.unwrap().to_string().as_str()), ("r", "a b"));

    let read = parse("grant_type=client_credentials&unknown=1").unwrap();
    assert_eq!(read.grant_type(), "client_credentials");
    assert!(matches!(read, TokenRequest::ClientCredentials(request) if request.scope.is_none() && request.resource.is_empty()));
}

// RFC 8628 §3.4, RFC 8693 §2.1, RFC 7523 §2.1
#[test]
fn the_younger_grants_are_read_by_their_urn() {
    let urn = |grant: &str| format!("urn:ietf:params:oauth:grant-type:{grant}");
    let exchange = "subject_token=hidden&subject_token_type=urn:ietf:params:oauth:token-type:access_token";
    for (grant, parameters, missing) in [
        ("device_code", "device_code=hidden", ""),
        ("token-exchange", exchange, "subject_token=hidden"),
        ("jwt-bearer", "assertion=hidden&scope=a", "scope=a"),
    ] {
        let read = parse(&format!("grant_type={}&{parameters}", urn(grant))).unwrap();
        assert_eq!(read.grant_type(), urn(grant));
        assert!(!format!("{read:?}").contains("hidden"), "{grant}");
        assert_eq!(code(&format!("grant_type={}&{missing}", urn(grant))), ErrorCode::InvalidRequest, "{grant}");
    }
}

// RFC 6749 §5.2
#[test]
fn a_missing_parameter_is_invalid_request() {
    for body in ["", "grant_type=", "grant_type=authorization_code", "grant_type=authorization_code&code=", "grant_type=refresh_token"] {
        assert_eq!(code(body), ErrorCode::InvalidRequest, "{body}");
    }
}

// RFC 9700 §2.4
// req: tk.ropc
#[test]
fn a_password_and_every_other_unknown_grant_is_unsupported_grant_type() {
    for grant in ["password", "implicit", "Authorization_code", "urn:ietf:params:oauth:grant-type:saml2-bearer", "none"] {
        assert_eq!(code(&format!("grant_type={grant}&username=a&password=b")), ErrorCode::UnsupportedGrantType, "{grant}");
    }
}

#[test]
fn scope_and_resource_have_their_own_codes() {
    assert_eq!(code("grant_type=refresh_token&refresh_token=r&scope=%22"), ErrorCode::InvalidScope);
    assert_eq!(code("grant_type=client_credentials&resource=api"), ErrorCode::InvalidTarget);
    assert_eq!(code("grant_type=authorization_code&code=c&resource=https://a/%23x"), ErrorCode::InvalidTarget);
}

#[test]
fn nothing_prints_a_code_or_token() {
    for body in ["grant_type=authorization_code&code=hidden&code_verifier=hidden", "grant_type=refresh_token&refresh_token=hidden"] {
        assert!(!format!("{:?}", parse(body).unwrap()).contains("hidden"));
    }
}

mod answers {
    use super::*;

    fn answer() -> TokenResponse {
        TokenResponse {
            access_token: SecretText::new("hidden-access".to_owned()),
            dpop: false,
            expires_in: 300,
            refresh_token: None,
            id_token: None,
            scope: None,
            issued_token_type: None,
        }
    }

    // RFC 6749 §5.1
    #[test]
    fn an_answer_has_the_members_of_section_5_1_and_no_empty_ones() {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&answer().to_json()), json!({"access_token": "hidden-access", "token_type": "Bearer", "expires_in": 300}));
        let full = TokenResponse {
            refresh_token: Some(SecretText::new("r".to_owned())),
            id_token: Some(SecretText::new("i".to_owned())),
            scope: Some("a b".to_owned()),
            ..answer()
        };
        let expected = json!({
            "access_token": "hidden-access", "token_type": "Bearer", "expires_in": 300, "refresh_token": "r", "id_token": "i", "scope": "a b",
        });
        assert_eq!(parse(&full.to_json()), expected);
        assert!(!format!("{full:?}").contains("hidden"));
    }

    // RFC 6749 §5.2
    // req: tk.err
    #[test]
    fn an_error_has_a_constant_description_in_the_allowed_characters() {
        let refusal = parse("grant_type=%3Cscript%3E").unwrap_err();
        assert_eq!(
            ErrorResponse::new(&refusal).to_json(),
            r#"{"error":"unsupported_grant_type","error_description":"the grant type is not supported"}"#
        );
        assert!(refusal.hint.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)));
    }
}
