//! The `claims` parameter (OpenID Connect Core §5.5): not offered, so that wishes are ignored; a demand that we cannot meet is refused.

use serde_json::{Map, Value};

use crate::{ErrorCode, Refusal};

/// The longest one that is looked at, in bytes.
const LONGEST: usize = 4_096;

/// Passes everything that may be ignored.
///
/// # Errors
/// `invalid_request` for text that is not such an object, and for an essential `acr`.
pub fn check(text: &str) -> Result<(), Refusal> {
    let malformed =
        || Refusal::new(ErrorCode::InvalidRequest, "claims_malformed", "claims is not a JSON object", "OpenID Connect Core §5.5");
    if text.len() > LONGEST {
        return Err(malformed());
    }
    let claims: Map<String, Value> = serde_json::from_str(text).map_err(|_| malformed())?;
    let acr = match claims.get("id_token") {
        None | Some(Value::Null) => None,
        Some(Value::Object(members)) => members.get("acr"),
        Some(_) => return Err(malformed()),
    };
    // OpenID Connect Core §5.5.1.1: an essential acr that cannot be met is an error, never a lower level in silence
    if acr.and_then(|acr| acr.get("essential")) == Some(&Value::Bool(true)) {
        let hint = "an essential acr cannot be met here";
        return Err(Refusal::new(ErrorCode::InvalidRequest, "acr_essential", hint, "OpenID Connect Core §5.5.1.1"));
    }
    Ok(())
}
