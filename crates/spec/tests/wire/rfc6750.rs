//! Bearer tokens: the header that brings one, and the challenge (RFC 6750 §2.1 and §3).

use chabi_spec::{Challenge, Scope, bearer::Authorization};

// RFC 6750 §2.1
// req: rs.header
#[test]
fn the_scheme_is_read_in_any_case_and_the_token_must_be_one() {
    for header in ["Bearer a.b-c_d~e+f/g==", "bearer a.b-c_d~e+f/g==", "BEARER   a.b-c_d~e+f/g=="] {
        assert!(Authorization::parse(header) == Authorization::Bearer("a.b-c_d~e+f/g=="), "{header}");
    }
    for header in
        ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer =", "Bearer a=b", "Bearer \"a\"", "Bearer \u{e9}", "Bearer a\tb"]
    {
        assert!(Authorization::parse(header) == Authorization::MalformedBearer, "{header}");
    }
    for header in ["", "Basic YTpi", "Bearera b", "BearerToken"] {
        assert!(Authorization::parse(header) == Authorization::Other, "{header}");
    }
    assert_eq!(format!("{:?}", Authorization::parse("Bearer hidden")), "Bearer(…)");
}

// RFC 6750 §3 and §3.1, RFC 9728 §5.1
// req: rs.401
#[test]
fn a_challenge_says_what_the_rfc_allows_and_no_more() {
    assert_eq!(Challenge::token_missing().to_header(), "Bearer");
    assert_eq!(Challenge::token_missing().http_status(), 401);
    let invalid = Challenge::invalid_token();
    assert!(invalid.to_header().starts_with(r#"Bearer error="invalid_token",error_description=""#));
    assert_eq!(invalid.http_status(), 401);
    let mut lacking = Challenge::insufficient_scope(Scope::of(["notes:write", "notes:read"]));
    lacking.resource_metadata = Some("https://api.example/.well-known/oauth-protected-resource".to_owned());
    assert_eq!(
        lacking.to_header(),
        r#"Bearer error="insufficient_scope",error_description="the access token lacks a scope",scope="notes:read notes:write",resource_metadata="https://api.example/.well-known/oauth-protected-resource""#
    );
    assert_eq!(lacking.http_status(), 403);
    assert_eq!(Challenge::invalid_request("one token at a time").http_status(), 400);
}

// RFC 9110 §5.6.4
// req: wb.crlf
#[test]
fn nothing_ends_the_quotes_or_the_header() {
    let challenge = Challenge { resource_metadata: Some("x\",evil=\"\r\nSet-Cookie: a\\".to_owned()), ..Challenge::default() };
    assert_eq!(challenge.to_header(), "Bearer resource_metadata=\"x,evil=Set-Cookie: a\"");
}
