//! The fake Microsoft's ID tokens: of the person's own tenant, whichever page they came by.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{Granted, Microsoft};

/// The vendor dates its tokens back, so that clocks that are a little behind take them.
const DATED_BACK: i64 = 300;
const LIFETIME: i64 = 3_900;

/// The signed ID token; spoilt where the persona says so.
pub(super) async fn issue(microsoft: &Microsoft, granted: &Granted) -> Result<String, String> {
    let inner = &microsoft.0;
    let mut claims = claims(microsoft, granted);
    let at = inner.switches.now(&inner.env) - DATED_BACK;
    claims.insert("iat".to_owned(), json!(at));
    claims.insert("nbf".to_owned(), json!(at));
    claims.insert("exp".to_owned(), json!(at + LIFETIME));
    match granted.persona {
        "wrong-tenant" => claims.insert("tid".to_owned(), json!("bbbbcccc-1111-dddd-2222-eeee3333ffff")),
        "foreign-issuer" => {
            claims.insert("iss".to_owned(), json!(format!("https://login.evil.example.test/{}/v2.0", granted.person.tenant)))
        }
        _ => None,
    };
    inner.keys.current(&inner.switches).await?.sign(claims, granted.persona == "wrong-signature")
}

fn claims(microsoft: &Microsoft, granted: &Granted) -> Map<String, Value> {
    let Granted { person, scope, nonce, .. } = granted;
    let asked = |wanted: &str| scope.split(' ').any(|word| word == wanted);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("ver", json!("2.0"));
    put("iss", json!(format!("{}/{}/v2.0", microsoft.0.place, person.tenant)));
    put("aud", json!(microsoft.0.app.client_id));
    put("sub", json!(subject(microsoft, granted)));
    put("tid", json!(person.tenant));
    put("rh", json!("1.AAAAChabi."));
    if asked("profile") {
        put("oid", json!(person.oid));
        put("name", json!(person.name()));
        put("preferred_username", json!(person.username));
    }
    if let Some(mail) = person.mail.as_ref().filter(|_| asked("email")) {
        // no email_verified: the vendor does not say
        put("email", json!(mail));
    }
    if let Some(verified) = &person.domain_owner_verified {
        put("xms_edov", verified.clone());
    }
    if let Some(nonce) = nonce {
        let nonce = if granted.persona == "wrong-nonce" { "a-nonce-that-nobody-sent" } else { nonce };
        put("nonce", json!(nonce));
    }
    claims
}

/// Pairwise: another text for each application.
pub(super) fn subject(microsoft: &Microsoft, granted: &Granted) -> String {
    let text = format!("{} {} {}", granted.person.tenant, granted.person.oid, microsoft.0.app.client_id);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
