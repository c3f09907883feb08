//! Single values: URIs, scopes, headers.

use chabi_spec::{Scope, bearer, issuer::Issuer, pkce, redirect_uri::RegisteredRedirectUri, resource};

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "redirect_uri",
        seeds: &["https://app.example/cb?x=1", "http://127.0.0.1:8080/cb", "com.example.app:/cb", "http://[::1]/cb", "https://a@b/"],
        run: redirect_uri,
    },
    Target { name: "scope", seeds: &["openid profile email", "a  b", "notes:read"], run: scope },
    Target { name: "authorization_header", seeds: &["Bearer a.b.c", "bearer  x", "DPoP abc", "Basic YTpi"], run: authorization_header },
    Target { name: "issuer", seeds: &["https://id.example", "https://id.example/t1", "http://localhost:8000"], run: issuer },
    Target {
        name: "pkce",
        seeds: &["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"],
        run: pkce,
    },
    Target { name: "resource", seeds: &["https://api.example/v1?x", "urn:example:api"], run: resource },
];

fn redirect_uri(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for native in [false, true] {
        if RegisteredRedirectUri::parse(&text, native).is_ok() {
            let lower = text.to_ascii_lowercase();
            assert!(!["javascript:", "data:", "vbscript:", "blob:", "file:"].iter().any(|scheme| lower.starts_with(scheme)), "{text}");
            assert!(!text.contains(['#', '\\', ' ', '*']) && !text.bytes().any(|byte| byte.is_ascii_control()), "{text}");
            assert!(text.is_ascii(), "{text}");
        }
    }
}

fn scope(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(scope) = Scope::parse(&text) {
        assert_eq!(Scope::parse(&scope.to_string()).ok(), Some(scope), "a scope that was written reads the same again");
    }
}

fn authorization_header(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = bearer::Authorization::parse(&text);
}

fn issuer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(issuer) = Issuer::parse(&text) {
        assert_eq!(issuer.as_str(), text, "an issuer is never changed");
        assert!(!text.ends_with('/') && !text.contains(['?', '#']), "{text}");
    }
}

fn pkce(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(pkce::CodeChallenge::parse(&text, Some("plain")).is_err());
    assert!(pkce::CodeChallenge::parse(&text, None).is_err());
    if pkce::CodeVerifier::parse(&text).is_ok() {
        assert!((43..=128).contains(&text.len()));
    }
}

fn resource(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if resource::check(&text).is_ok() {
        assert!(!text.contains('#'), "RFC 8707 §2: no fragment: {text}");
    }
}
