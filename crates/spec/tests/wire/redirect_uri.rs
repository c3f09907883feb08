//! Redirect URIs: RFC 9700 §4.1.3, RFC 8252 §7 and §8, OAuth 2.1 §2.3.

use chabi_spec::{
    ErrorCode,
    redirect_uri::{RegisteredRedirectUri, matches},
};
use proptest::prelude::*;

/// URIs that may be registered, and whether only by native applications.
const GOOD: [(&str, bool); 24] = [
    ("https://app.example", false),
    ("https://app.example/", false),
    ("https://app.example/cb", false),
    ("https://app.example/cb/", false),
    ("https://app.example:8443/cb", false),
    ("https://app.example/cb?tenant=1", false),
    ("https://app.example/cb?a=1&b=2", false),
    ("https://app.example/a%20b", false),
    ("https://app.example/~user/-_.!$&'()+,;=:@", false),
    ("https://xn--bcher-kva.example/cb", false),
    ("https://192.0.2.1/cb", false),
    ("https://[2001:db8::1]/cb", false),
    ("https://localhost/cb", false),
    ("https://sub.app.example/very/long/path/of/many/parts", false),
    ("https://app.example/cb?next=%2Fhome", false),
    ("http://127.0.0.1/cb", true),
    ("http://127.0.0.1:8000/accounts/google/login/callback/", true),
    ("http://[::1]/cb", true),
    ("http://[::1]:3000/cb", true),
    ("http://localhost/cb", true),
    ("http://localhost:3000/cb?x=1", true),
    ("com.example.app:/cb", true),
    ("com.example.app://cb", true),
    ("com.example.app.beta-1:/oauth2redirect", true),
];

/// URIs that may not, and the rule that says so.
const BAD: [(&str, &str); 73] = [
    ("", "redirect_uri_length"),
    ("/cb", "redirect_uri_not_absolute"),
    ("cb", "redirect_uri_not_absolute"),
    ("//app.example/cb", "redirect_uri_not_absolute"),
    ("https://", "redirect_uri_not_absolute"),
    ("https:///cb", "redirect_uri_not_normal"),
    ("https:app.example/cb", "redirect_uri_not_normal"),
    ("https:/app.example/cb", "redirect_uri_not_normal"),
    ("https://app.example/cb#", "redirect_uri_fragment"),
    ("https://app.example/cb#x", "redirect_uri_fragment"),
    ("com.example.app:/cb#x", "redirect_uri_fragment"),
    ("https://user@app.example/cb", "redirect_uri_userinfo"),
    ("https://user:pass@app.example/cb", "redirect_uri_userinfo"),
    ("https://:pass@app.example/cb", "redirect_uri_userinfo"),
    ("https://@app.example/cb", "redirect_uri_userinfo"),
    ("https://app.example@evil.example/cb", "redirect_uri_userinfo"),
    ("com.example.app://user@host/cb", "redirect_uri_userinfo"),
    ("https://*.app.example/cb", "redirect_uri_characters"),
    ("https://app.example/*", "redirect_uri_characters"),
    ("https://app.example/cb?*", "redirect_uri_characters"),
    ("https://app.example/c b", "redirect_uri_characters"),
    (" https://app.example/cb", "redirect_uri_characters"),
    ("https://app.example/cb\n", "redirect_uri_characters"),
    ("https://app.example/\tcb", "redirect_uri_characters"),
    ("https://app.example/cb\r\nLocation:x", "redirect_uri_characters"),
    ("https://app.example/\u{0}cb", "redirect_uri_characters"),
    ("https://app.example/\u{7f}cb", "redirect_uri_characters"),
    ("https://app.example\\cb", "redirect_uri_characters"),
    ("https:\\\\app.example/cb", "redirect_uri_characters"),
    ("https://app.example/cb\\..\\x", "redirect_uri_characters"),
    ("https://b\u{fc}cher.example/cb", "redirect_uri_characters"),
    ("https://app.example/\u{9a6}", "redirect_uri_characters"),
    ("https://\u{430}pp.example/cb", "redirect_uri_characters"),
    ("https://app.example/<script>", "redirect_uri_characters"),
    ("https://app.example/\"x", "redirect_uri_characters"),
    ("https://app.example/{x}", "redirect_uri_characters"),
    ("https://APP.example/cb", "redirect_uri_not_normal"),
    ("HTTPS://app.example/cb", "redirect_uri_scheme_case"),
    ("Http://127.0.0.1/cb", "redirect_uri_scheme_case"),
    ("https://app.example:443/cb", "redirect_uri_not_normal"),
    ("https://app.example:/cb", "redirect_uri_not_normal"),
    ("https://app.example:0443/cb", "redirect_uri_not_normal"),
    ("https://app.example:99999/cb", "redirect_uri_not_absolute"),
    ("https://app.example/a/../cb", "redirect_uri_not_normal"),
    ("https://app.example/./cb", "redirect_uri_not_normal"),
    ("https://app.example/%2e%2e/cb", "redirect_uri_not_normal"),
    ("https://app.example/.%2E/cb", "redirect_uri_not_normal"),
    ("https://app.example./cb", "redirect_uri_host"),
    ("https://a%70p.example/cb", "redirect_uri_not_normal"),
    ("https://app.example?x=1", "redirect_uri_not_normal"),
    ("https://0x7f.1/cb", "redirect_uri_not_normal"),
    ("https://3232235777/cb", "redirect_uri_not_normal"),
    ("http://app.example/cb", "redirect_uri_http"),
    ("http://127.0.0.1.evil.example/cb", "redirect_uri_http"),
    ("http://localhost.evil.example/cb", "redirect_uri_http"),
    ("http://192.168.0.1/cb", "redirect_uri_http"),
    ("http://127.0.0.2/cb", "redirect_uri_http"),
    ("http://127.1/cb", "redirect_uri_not_normal"),
    ("http://user@127.0.0.1/cb", "redirect_uri_userinfo"),
    ("javascript:alert(1)", "redirect_uri_scheme"),
    ("JavaScript:alert(1)", "redirect_uri_scheme_case"),
    ("data:text/html,x", "redirect_uri_scheme"),
    ("vbscript:x", "redirect_uri_scheme"),
    ("blob:https://app.example/x", "redirect_uri_scheme"),
    ("file:///etc/passwd", "redirect_uri_scheme"),
    ("myapp:/cb", "redirect_uri_private_scheme"),
    ("myapp://cb", "redirect_uri_private_scheme"),
    ("com.example.app:/a/../cb", "redirect_uri_not_normal"),
    ("https://app.example/cb?code=1", "redirect_uri_query"),
    ("https://app.example/cb?state", "redirect_uri_query"),
    ("https://app.example/cb?a=1&iss=x", "redirect_uri_query"),
    ("https://app.example/cb?%65rror=x", "redirect_uri_query"),
    ("https://app.example/cb?response=x", "redirect_uri_query"),
];

// RFC 9700 §4.1.3, RFC 6749 §3.1.2, RFC 3986 §2, OAuth 2.1 §2.3
// req: rd.reg
#[test]
fn what_may_be_registered_and_what_may_not() {
    for (uri, only_native) in GOOD {
        assert_eq!(RegisteredRedirectUri::parse(uri, true).map(|uri| uri.as_str().to_owned()), Ok(uri.to_owned()));
        let private_scheme = uri.starts_with("com.");
        assert_eq!(RegisteredRedirectUri::parse(uri, false).is_ok(), !only_native || private_scheme, "{uri}");
    }
    for (uri, rule) in BAD {
        let refusal = RegisteredRedirectUri::parse(uri, true).unwrap_err();
        assert_eq!((refusal.code, refusal.cause.rule), (ErrorCode::InvalidRequest, rule), "{uri:?}");
    }
    assert!(RegisteredRedirectUri::parse(&format!("https://app.example/{}", "x".repeat(2_048)), false).is_err());
}

// RFC 9700 §2.6, RFC 8252 §7.3
// req: rd.http
#[test]
fn http_is_for_native_applications_on_loopback_alone() {
    for uri in ["http://127.0.0.1/cb", "http://[::1]:1234/cb", "http://localhost:3000/cb"] {
        assert!(RegisteredRedirectUri::parse(uri, true).is_ok(), "{uri}");
        assert_eq!(RegisteredRedirectUri::parse(uri, false).unwrap_err().cause.rule, "redirect_uri_http_not_native", "{uri}");
    }
    assert!(RegisteredRedirectUri::parse("http://app.example/cb", true).is_err());
}

// RFC 8252 §7.1
// req: rd.scheme
#[test]
fn a_private_scheme_is_a_domain_backwards_and_matches_exactly() {
    assert!(RegisteredRedirectUri::parse("myapp:/cb", true).is_err());
    assert!(RegisteredRedirectUri::parse("com..app:/cb", true).is_err());
    assert!(RegisteredRedirectUri::parse("com.example.app:/cb", true).is_ok());
    assert!(matches("com.example.app:/cb", "com.example.app:/cb", true));
    for other in ["com.example.app://cb", "com.example.app:/cb/", "com.example.APP:/cb", "com.example.app:/cb?x", "com.example.app2:/cb"] {
        assert!(!matches("com.example.app:/cb", other, true), "{other}");
    }
}

// RFC 9700 §4.1.3
// req: rd.exact
#[test]
fn a_redirect_uri_matches_byte_for_byte_or_not_at_all() {
    const REGISTERED: &str = "https://app.example/cb?tenant=1";
    assert!(matches(REGISTERED, REGISTERED, false));
    for other in [
        "https://app.example/cb?tenant=1&x=2",
        "https://app.example/cb?tenant=12",
        "https://app.example/cb?tenant=",
        "https://app.example/cb",
        "https://app.example/cb/?tenant=1",
        "https://app.example/CB?tenant=1",
        "https://APP.example/cb?tenant=1",
        "HTTPS://app.example/cb?tenant=1",
        "https://app.example:443/cb?tenant=1",
        "https://app.example:444/cb?tenant=1",
        "https://app.example/%63b?tenant=1",
        "https://app.example/./cb?tenant=1",
        "https://app.example/x/../cb?tenant=1",
        "https://app.example/cb?tenant=1#x",
        "https://app.example/cb?tenant=1 ",
        " https://app.example/cb?tenant=1",
        "https://user@app.example/cb?tenant=1",
        "https://app.example.evil.example/cb?tenant=1",
        "https://evil.example/https://app.example/cb?tenant=1",
        "https://app.example\\@evil.example/cb?tenant=1",
        "http://app.example/cb?tenant=1",
        "//app.example/cb?tenant=1",
        "",
    ] {
        assert!(!matches(REGISTERED, other, false), "{other}");
        assert!(!matches(REGISTERED, other, true), "{other}");
    }
}

// RFC 8252 §7.3 and §8.3
// req: rd.loop
#[test]
fn a_native_application_may_use_another_port_on_loopback_and_nothing_else_may_differ() {
    for (registered, presented) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:53124/cb"),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1:53124/cb"),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb", "http://[::1]:1/cb"),
        ("http://localhost:3000/cb?x=1", "http://localhost:65535/cb?x=1"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
    ] {
        assert!(matches(registered, presented, true), "{presented}");
        assert!(!matches(registered, presented, false), "{presented} of an application that is not native");
    }
    for presented in [
        "http://127.0.0.1:53124/cb2",
        "http://127.0.0.1:53124/cb?x",
        "http://127.0.0.1:53124/cb/",
        "http://127.0.0.1:53124/cb#x",
        "http://127.0.0.1:53124",
        "http://localhost:53124/cb",
        "http://[::1]:53124/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1.evil.example:53124/cb",
        "http://127.0.0.1evil.example/cb",
        "http://127.1/cb",
        "http://127.0.0.2:53124/cb",
        "http://2130706433/cb",
        "http://user@127.0.0.1/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1:@evil.example/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:8\u{660}/cb",
        "http://127.0.0.1:80\\@evil.example/cb",
        "http://127.0.0.1 /cb",
        "http://127.0.0.1:80:80/cb",
        "https://127.0.0.1:53124/cb",
        "HTTP://127.0.0.1:53124/cb",
    ] {
        assert!(!matches("http://127.0.0.1/cb", presented, true), "{presented}");
    }
}

proptest! {
    // RFC 9700 §4.1.3
    // req: rd.exact
    #[test]
    fn no_change_of_a_byte_still_matches(at in any::<prop::sample::Index>(), with in any::<u8>(), native in any::<bool>()) {
        const REGISTERED: &str = "https://app.example:8443/cb?tenant=1";
        let mut bytes = REGISTERED.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert_eq!(matches(REGISTERED, &changed, native), changed == REGISTERED);
        }
    }

    #[test]
    fn whatever_is_registered_is_where_a_browser_goes(text in "(https|http|com\\.example)://?[a-z0-9.@:%\\[\\]/?=&#*~ -]{0,40}") {
        if let Ok(registered) = RegisteredRedirectUri::parse(&text, true) {
            let normal = url::Url::parse(registered.as_str()).unwrap();
            let with_slash = text.clone() + "/";
            prop_assert!(normal.as_str() == text || normal.as_str() == with_slash);
            prop_assert!(normal.username().is_empty() && normal.password().is_none() && normal.fragment().is_none());
        }
    }
}
