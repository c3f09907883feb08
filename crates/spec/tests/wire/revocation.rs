//! Revocation, introspection and logout requests.

use chabi_spec::{
    ErrorCode, Form,
    introspection::{IntrospectionRequest, IntrospectionResponse},
    logout_request::LogoutRequest,
    revocation_request::{RevocationRequest, TokenTypeHint},
};

fn form(text: &str) -> Form {
    Form::parse(text.as_bytes(), &[]).unwrap()
}

// RFC 7009 §2.1
#[test]
fn a_token_is_required_and_an_unknown_hint_is_ignored() {
    let request = RevocationRequest::parse(&form("token=hidden&token_type_hint=refresh_token")).unwrap();
    assert_eq!((request.token.expose(), request.hint), ("hidden", Some(TokenTypeHint::RefreshToken)));
    assert!(!format!("{request:?}").contains("hidden"));
    assert_eq!(RevocationRequest::parse(&form("token=t&token_type_hint=pat")).unwrap().hint, None);
    assert_eq!(RevocationRequest::parse(&form("token=")).unwrap_err().code, ErrorCode::InvalidRequest);
    assert_eq!(IntrospectionRequest::parse(&form("x=1")).unwrap_err().code, ErrorCode::InvalidRequest);
    assert_eq!(IntrospectionRequest::parse(&form("token=t&token_type_hint=access_token")).unwrap().hint, Some(TokenTypeHint::AccessToken));
}

// RFC 7662 §2.2
// req: in.kind
#[test]
fn an_inactive_answer_has_no_other_member_whatever_was_filled_in() {
    assert_eq!(IntrospectionResponse::inactive().to_json(), r#"{"active":false}"#);
    let full =
        IntrospectionResponse { scope: Some("a".to_owned()), sub: Some("s".to_owned()), exp: Some(1), ..IntrospectionResponse::default() };
    assert_eq!(full.to_json(), r#"{"active":false}"#);
    let active = IntrospectionResponse { active: true, aud: vec!["https://api/".to_owned()], ..full };
    assert_eq!(active.to_json(), r#"{"active":true,"scope":"a","exp":1,"sub":"s","aud":"https://api/"}"#);
    let two = IntrospectionResponse { active: true, aud: vec!["a".to_owned(), "b".to_owned()], ..IntrospectionResponse::default() };
    assert_eq!(two.to_json(), r#"{"active":true,"aud":["a","b"]}"#);
}

#[test]
fn a_logout_request_is_read_as_it_is_with_caps() {
    let request =
        LogoutRequest::parse(&form("id_token_hint=a.b.c&client_id=spa&post_logout_redirect_uri=https%3A%2F%2Fa%2Fout&state=s")).unwrap();
    assert_eq!(request.id_token_hint.as_ref().map(chabi_spec::SecretText::expose), Some("a.b.c"));
    assert_eq!(request.post_logout_redirect_uri.as_deref(), Some("https://a/out"));
    assert!(LogoutRequest::parse(&form("")).is_ok());
    let long = format!("state={}", "x".repeat(4_097));
    assert_eq!(LogoutRequest::parse(&form(&long)).unwrap_err().code, ErrorCode::InvalidRequest);
}
