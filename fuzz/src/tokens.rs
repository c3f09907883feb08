//! Tokens and keys, as somebody else may have made them.

use std::sync::LazyLock;

use chabi_token::{
    Algorithm, BrowserBinding, Env, MasterSecret, SiteTag, Timestamp,
    access_token::{AccessTokenProfile, verify_access_token},
    client_assertion::{self, AssertionProfile},
    dpop::{self, ProvenRequest},
    id_secret::IdSecret,
    id_token,
    jwk::{Jwk, JwkSet},
    opaque_token::OpaqueTokens,
    refresh_token::RefreshTokenKeys,
    signing_key::SigningKey,
    status_list_token,
};

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "jwt",
        seeds: &[
            "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJleHAiOjk5OTk5OTk5OTl9.AAAA",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9.e30.AAAA",
        ],
        run: jwt,
    },
    Target {
        name: "jwks",
        seeds: &[
            r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"1","use":"sig"}]}"#,
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"2"},{"kty":"oct","k":"AA"}]}"#,
            r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"RS256"}]}"#,
        ],
        run: jwks,
    },
    Target {
        name: "proofs",
        seeds: &[
            "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiZjgzT0ozRDJ4RjFCZzh2dWI5dExlMWdITXpWNzZlOFR1czl1UEh2UlZFVSIsInkiOiJ4X0ZFelJ1OW0zNkhMTl90dWU2NTlMTnBYVzZwQ3lTdGlrWWpLSVdJNWEwIn19.eyJqdGkiOiJ4IiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vaWQuZXhhbXBsZS8iLCJpYXQiOjE4MDAwMDAwMDB9.AAAA",
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhcHAiLCJzdWIiOiJhcHAiLCJhdWQiOiJodHRwczovL2lkLmV4YW1wbGUiLCJqdGkiOiJ4IiwiZXhwIjoxODAwMDAwMDYwfQ.AAAA",
        ],
        run: proofs,
    },
    Target { name: "opaque_token", seeds: &["chabi_at_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], run: opaque_token },
    Target { name: "refresh_token", seeds: &["chabi_rt_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], run: refresh_token },
    Target {
        name: "id_and_secret",
        seeds: &["chabi_ac_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        run: id_and_secret,
    },
];

/// A ring with a key that no input can have been signed with: it is made anew in every process.
static KEYS: LazyLock<JwkSet> = LazyLock::new(|| {
    let made = [Algorithm::ES256, Algorithm::EdDSA].into_iter().filter_map(|algorithm| SigningKey::generate(algorithm).ok());
    JwkSet::new(made.map(|key| key.public_jwk().clone()).collect())
});

fn jwt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let now = Timestamp::from_seconds(1_800_000_000);
    let profile = AccessTokenProfile::of_issuer("https://id.example").accepting_jwt_type();
    assert!(verify_access_token(&text, &KEYS, &profile, now).is_err(), "nobody else can sign with these keys");
    assert!(id_token::verify_hint(&text, &KEYS, "https://id.example").is_err());
    assert!(status_list_token::verify(&text, &KEYS, "https://id.example/oauth2/status/0", now).is_err());
}

fn proofs(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let now = Timestamp::from_seconds(1_800_000_000);
    let request = ProvenRequest { method: "POST", url: "https://id.example/", access_token: None };
    if let Ok(proof) = dpop::verify(&text, &request, now) {
        assert!(dpop::is_thumbprint(proof.thumbprint()) && proof.ends() > now, "{proof:?}");
    }
    let profile = AssertionProfile { client_id: "app", audience: "https://id.example", legacy_audiences: &[], algorithms: &Algorithm::ALL };
    assert!(client_assertion::verify(&text, &KEYS, &profile, now).is_err(), "nobody else can sign with these keys");
    let _ = client_assertion::claimed_client(&text);
}

fn opaque_token(bytes: &[u8]) {
    static TOKENS: LazyLock<OpaqueTokens> =
        LazyLock::new(|| OpaqueTokens::new("https://id.example", &MasterSecret::generate(&Env::system())));
    let profile = AccessTokenProfile::of_issuer("https://id.example");
    let now = Timestamp::from_seconds(1_800_000_000);
    assert!(TOKENS.open(&String::from_utf8_lossy(bytes), &profile, now).is_err(), "nobody else can seal one");
}

fn jwks(bytes: &[u8]) {
    if let Ok(Some(key)) = Jwk::parse(bytes) {
        assert!(!key.verify(Algorithm::ES256, b"message", b"signature"));
    }
    let Ok(set) = JwkSet::parse(bytes) else { return };
    let written = set.to_json();
    assert!(!written.contains("\"d\":") && !written.contains("\"k\":"), "what is written has no private member");
    let again = JwkSet::parse(written.as_bytes());
    assert_eq!(again.ok().map(|again| again.keys().len()), Some(set.keys().len()), "a set that was written reads again");
}

fn refresh_token(bytes: &[u8]) {
    static KEYS: LazyLock<RefreshTokenKeys> = LazyLock::new(|| RefreshTokenKeys::new(&MasterSecret::generate(&Env::system())));
    assert!(KEYS.parse(&String::from_utf8_lossy(bytes)).is_err(), "nobody else can make one");
}

fn id_and_secret(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = BrowserBinding::parse(&text, SiteTag::MAIN);
    if let Some(read) = IdSecret::parse("chabi_ac_", &text, SiteTag::MAIN) {
        assert_eq!(read.text("chabi_ac_").expose(), text, "one token has one text");
    }
}
