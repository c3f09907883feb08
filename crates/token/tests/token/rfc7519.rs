//! JSON Web Token: types, ranges and times of claims.

use chabi_token::{AccessTokenProfile, Timestamp, TokenError, access_token, verify_access_token};
use serde_json::{Value, json};

use crate::fixtures::{API, ES256, ISSUER, NOW, claims, json as access_token_json, keys, verify_payload};

fn with(name: &str, value: &Value) -> Result<(), TokenError> {
    let mut payload = access_token_json();
    payload[name] = value.clone();
    verify_payload(&payload.to_string()).map(|_| ())
}

// RFC 7519 §2
// req: jw.types
#[test]
fn times_are_numbers_in_range_and_nothing_else() {
    let out_of_range = [json!("1900000000"), json!(-1), json!(-1.5), json!(253_402_300_800_i64), json!(u64::MAX), json!(1e300)];
    let not_numbers = [json!(true), json!([NOW]), json!({ "seconds": NOW })];
    for name in ["exp", "nbf", "iat", "auth_time"] {
        for value in out_of_range.iter().chain(&not_numbers) {
            assert_eq!(with(name, value), Err(TokenError::Claim), "{name}: {value}");
        }
    }
    for (name, error) in [("exp", TokenError::Missing("exp")), ("iat", TokenError::Missing("iat"))] {
        assert_eq!(with(name, &Value::Null), Err(error));
        let mut payload = access_token_json();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(verify_payload(&payload.to_string()).unwrap_err(), error);
    }
    // a number too large for any type is no JSON to us
    let overflow = access_token_json().to_string().replace(&(NOW + 300).to_string(), "1e999");
    assert!(verify_payload(&overflow).is_err());
    for fraction in ["NaN", "Infinity", "01900000000", "+1900000000", "1_900_000_000", "0x7fffffff"] {
        let payload = access_token_json().to_string().replace(&(NOW + 300).to_string(), fraction);
        assert_eq!(verify_payload(&payload), Err(TokenError::Malformed), "{fraction}");
    }
    assert_eq!(with("exp", &json!(1_900_000_000.75)), Ok(()));
    assert_eq!(with("nbf", &json!(NOW)), Ok(()));
}

// RFC 7519 §4.1.3, RFC 8725 §3.9
// req: jw.types
#[test]
fn the_audience_is_a_string_or_an_array_of_strings() {
    for value in [json!({ "0": API }), json!(7), json!([API, 7]), json!([[API]]), json!(true), json!([null])] {
        assert_eq!(with("aud", &value), Err(TokenError::Claim), "{value}");
    }
    for value in
        [json!(""), json!([]), json!([""]), json!("https://api.example"), json!(["https://other.example/"]), json!("https://API.example/")]
    {
        assert_eq!(with("aud", &value), Err(TokenError::Audience), "{value}");
    }
    assert_eq!(with("aud", &Value::Null), Err(TokenError::Missing("aud")));
    assert_eq!(with("aud", &json!(["https://other.example/", API])), Ok(()));
    assert_eq!(with("aud", &json!(API)), Ok(()));
}

// req: jw.types
#[test]
fn text_claims_are_text() {
    for name in ["iss", "sub", "jti", "client_id", "scope"] {
        for value in [json!(1), json!([ISSUER]), json!({}), json!(false)] {
            assert_eq!(with(name, &value), Err(TokenError::Claim), "{name}: {value}");
        }
    }
}

// RFC 7519 §4
// req: jw.crit
#[test]
fn a_claim_that_stands_there_twice_is_refused_wherever_it_is() {
    let payload = access_token_json().to_string();
    let more = |text: &str| format!("{},{text}}}", payload.strip_suffix('}').unwrap());
    for text in
        [r#""aud":"https://api.example/""#, r#""sub":"root""#, r#""own":1,"own":1"#, r#""own":{"a":1,"a":1}"#, r#""s\u0075b":"root""#]
    {
        assert_eq!(verify_payload(&more(text)), Err(TokenError::Malformed), "{text}");
    }
    assert!(verify_payload(&more(r#""own":{"a":1}"#)).is_ok());
    for text in [format!("{payload}{payload}"), format!("{payload} x"), format!("[{payload}]"), String::new(), "null".to_owned()] {
        assert_eq!(verify_payload(&text), Err(TokenError::Malformed), "{text}");
    }
}

// RFC 7519 §4.1.4 and §4.1.5 and §4.1.6
// req: rs.verify
#[test]
fn a_token_is_good_from_its_beginning_until_its_end_with_half_a_minute_for_the_clocks() {
    let mut claims = claims();
    claims.iat = NOW;
    claims.exp = NOW + 300;
    let token = access_token::issue(&claims, &ES256, "at+jwt").unwrap();
    let profile = AccessTokenProfile::new(ISSUER, API);
    let at = |micros: i64| verify_access_token(&token, &keys(), &profile, Timestamp(NOW * 1_000_000 + micros)).map(|_| ());
    let second = 1_000_000;
    assert_eq!(at(-30 * second - 1), Err(TokenError::NotYetValid));
    assert_eq!(at(-30 * second), Ok(()));
    assert_eq!(at(330 * second - 1), Ok(()));
    assert_eq!(at(330 * second), Err(TokenError::Expired));
    assert_eq!(with("nbf", &json!(NOW + 31)), Err(TokenError::NotYetValid));
    assert_eq!(with("nbf", &json!(NOW + 30)), Ok(()));
}
