//! The fake Apple's ID tokens: they live a day, and know no name.

use serde_json::json;

use super::{Apple, Code};
use crate::signing::at_hash;

const LIFETIME: i64 = 86_400;

/// The signed ID token for what a code stands for; spoilt where the persona says so. Without a nonce: it answers a refresh.
pub(super) async fn issue(apple: &Apple, code: &Code, access_token: &str) -> Result<String, String> {
    let inner = &apple.0;
    let now = inner.switches.now(&inner.env);
    let mut claims = code.person.claims(&code.scope);
    claims.insert("iss".to_owned(), json!(inner.issuer));
    claims.insert("aud".to_owned(), json!(inner.app.client_id));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + LIFETIME));
    claims.insert("auth_time".to_owned(), json!(code.signed_in_at));
    claims.insert("at_hash".to_owned(), json!(at_hash(access_token)));
    claims.insert("nonce_supported".to_owned(), json!(true));
    if let Some(nonce) = &code.nonce {
        let nonce = if code.persona == "wrong-nonce" { "a-nonce-that-nobody-sent" } else { nonce };
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    inner.keys.current(&inner.switches).await?.sign(claims, code.persona == "wrong-signature")
}
