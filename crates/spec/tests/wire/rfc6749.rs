//! Forms and client credentials (RFC 6749 §2.3.1, §3.1, §3.2 and appendix B).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_spec::{
    ErrorCode, Form,
    client_credentials::{BasicCredentials, PresentedClient},
    form,
};
use proptest::prelude::*;

fn parse(text: &str) -> Form {
    Form::parse(text.as_bytes(), &[]).unwrap()
}

fn rule(text: &[u8]) -> &'static str {
    let refusal = Form::parse(text, &["resource"]).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::InvalidRequest);
    refusal.cause.rule
}

mod section_3 {
    use super::*;

    // OAuth 2.1 §3.1 and §3.2
    // req: az.dup
    #[test]
    fn a_repeated_parameter_is_invalid_request_also_when_it_is_unknown_empty_or_written_otherwise() {
        for text in ["a=1&a=2", "a=1&a=1", "a=&a=1", "a&a", "a=1&%61=2", "x=1&a=1&y=2&a=3", "=1&=2"] {
            assert_eq!(rule(text.as_bytes()), "parameter_repeated", "{text}");
        }
        let form = Form::parse(b"resource=a&resource=b&x=1", &["resource"]).unwrap();
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    }

    // OAuth 2.1 §3.1
    // req: az.dup
    #[test]
    fn a_parameter_in_query_and_body_is_repeated() {
        let refusal = Form::parse_parts(&[b"client_id=a", b"client_id=a"], &[]).unwrap_err();
        assert_eq!(refusal.cause.rule, "parameter_repeated");
        let form = Form::parse_parts(&[b"a=1", b"b=2"], &[]).unwrap();
        assert_eq!(form.pairs().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
    }

    // RFC 6749 §3.1 and §3.2
    // req: az.unk
    #[test]
    fn a_parameter_without_value_counts_as_left_out() {
        let form = parse("a=&b&c=1&&d=2");
        assert_eq!(form.pairs().collect::<Vec<_>>(), [("c", "1"), ("d", "2")]);
        assert_eq!(form.require("a").unwrap_err().cause.rule, "parameter_missing");
    }

    #[test]
    fn a_value_is_taken_out_once() {
        let mut form = parse("a=1&b=2");
        assert_eq!(form.take("a").as_deref(), Some("1"));
        assert_eq!(form.take("a"), None);
        assert!(!form.is_empty());
    }
}

// req: dos.limits
#[test]
fn a_form_has_100_parameters_and_64_kib_at_the_most() {
    let many = |count: usize| (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    assert_eq!(parse(&many(100)).pairs().count(), 100);
    assert_eq!(rule(many(101).as_bytes()), "too_many_parameters");
    let large = format!("a={}", "x".repeat(form::LARGEST));
    assert_eq!(rule(large.as_bytes()), "form_too_large");
    assert!(Form::parse(&large.as_bytes()[..form::LARGEST], &[]).is_ok());
}

mod appendix_b {
    use super::*;

    #[test]
    fn text_that_is_not_utf_8_or_has_a_zero_is_refused() {
        for text in [b"a=%ff".as_slice(), b"a=%C3", b"a=\xff", b"%ff=a", b"a=%00", b"a=x\0", b"a=%ED%A0%80", b"a=%C0%80"] {
            assert_eq!(rule(text), "form_not_text", "{text:?}");
        }
    }

    #[test]
    fn plus_is_a_space_and_a_percent_without_digits_is_itself() {
        let form = parse("a=1+2%2B3&b=100%&c=%zz%4&d=%E0%A6%9A=x&e=%2541");
        let pairs: Vec<_> = form.pairs().collect();
        assert_eq!(pairs, [("a", "1 2+3"), ("b", "100%"), ("c", "%zz%4"), ("d", "\u{99a}=x"), ("e", "%41")]);
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        assert_eq!(format!("{:?}", parse("code=secret&x=hidden")), r#"["code", "x"]"#);
    }
}

proptest! {
    // req: az.state
    #[test]
    fn every_text_survives_the_encoding_byte_for_byte(values in prop::collection::vec("[^\0]{1,64}", 1..20)) {
        let pairs: Vec<_> = values.iter().enumerate().map(|(n, value)| (format!("p{n}"), value.clone())).collect();
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let form = Form::parse(encoded.as_bytes(), &[]).unwrap();
        let read: Vec<_> = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(&read, &pairs);
        prop_assert_eq!(Form::parse(form.to_encoded().as_bytes(), &[]).unwrap(), form);
    }

    #[test]
    fn our_reading_is_that_of_the_url_standard_wherever_we_read_at_all(text in "[ab=&%+0-9A-F\u{e9}]{0,60}") {
        let standard: Vec<_> = form_urlencoded::parse(text.as_bytes()).filter(|(_, value)| !value.is_empty()).collect();
        if let Ok(form) = Form::parse(text.as_bytes(), &["a", "b", "", "ab"]) {
            let ours: Vec<_> = form.pairs().collect();
            let standard: Vec<_> = standard.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
            prop_assert_eq!(ours, standard);
        }
    }

    #[test]
    fn whatever_bytes_come_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(form) = Form::parse(&bytes, &[]) {
            prop_assert!(form.pairs().all(|(name, value)| !value.is_empty() && !name.contains('\0')));
        }
        let header = String::from_utf8_lossy(&bytes);
        let _may_be_refused = BasicCredentials::parse(&header);
        let _may_be_refused = BasicCredentials::parse(&format!("Basic {}", STANDARD.encode(&bytes)));
    }
}

mod section_2_3_1 {
    use super::*;

    fn basic(credentials: impl AsRef<[u8]>) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    fn readings(header: &str) -> Vec<(String, String)> {
        let credentials = BasicCredentials::parse(header).unwrap();
        credentials.interpretations().map(|one| (one.client_id.clone(), one.secret.expose().to_owned())).collect()
    }

    fn pair(id: &str, secret: &str) -> (String, String) {
        (id.to_owned(), secret.to_owned())
    }

    // RFC 6749 §2.3.1, RFC 7617 §2
    // req: ca.enc
    #[test]
    fn basic_credentials_are_decoded_first_and_taken_raw_second() {
        assert_eq!(readings(&basic("app:secret")), [pair("app", "secret")]);
        assert_eq!(readings(&basic("app:s%3Ae%25c+r")), [pair("app", "s:e%c r"), pair("app", "s%3Ae%25c+r")]);
        assert_eq!(readings(&basic("app:a:b")), [pair("app", "a:b")]);
        assert_eq!(readings(&basic("app:100%")), [pair("app", "100%")]);
        assert_eq!(readings(&basic("my%3Aapp:x")), [pair("my:app", "x"), pair("my%3Aapp", "x")]);
        assert_eq!(readings(&basic("app:\u{99a}\u{9be}")), [pair("app", "\u{99a}\u{9be}")]);
        assert_eq!(readings(&basic("app:%E0%A6%9A"))[0], pair("app", "\u{99a}"));
        // Latin-1, as many libraries send it
        assert_eq!(readings(&basic(b"app:caf\xe9")), [pair("app", "caf\u{e9}")]);
        assert_eq!(readings(&basic("app:")), [pair("app", "")]);
        assert_eq!(readings(&format!("bAsIc  {}", STANDARD.encode("app:x"))), [pair("app", "x")]);
    }

    // RFC 7617 §2, RFC 6749 §5.2
    // req: ca.enc
    #[test]
    fn what_is_not_basic_is_invalid_client() {
        for header in ["", "Basic", "Basic ", "Basic !!!", &basic("no-colon"), &basic(":secret"), "Bearer abc", "Basic YXBwOng= x"] {
            assert_eq!(BasicCredentials::parse(header).unwrap_err().code, ErrorCode::InvalidClient, "{header}");
        }
    }

    // a database that ends its texts there would find another one
    // req: ca.enc
    #[test]
    fn basic_credentials_hold_no_nul() {
        for credentials in ["app\0:secret", "app:sec\0ret", "app%00:secret\0"] {
            assert_eq!(BasicCredentials::parse(&basic(credentials)).unwrap_err().code, ErrorCode::InvalidClient, "{credentials:?}");
        }
    }

    // OAuth 2.1 §2.4, RFC 6749 §3.2.1
    // req: ca.one
    #[test]
    fn an_application_says_in_one_way_who_it_is() {
        let header = basic("app:secret");
        let code = |authorization: Option<&str>, body: &str| PresentedClient::parse(authorization, &parse(body)).unwrap_err().code;
        assert_eq!(code(Some(&header), "client_id=app&client_secret=secret"), ErrorCode::InvalidRequest);
        assert_eq!(code(Some(&header), "client_secret=secret"), ErrorCode::InvalidRequest);
        assert_eq!(code(Some(&header), "client_id=other"), ErrorCode::InvalidRequest);
        assert_eq!(code(None, ""), ErrorCode::InvalidClient);
        assert_eq!(code(None, "client_secret=secret"), ErrorCode::InvalidClient);
        assert_eq!(code(Some("Bearer x"), "client_id=app"), ErrorCode::InvalidClient);
        assert_eq!(code(None, "client_id=app&client_assertion=x&client_assertion_type=y"), ErrorCode::InvalidClient);
        assert_eq!(code(None, "client_id=app&client_assertion=x"), ErrorCode::InvalidClient);
        assert_eq!(code(None, "client_id=app&client_assertion_type=y"), ErrorCode::InvalidClient);
        assert_eq!(code(Some(&header), "client_assertion=x"), ErrorCode::InvalidRequest);
        assert_eq!(code(None, "client_id=app&client_secret=s&client_assertion=x"), ErrorCode::InvalidRequest);
    }

    // RFC 7521 §4.2
    // req: ca.pkjwt
    #[test]
    fn an_assertion_may_come_without_client_id() {
        let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        for (form, expected) in
            [(format!("client_assertion=a.b.c&{kind}"), ""), (format!("client_id=app&client_assertion=a.b.c&{kind}"), "app")]
        {
            let presented = PresentedClient::parse(None, &parse(&form)).unwrap();
            assert!(matches!(&presented, PresentedClient::Assertion { assertion, .. } if assertion.expose() == "a.b.c"));
            assert_eq!(presented.client_id(), expected);
            assert!(!format!("{presented:?}").contains("a.b.c"));
        }
    }

    // OAuth 2.1 §2.4
    // req: ca.one
    #[test]
    fn the_same_client_id_in_header_and_body_is_taken() {
        let header = basic("app:secret");
        assert!(matches!(PresentedClient::parse(Some(&header), &parse("client_id=app")), Ok(PresentedClient::Basic(_))));
        assert!(matches!(PresentedClient::parse(Some(&header), &parse("")), Ok(PresentedClient::Basic(_))));
        let post = PresentedClient::parse(None, &parse("client_id=app&client_secret=s%2B")).unwrap();
        assert!(matches!(&post, PresentedClient::Post(credentials) if credentials.secret.expose() == "s+"));
        let public = PresentedClient::parse(None, &parse("client_id=app")).unwrap();
        assert!(matches!(&public, PresentedClient::Public { .. }) && public.client_id() == "app");
        assert!(!format!("{:?}", PresentedClient::parse(Some(&header), &parse(""))).contains("secret\""));
    }
}
