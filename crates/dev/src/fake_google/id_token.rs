//! The fake Google's ID tokens.

use serde_json::json;

use super::{Code, Google};
use crate::signing::at_hash;

/// The signed ID token for what a code stands for; spoilt where the persona says so.
pub(super) async fn issue(google: &Google, code: &Code, access_token: &str) -> Result<String, String> {
    let inner = &google.0;
    let now = inner.switches.now(&inner.env);
    let mut claims = code.person.claims(&code.scope);
    claims.insert("iss".to_owned(), json!(inner.issuer));
    claims.insert("azp".to_owned(), json!(inner.app.client_id));
    claims.insert("aud".to_owned(), json!(inner.app.client_id));
    claims.insert("at_hash".to_owned(), json!(at_hash(access_token)));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + 3_600));
    match (&code.nonce, code.persona) {
        (_, "wrong-nonce") => claims.insert("nonce".to_owned(), json!("a-nonce-that-nobody-sent")),
        (Some(nonce), _) => claims.insert("nonce".to_owned(), json!(nonce)),
        (None, _) => None,
    };
    inner.keys.current(&inner.switches).await?.sign(claims, code.persona == "wrong-signature")
}
