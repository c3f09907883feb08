//! Several hundred tokens, each wrong in one way, none of which may pass. Those that are signed are signed with the right key.

use chabi_token::{base64url, hash};
use serde_json::{Value, json};

use super::*;

/// A name for the report, and the token.
type Case = (String, String);

struct Forge {
    key: SigningKey,
}

impl Forge {
    fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": self.key.kid(), "typ": "at+jwt" })
    }

    fn payload() -> Value {
        serde_json::to_value(claims()).unwrap()
    }

    /// Signs whatever texts these are.
    fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        format!("{signed}.{}", base64url::encode(self.key.sign(signed.as_bytes()).unwrap()))
    }

    fn with_header(&self, change: impl Fn(&mut Value)) -> String {
        let mut header = self.header();
        change(&mut header);
        self.sign(&header.to_string(), &Self::payload().to_string())
    }

    fn with_payload(&self, change: impl Fn(&mut Value)) -> String {
        let mut payload = Self::payload();
        change(&mut payload);
        self.sign(&self.header().to_string(), &payload.to_string())
    }

    fn good(&self) -> String {
        self.with_header(|_| {})
    }
}

/// One of each kind of JSON value, and some that are nearly right.
fn wrong_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!([]),
        json!([null]),
        json!([1]),
        json!({}),
        json!({ "a": 1 }),
        json!(["x", 1]),
    ]
}

fn algorithms(forge: &Forge) -> Vec<Case> {
    let mut cases = Vec::new();
    for alg in [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        " ",
        "HS256",
        "HS384",
        "HS512",
        "hs256",
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES384",
        "ES512",
        "ES256K",
        "es256",
        "ES256 ",
        "EdDSA",
        "Ed25519",
        "ECDH-ES",
        "RSA1_5",
        "dir",
        "A128KW",
        "PBES2-HS256+A128KW",
    ] {
        let token = forge.with_header(|header| header["alg"] = json!(alg));
        let (signed, _) = token.rsplit_once('.').unwrap();
        cases.push((format!("alg {alg}"), token.clone()));
        cases.push((format!("alg {alg}, empty signature"), format!("{signed}.")));
        // the public key as the secret of an HMAC
        let secret = forge.key.public_jwk().to_json();
        let tag = base64url::encode(hash::hmac_sha256(secret.as_bytes(), &[signed.as_bytes()]));
        cases.push((format!("alg {alg}, HMAC with the public key"), format!("{signed}.{tag}")));
    }
    for value in wrong_values() {
        cases.push((format!("alg {value}"), forge.with_header(|header| header["alg"] = value.clone())));
    }
    cases
}

fn headers(forge: &Forge) -> Vec<Case> {
    let mut cases = vec![
        (
            "alg missing".to_owned(),
            forge.sign(&json!({ "kid": forge.key.kid(), "typ": "at+jwt" }).to_string(), &Forge::payload().to_string()),
        ),
        (
            "typ missing".to_owned(),
            forge.sign(&json!({ "alg": "ES256", "kid": forge.key.kid() }).to_string(), &Forge::payload().to_string()),
        ),
        ("kid missing, two keys known".to_owned(), forge.sign(r#"{"alg":"ES256","typ":"at+jwt"}"#, &Forge::payload().to_string())),
    ];
    for typ in [
        "",
        "JWT",
        "jwt",
        "JOSE",
        "id+jwt",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "at+jwtx",
        "at jwt",
        "at+",
        "application/jwt",
        "text/at+jwt",
        "token-introspection+jwt",
        "oauth-authz-req+jwt",
        " at+jwt",
        "at+jwt\u{0}",
    ] {
        cases.push((format!("typ {typ:?}"), forge.with_header(|header| header["typ"] = json!(typ))));
    }
    for kid in ["", "unknown", "../../etc/passwd", "' or 1=1 --", "/dev/null", "http://evil.test/key", "\u{0}"] {
        cases.push((format!("kid {kid:?}"), forge.with_header(|header| header["kid"] = json!(kid))));
    }
    for (name, value) in [
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!(["alg"])),
        ("crit", json!(null)),
        ("crit", json!("exp")),
        ("crit", json!({})),
        ("b64", json!(false)),
        ("b64", json!(true)),
    ] {
        cases.push((format!("{name} {value}"), forge.with_header(|header| header[name] = value.clone())));
    }
    for value in wrong_values() {
        for name in ["typ", "kid"] {
            // JSON's null is no value: for `kid` it is the case "kid missing" above
            cases.push((format!("{name} {value}"), forge.with_header(|header| header[name] = value.clone())));
        }
    }
    cases
}

/// A key of the attacker's own, offered in every way that a header has.
fn keys_in_headers(forge: &Forge, origin: &str) -> Vec<Case> {
    let attacker = Forge { key: new_key() };
    let jwk: Value = serde_json::from_str(&attacker.key.public_jwk().to_json()).unwrap();
    let offers = [
        ("jwk", jwk.clone()),
        ("jku", json!(format!("{origin}/jwks"))),
        ("x5u", json!(format!("{origin}/cert"))),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AA")),
        ("x5t#S256", json!("AA")),
    ];
    let mut cases = Vec::new();
    for (name, value) in offers {
        for kid in [forge.key.kid(), attacker.key.kid()] {
            let token = attacker.with_header(|header| {
                header["kid"] = json!(kid);
                header[name] = value.clone();
            });
            cases.push((format!("{name} of another key, kid {kid}"), token));
        }
    }
    cases
}

fn claim_types(forge: &Forge) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
        let missing = forge.with_payload(|payload| {
            payload.as_object_mut().unwrap().remove(name);
        });
        cases.push((format!("{name} missing"), missing));
        for value in wrong_values() {
            // numbers are of the right type for a time, and judged as a time below; an issue time may be long ago
            let is_time = ["exp", "iat"].contains(&name);
            if is_time && value.is_i64() && value != json!(-1) && name == "iat" {
                continue;
            }
            if is_time && value == json!(1.5) && name == "iat" {
                continue;
            }
            cases.push((format!("{name} {value}"), forge.with_payload(|payload| payload[name] = value.clone())));
        }
    }
    for value in [json!(true), json!([]), json!(["notes:read"]), json!(1), json!({})] {
        cases.push((format!("scope {value}"), forge.with_payload(|payload| payload["scope"] = value.clone())));
    }
    for scope in ["a\"b", "a\\b", "a\tb", "a\nb", "é"] {
        cases.push((format!("scope {scope:?}"), forge.with_payload(|payload| payload["scope"] = json!(scope))));
    }
    for name in ["exp", "nbf", "iat"] {
        for text in [
            "\"1800000300\"",
            "1e400",
            "-1e400",
            "-1",
            "99999999999999999999",
            "NaN",
            "Infinity",
            "0x7fffffff",
            "01800000300",
            "[1800000300]",
        ] {
            let payload = Forge::payload().to_string();
            let spoilt = match name {
                "nbf" => payload.replacen('{', &format!("{{\"nbf\":{text},"), 1),
                "exp" => payload.replace(&(NOW + 300).to_string(), text),
                _ => payload.replace(&format!("\"iat\":{NOW}"), &format!("\"iat\":{text}")),
            };
            assert_ne!(spoilt, payload);
            cases.push((format!("{name} {text}"), forge.sign(&forge.header().to_string(), &spoilt)));
        }
    }
    cases
}

fn claim_values(forge: &Forge) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut put = |name: &'static str, value: Value| {
        cases.push((format!("{name} {value}"), forge.with_payload(|payload| payload[name] = value.clone())));
    };
    for issuer in [
        "",
        "https://id.example.test/",
        "https://ID.example.test",
        "http://id.example.test",
        "https://id.example.test.evil.test",
        "https://id.example.tes",
        "https://id.example.test:443",
        " https://id.example.test",
        "https://id.other.example.test",
        "id.example.test",
    ] {
        put("iss", json!(issuer));
    }
    for audience in [
        json!(""),
        json!("demo"),
        json!("https://api.example.test/"),
        json!("https://API.example.test"),
        json!("http://api.example.test"),
        json!("https://api.example.test.evil.test"),
        json!("https://api.example.test/notes"),
        json!("https://api.example.test https://other.test"),
        json!("*"),
        json!(["https://other.test"]),
        json!(["https://api.example.test/"]),
        json!([["https://api.example.test"]]),
        json!([AUDIENCE, null]),
        json!([AUDIENCE, 1]),
    ] {
        put("aud", audience);
    }
    // beyond the skew of 30 seconds
    for exp in [NOW - 31, NOW - 300, 0, NOW - 1_000_000] {
        put("exp", json!(exp));
    }
    for nbf in [NOW + 31, NOW + 300, i64::MAX] {
        put("nbf", json!(nbf));
    }
    for foreign in ["nonce", "at_hash", "c_hash", "events", "ath"] {
        put(foreign, json!("x"));
    }
    // a token that is bound to a key is no bearer token
    for bound in [json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }), json!({ "x5t#S256": "bwcK0esc" }), json!({})] {
        put("cnf", bound);
    }
    cases
}

fn json_shapes(forge: &Forge) -> Vec<Case> {
    let (header, payload) = (forge.header().to_string(), Forge::payload().to_string());
    let mut cases = Vec::new();
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in ["\"alg\":\"ES256\"", "\"alg\":\"none\"", "\"typ\":\"at+jwt\"", "\"kid\":\"x\"", "\"\\u0061lg\":\"none\""] {
        cases.push((format!("header has twice {member}"), forge.sign(&twice(&header, member), &payload)));
    }
    for member in
        ["\"exp\":9999999999", "\"aud\":\"x\"", "\"sub\":\"root\"", "\"iss\":\"x\"", "\"scope\":\"admin\"", "\"s\\u0075b\":\"root\""]
    {
        cases.push((format!("payload has twice {member}"), forge.sign(&header, &twice(&payload, member))));
    }
    for text in ["", " ", "null", "[]", "\"x\"", "1", "true", "{", "{}", "{}{}", "\u{feff}{}"] {
        cases.push((format!("header is {text:?}"), forge.sign(text, &payload)));
        cases.push((format!("payload is {text:?}"), forge.sign(&header, text)));
    }
    for tail in ["x", "{}", ",", "\u{0}", "}"] {
        cases.push((format!("header ends in {tail:?}"), forge.sign(&format!("{header}{tail}"), &payload)));
        cases.push((format!("payload ends in {tail:?}"), forge.sign(&header, &format!("{payload}{tail}"))));
    }
    let signed =
        format!("{}.{}", base64url::encode(&header), base64url::encode([b"{\"sub\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat()));
    cases.push(("payload is not UTF-8".into(), format!("{signed}.{}", base64url::encode(forge.key.sign(signed.as_bytes()).unwrap()))));
    cases
}

fn signatures(forge: &Forge) -> Vec<Case> {
    let good = forge.good();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let bytes = base64url::decode(signature).unwrap();
    let mut cases = Vec::new();
    let mut put = |name: String, bytes: &[u8]| cases.push((name, format!("{signed}.{}", base64url::encode(bytes))));
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        put(format!("signature, byte {position} changed"), &flipped);
    }
    for length in [0, 1, 31, 32, 33, 63] {
        put(format!("signature of {length} bytes"), &bytes[..length]);
    }
    put("signature with a byte more".into(), &[bytes.as_slice(), &[0]].concat());
    put("signature twice".into(), &[bytes.as_slice(), &bytes].concat());
    put("signature of zeros".into(), &[0; 64]);
    put("signature of ones".into(), &[0xff; 64]);
    put("halves swapped".into(), &[&bytes[32..], &bytes[..32]].concat());
    put("as DER".into(), &[&[0x30, 68, 2, 32], &bytes[..32], &[2, 32], &bytes[32..]].concat());
    let other = forge.with_payload(|payload| payload["sub"] = json!("root"));
    let (other_signed, _) = other.rsplit_once('.').unwrap();
    cases.push(("payload of another token".into(), format!("{other_signed}.{signature}")));
    cases.push(("signed by another key".into(), {
        let attacker = Forge { key: new_key() };
        attacker.with_header(|header| header["kid"] = json!(forge.key.kid()))
    }));
    cases
}

fn encodings(forge: &Forge) -> Vec<Case> {
    let good = forge.good();
    let parts: Vec<_> = good.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    let shapes = [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        format!("{h}.{p}"),
        format!("{h}.{p}."),
        format!("{h}..{s}"),
        format!(".{p}.{s}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{s}"),
        format!("{h}.{p}.{s}.{s}.{s}"),
        format!("{h}.{p}.{s}="),
        format!("{h}.{p}.{s}=="),
        format!("{h}=.{p}.{s}"),
        format!("{h}.{p}=.{s}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("\t{good}"),
        format!("{h}.{p}\n.{s}"),
        format!("{h}. {p}.{s}"),
        format!("\"{good}\""),
        format!("{h}%2E{p}%2E{s}"),
        format!("{h}.{p}.{s}#"),
        format!("{h}.{p}.{s}\u{0}"),
        format!("{h}.{p}.{s}é"),
        format!("{h}+.{p}.{s}"),
        format!("{h}.{p}/.{s}"),
        json!({ "payload": p, "protected": h, "signature": s }).to_string(),
        json!({ "payload": p, "signatures": [{ "protected": h, "signature": s }] }).to_string(),
        format!("Bearer {good}"),
        "null".into(),
        "undefined".into(),
        ".".repeat(1 << 20),
        "a".repeat(17 * 1024),
        format!("{h}.{}.{s}", "A".repeat(17 * 1024)),
    ];
    let mut cases: Vec<Case> =
        shapes.into_iter().enumerate().map(|(number, token)| (format!("encoding {number}: {:.30}", token), token)).collect();
    // the last character of 64 bytes carries four bits that mean nothing: only zeros are right
    let spare = s.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(spare).unwrap();
    for more in 1..16 {
        let other = alphabet.chars().nth(value + more).unwrap();
        cases.push((format!("spare bits {more}"), format!("{h}.{p}.{}{other}", &s[..s.len() - 1])));
    }
    cases
}

fn corpus(forge: &Forge, origin: &str) -> Vec<Case> {
    [
        algorithms(forge),
        headers(forge),
        keys_in_headers(forge, origin),
        claim_types(forge),
        claim_values(forge),
        json_shapes(forge),
        signatures(forge),
        encodings(forge),
    ]
    .concat()
}

// req: rs.verify
// req: jw.none
// req: jw.crit
// req: jw.hdr
// req: jw.types
#[tokio::test]
async fn no_token_of_the_corpus_passes() {
    let forge = Forge { key: new_key() };
    let (_, env) = ManualClock::env();
    let keys = FixedKeys::new(set_of(&[&forge.key, &new_key()]));
    let api = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(keys).env(&env).build().unwrap();
    let app = app(&api);
    assert_eq!(with_token(&app, "/strict", &forge.good()).await.text, "ada");

    // where `jku` and `x5u` point: nobody may come
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let cases = corpus(&forge, &format!("http://{}", listener.local_addr().unwrap()));
    assert!(cases.len() >= 300, "{}", cases.len());
    let mut passed = Vec::new();
    for (name, token) in &cases {
        if api.verify(token).await.is_ok() {
            passed.push(name);
        }
        // what an HTTP header can carry comes by HTTP too; spaces around the token are the header's, not the token's
        let header = http::HeaderValue::from_str(&format!("Bearer {token}"));
        if let Ok(header) = header
            && token.trim_matches(' ') == token
            && with_token_header(&app, header).await != StatusCode::UNAUTHORIZED
        {
            passed.push(name);
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

async fn with_token_header(app: &Router, value: http::HeaderValue) -> StatusCode {
    let request = Request::get("/strict").header(header::AUTHORIZATION, value).body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap().status()
}

// req: rs.verify
#[tokio::test]
async fn what_is_allowed_passes() {
    let forge = Forge { key: new_key() };
    let api = server(&forge.key);
    let good = [
        ("as issued", forge.good()),
        ("typ in full", forge.with_header(|header| header["typ"] = json!("application/at+jwt"))),
        ("typ in capitals", forge.with_header(|header| header["typ"] = json!("AT+JWT"))),
        ("several audiences", forge.with_payload(|payload| payload["aud"] = json!(["https://other.test", AUDIENCE]))),
        ("expired within the skew", forge.with_payload(|payload| payload["exp"] = json!(NOW - 29))),
        ("not yet valid within the skew", forge.with_payload(|payload| payload["nbf"] = json!(NOW + 30))),
        ("an unknown claim", forge.with_payload(|payload| payload["tenant"] = json!("t1"))),
    ];
    for (name, token) in good {
        assert!(api.verify(&token).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn the_type_of_older_issuers_passes_only_where_it_is_switched_on() {
    let forge = Forge { key: new_key() };
    let (_, env) = ManualClock::env();
    let token = forge.with_header(|header| header["typ"] = json!("JWT"));
    let builder = || ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[&forge.key]))).env(&env);
    assert!(builder().build().unwrap().verify(&token).await.is_err());
    assert!(builder().accept_jwt_type().build().unwrap().verify(&token).await.is_ok());
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_does_not_pass_with_a_good_signature() {
    let forge = Forge { key: new_key() };
    let (_, env) = ManualClock::env();
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[&forge.key]))).env(&env);
    assert!(builder.algorithms(&[Algorithm::RS256]).build().unwrap().verify(&forge.good()).await.is_err());
}
