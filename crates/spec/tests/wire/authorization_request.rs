//! Authorization requests (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use chabi_spec::{
    AuthorizationRequest, ErrorCode, Form, Prompt, Refusal,
    authorization_request::{LONGEST_STATE, REPEATABLE, ResponseMode, ResponseType, ReturnAddress},
    claims_parameter::ClaimsRequest,
};
use proptest::prelude::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn form(more: &[(&str, &str)]) -> Form {
    let base = [("client_id", "spa"), ("response_type", "code")];
    let base = base.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(base).extend_pairs(more).finish();
    Form::parse(encoded.as_bytes(), &REPEATABLE).unwrap()
}

fn parse(more: &[(&str, &str)]) -> Result<AuthorizationRequest, Refusal> {
    AuthorizationRequest::parse(&form(more))
}

fn code(more: &[(&str, &str)]) -> ErrorCode {
    parse(more).unwrap_err().code
}

// RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 8707 §2.1
#[test]
fn a_whole_request_is_read_as_it_is() {
    let request = parse(&[
        ("redirect_uri", "https://app.example/cb?x=%2F"),
        ("scope", "openid  email openid"),
        ("state", "s\u{99a} +%"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post"),
        ("prompt", "login consent"),
        ("max_age", "0"),
        ("login_hint", "ada@example.org"),
        ("ui_locales", "bn en"),
        ("display", "popup"),
        ("id_token_hint", "a.b.c"),
        ("acr_values", "urn:b urn:a"),
        ("resource", "https://api.example/"),
        ("resource", "https://other.example/"),
        ("resource", "https://api.example/"),
        ("claims", r#"{"userinfo":{"name":{"essential":true}}}"#),
        ("unknown", "x"),
    ])
    .unwrap();
    assert_eq!(request.redirect_uri.as_deref(), Some("https://app.example/cb?x=%2F"));
    assert_eq!(request.scope.to_string(), "email openid");
    assert_eq!(request.state.as_deref(), Some("s\u{99a} +%"));
    assert_eq!((request.response_type, request.response_mode), (ResponseType::Code, Some(ResponseMode::FormPost)));
    assert_eq!(request.prompt, Prompt { login: true, consent: true, ..Prompt::default() });
    assert_eq!((request.max_age, request.display.as_deref()), (Some(0), Some("popup")));
    assert_eq!(request.code_challenge.unwrap().as_str(), CHALLENGE);
    assert_eq!(request.acr_values, ["urn:b", "urn:a"]);
    assert_eq!(request.resource, ["https://api.example/", "https://other.example/"]);
    assert_eq!(request.id_token_hint.as_ref().unwrap().expose(), "a.b.c");
    assert!(!format!("{:?}", request.id_token_hint).contains("a.b.c"));
}

// RFC 9700 §2.1.2
// req: az.rt
#[test]
fn only_a_code_can_be_asked_for() {
    for text in ["token", "id_token", "code token", "code id_token", "code id_token token", "none", "CODE", "code ", "code code"] {
        assert_eq!(code(&[("response_type", text)]), ErrorCode::UnsupportedResponseType, "{text}");
    }
    let form = Form::parse(b"client_id=spa", &REPEATABLE).unwrap();
    assert_eq!(AuthorizationRequest::parse(&form).unwrap_err().code, ErrorCode::InvalidRequest);
}

// req: az.mode
#[test]
fn response_modes_that_are_not_offered_are_refused_and_the_refusal_travels_in_the_query() {
    for text in ["web_message", "query.jwt", "jwt", "fragment.jwt", "form_post.jwt", "Query", "okta_post_message"] {
        assert_eq!(code(&[("response_mode", text)]), ErrorCode::InvalidRequest, "{text}");
        assert_eq!(ReturnAddress::parse(&form(&[("response_mode", text)])).unwrap().response_mode, ResponseMode::Query);
    }
    for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
        assert_eq!(parse(&[("response_mode", mode.as_str())]).unwrap().response_mode, Some(mode));
        assert_eq!(ReturnAddress::parse(&form(&[("response_mode", mode.as_str())])).unwrap().response_mode, mode);
    }
}

// RFC 7636 §4.3
// req: az.s256
#[test]
fn the_challenge_method_must_be_there_and_be_s256() {
    for method in [None, Some("plain"), Some("s256"), Some("S512"), Some("S256 ")] {
        let mut more = vec![("code_challenge", CHALLENGE)];
        more.extend(method.map(|method| ("code_challenge_method", method)));
        assert_eq!(code(&more), ErrorCode::InvalidRequest, "{method:?}");
    }
    assert_eq!(parse(&[("code_challenge_method", "S256")]).unwrap_err().cause.rule, "code_challenge_missing");
    assert_eq!(parse(&[]).unwrap().code_challenge, None);
}

// OAuth 2.1 §4.1.2
// req: az.state
#[test]
fn a_state_above_the_cap_is_an_error_and_never_cut() {
    let longest = "s".repeat(LONGEST_STATE);
    assert_eq!(parse(&[("state", &longest)]).unwrap().state.as_ref(), Some(&longest));
    let longer = format!("{longest}s");
    assert_eq!(code(&[("state", &longer)]), ErrorCode::InvalidRequest);
    assert_eq!(ReturnAddress::parse(&form(&[("state", &longer)])).unwrap_err().cause.rule, "parameter_too_long");
}

// RFC 6749 §4.1.2.1
// req: az.hints
#[test]
fn hints_have_caps() {
    let long = "x".repeat(513);
    for name in ["login_hint", "ui_locales", "acr_values"] {
        assert_eq!(code(&[(name, &long)]), ErrorCode::InvalidRequest, "{name}");
        assert!(parse(&[(name, &long[..512])]).is_ok(), "{name}");
    }
    assert_eq!(code(&[("id_token_hint", &"x".repeat(16 * 1024 + 1))]), ErrorCode::InvalidRequest);
    assert_eq!(code(&[("nonce", &"x".repeat(2_049))]), ErrorCode::InvalidRequest);
    assert_eq!(code(&[("client_id", &"x".repeat(257))]), ErrorCode::InvalidRequest);
    assert_eq!(code(&[("redirect_uri", &"x".repeat(2_049))]), ErrorCode::InvalidRequest);
    assert_eq!(code(&[("scope", &"x".repeat(4_097))]), ErrorCode::InvalidRequest);
    assert_eq!(parse(&[("display", "hologram")]).unwrap().display, None);
}

// OpenID Connect Core §3.1.2.6 and §6
#[test]
fn what_is_not_offered_is_refused_by_its_own_code() {
    assert_eq!(code(&[("request", "a.b.c")]), ErrorCode::RequestNotSupported);
    assert_eq!(code(&[("request_uri", "https://app.example/r")]), ErrorCode::RequestUriNotSupported);
    assert_eq!(code(&[("registration", "{}")]), ErrorCode::RegistrationNotSupported);
}

// OpenID Connect Core §5.5
#[test]
fn claims_are_read_by_name_and_place() {
    let text = r#"{"userinfo":{"name":{"essential":true},"picture":null,"x":{"y":1}},"id_token":{"auth_time":{"essential":true},
        "acr":{"values":["1","2"]},"sub":{"value":"s"}},"other":7}"#;
    let claims = parse(&[("claims", text)]).unwrap().claims;
    assert_eq!(claims.userinfo.keys().map(String::as_str).collect::<Vec<_>>(), ["name", "picture", "x"]);
    assert!(claims.userinfo["name"].essential && !claims.userinfo["picture"].essential && claims.id_token["auth_time"].essential);
    assert!(claims.id_token["acr"].allows("2") && !claims.id_token["acr"].allows("3") && claims.userinfo["name"].allows("anything"));
    assert_eq!(claims.essential_acr(), None, "wished for, and not demanded");
    assert_eq!(claims.subjects().map(|sub| sub.allows("s")).collect::<Vec<_>>(), [true]);
    let unbound = parse(&[("claims", r#"{"id_token":{"sub":null},"userinfo":{"sub":{"essential":true}}}"#)]).unwrap().claims;
    assert_eq!(unbound.subjects().count(), 0, "asked for without a value it says nothing");
    assert_eq!(ClaimsRequest::parse(&claims.to_json()), Ok(claims));
    assert!(parse(&[]).unwrap().claims.is_empty());
}

// OpenID Connect Core §5.5.1.1
// req: az.acr
#[test]
fn an_essential_acr_is_told_from_one_that_is_wished_for() {
    let acr = |text: &str| parse(&[("claims", text)]).unwrap().claims.essential_acr().map(|acr| acr.allows("1"));
    assert_eq!(acr(r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#), Some(false));
    assert_eq!(acr(r#"{"id_token":{"acr":{"essential":true,"value":"1"}}}"#), Some(true));
    assert_eq!(acr(r#"{"id_token":{"acr":{"essential":true}}}"#), Some(true));
    assert_eq!(acr(r#"{"id_token":{"acr":{"value":"2"}}}"#), None);
    assert_eq!(acr(r#"{"userinfo":{"acr":{"essential":true,"value":"2"}}}"#), None);
}

// OpenID Connect Core §5.5
#[test]
fn claims_that_are_no_such_object_or_too_large_or_too_deep_are_refused() {
    let many: Vec<_> = (0..65).map(|n| format!("\"c{n}\":null")).collect();
    for text in [
        "{",
        "[]",
        "1",
        "null",
        r#"{"id_token":7}"#,
        r#"{"id_token":[]}"#,
        r#"{"id_token":{"email":7}}"#,
        r#"{"id_token":{"email":[true]}}"#,
        r#"[{"email":null},{}]"#,
        r#"{"id_token":{"email":{"essential":"yes"}}}"#,
        r#"{"id_token":{"email":{"values":"x"}}}"#,
        r#"{"id_token":{"email":null,"email":{"essential":true}}}"#,
        r#"{"id_token":{},"id_token":{"email":null}}"#,
        r#"{"id_token":{"x":{"value":[[[[1]]]]}}}"#,
        &format!("{}1{}", "[".repeat(200), "]".repeat(200)),
        &format!("{{\"x\":\"{}\"}}", "x".repeat(5_000)),
        &format!("{{\"userinfo\":{{{}}}}}", many.join(",")),
    ] {
        assert_eq!(code(&[("claims", text)]), ErrorCode::InvalidRequest, "{text}");
    }
    for text in ["{}", r#"{"id_token":null}"#, r#"{"id_token":{"acr":null}}"#, r#"{"x":{"y":{"z":1}}}"#] {
        assert!(parse(&[("claims", text)]).unwrap().claims.essential_acr().is_none(), "{text}");
    }
}

// OpenID Connect Core §3.1.2.1
// req: az.prompt
#[test]
fn prompt_none_stands_alone_and_unknown_words_are_refused() {
    assert!(parse(&[("prompt", "none")]).unwrap().prompt.none);
    for text in ["none login", "login none", "none create", "Login", "unknown", "login,consent"] {
        assert_eq!(code(&[("prompt", text)]), ErrorCode::InvalidRequest, "{text}");
    }
    assert!(parse(&[("prompt", "select_account create")]).unwrap().prompt.shows_a_page());
    assert_eq!(parse(&[]).unwrap().prompt, Prompt::default());
}

// OpenID Connect Core §3.1.2.1
#[test]
fn max_age_is_a_whole_number_of_seconds() {
    assert_eq!(parse(&[("max_age", "86400")]).unwrap().max_age, Some(86_400));
    for text in ["-1", "+1", "1.5", "1e3", "x", " 1", "99999999999"] {
        assert_eq!(code(&[("max_age", text)]), ErrorCode::InvalidRequest, "{text}");
    }
}

// RFC 8707 §2
// req: az.res
#[test]
fn a_resource_is_an_absolute_uri_without_fragment() {
    for text in ["https://api.example/", "https://api.example/v1?x=1", "urn:example:api", "http://localhost:8000/demo/api"] {
        assert_eq!(parse(&[("resource", text)]).unwrap().resource, [text]);
    }
    for text in
        ["api", "/api", "//api.example", "https://api.example/#x", "https://api.example/#", "https://api example/", "https://", "x y"]
    {
        assert_eq!(code(&[("resource", text)]), ErrorCode::InvalidTarget, "{text}");
    }
    let of = |length: usize| format!("{:x<length$}", "https://api.example/");
    assert!(parse(&[("resource", &of(2_048))]).is_ok());
    assert_eq!(code(&[("resource", &of(2_049))]), ErrorCode::InvalidTarget);
    let many: Vec<_> = (0..11).map(|n| format!("https://api{n}.example/")).collect();
    let more: Vec<_> = many.iter().map(|text| ("resource", text.as_str())).collect();
    assert_eq!(code(&more), ErrorCode::InvalidTarget);
    assert!(parse(&more[..10]).is_ok());
}

// RFC 6749 §3.3
#[test]
fn a_bad_scope_is_invalid_scope() {
    assert_eq!(code(&[("scope", "openid \"email\"")]), ErrorCode::InvalidScope);
    assert!(parse(&[]).unwrap().scope.is_empty());
}

proptest! {
    // OAuth 2.1 §4.1.2
    // req: az.state
    #[test]
    fn state_and_nonce_come_out_byte_for_byte(state in "[^\0]{1,1000}", nonce in "[^\0]{1,400}") {
        let request = parse(&[("state", &state), ("nonce", &nonce)]);
        let fits = state.len() <= LONGEST_STATE && nonce.len() <= 2_048;
        match request {
            Ok(request) => prop_assert_eq!((request.state, request.nonce), (Some(state), Some(nonce))),
            Err(refusal) => prop_assert!(!fits, "{:?}", refusal),
        }
    }

    #[test]
    fn whatever_comes_nothing_panics(pairs in prop::collection::vec(("(prompt|max_age|scope|claims|resource|code_challenge|display|x)", ".{0,40}"), 0..6)) {
        let encoded = form_urlencoded::Serializer::new("client_id=spa&response_type=code".to_owned()).extend_pairs(&pairs).finish();
        if let Ok(form) = Form::parse(encoded.as_bytes(), &REPEATABLE) {
            let _may_be_refused = AuthorizationRequest::parse(&form);
        }
    }
}
