//! The issuer (RFC 8414 §2, RFC 9207 §2.4).

use chabi_spec::{Issuer, issuer::NotAnIssuer};

// req: md.issuer
#[test]
fn an_issuer_is_kept_byte_for_byte_and_taken_apart() {
    for (text, origin, path, secure, loopback) in [
        ("https://id.example", "https://id.example", "", true, false),
        ("https://id.example:8443/tenant/a", "https://id.example:8443", "/tenant/a", true, false),
        ("http://localhost:8000", "http://localhost:8000", "", false, true),
        ("http://127.0.0.1", "http://127.0.0.1", "", false, true),
        ("http://[::1]:8000/t", "http://[::1]:8000", "/t", false, true),
    ] {
        let issuer = Issuer::parse(text).unwrap();
        assert_eq!((issuer.as_str(), issuer.to_string().as_str()), (text, text));
        assert_eq!((issuer.origin(), issuer.path(), issuer.is_secure(), issuer.is_loopback()), (origin, path, secure, loopback), "{text}");
    }
}

// RFC 8414 §2, RFC 9207 §2.4, OpenID Connect Discovery §4.3
// req: md.issuer
#[test]
fn what_clients_would_compare_wrongly_is_refused() {
    for (text, why) in [
        ("", NotAnIssuer::NotAUrl),
        ("id.example", NotAnIssuer::NotAUrl),
        ("https://", NotAnIssuer::NotAUrl),
        ("http://id.example", NotAnIssuer::NotHttps),
        ("http://192.168.0.1:8000", NotAnIssuer::NotHttps),
        ("http://localhost.example", NotAnIssuer::NotHttps),
        ("ftp://id.example", NotAnIssuer::NotHttps),
        ("urn:issuer", NotAnIssuer::NotHttps),
        ("https://id.example/", NotAnIssuer::TrailingSlash),
        ("https://id.example/t/", NotAnIssuer::TrailingSlash),
        ("https://id.example?x=1", NotAnIssuer::QueryOrFragment),
        ("https://id.example#", NotAnIssuer::QueryOrFragment),
        ("https://user@id.example", NotAnIssuer::UserInfo),
        ("https://ID.example", NotAnIssuer::NotNormal),
        ("HTTPS://id.example", NotAnIssuer::NotNormal),
        ("https://id.example:443", NotAnIssuer::NotNormal),
        ("https://id.example/a/../b", NotAnIssuer::NotNormal),
        (" https://id.example", NotAnIssuer::NotNormal),
        ("https://id.example\n", NotAnIssuer::NotNormal),
        ("https:\\\\id.example", NotAnIssuer::NotNormal),
    ] {
        assert_eq!(Issuer::parse(text), Err(why), "{text:?}");
    }
}
