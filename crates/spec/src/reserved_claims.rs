//! Claims that an operator adds to tokens, and the names that they may never have.

use serde_json::{Map, Value};

/// What our tokens say themselves, what decides about a token, and what is said about people: nobody else sets these. `id` is what some
/// frameworks take for the account.
const RESERVED: [&str; 61] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "azp",
    "client_id",
    "scope",
    "acr",
    "amr",
    "auth_time",
    "cnf",
    "sid",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "ath",
    "act",
    "may_act",
    "events",
    "id",
    "typ",
    "alg",
    "kid",
    "status",
    "status_list",
    "sub_id",
    "sub_jwk",
    "_claim_names",
    "_claim_sources",
    "active",
    "username",
    "token_introspection",
    "denied_jti",
    "ttl",
    "htm",
    "htu",
    "toe",
    "txn",
    "authorization_details",
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
];
/// Not in the table, since it is a number that changes: when the person's claims last did.
const UPDATED_AT: &str = "updated_at";
/// All of them together, as JSON: a token travels in a header.
const LONGEST: usize = 2_048;
const LONGEST_NAME: usize = 64;

/// Why claims cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAddable {
    /// A name that is ours.
    #[error("`{0}` is reserved: no setting can set it")]
    Reserved(String),
    /// Not a name.
    #[error("`{0}` is no name of a claim: 1 to 64 letters of visible ASCII, without quotes and backslashes")]
    Name(String),
    /// `null`.
    #[error("`{0}` is null: leave it out instead")]
    Null(String),
    /// More than a token should carry.
    #[error("the extra claims are longer than 2 KiB")]
    TooLong,
}

/// True for a name that no setting can set.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name == UPDATED_AT
}

/// Checks claims that an operator wants in tokens.
///
/// # Errors
/// The first rule that they break.
pub fn check(claims: &Map<String, Value>) -> Result<(), NotAddable> {
    for (name, value) in claims {
        // RFC 7519 §4: a name stands for one thing; RFC 9068 §2.2 and OpenID Connect Core §2 say what these stand for
        if is_reserved(name) {
            return Err(NotAddable::Reserved(name.clone()));
        }
        if name.is_empty()
            || name.len() > LONGEST_NAME
            || !name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
        {
            return Err(NotAddable::Name(name.chars().take(LONGEST_NAME).collect()));
        }
        if value.is_null() {
            return Err(NotAddable::Null(name.clone()));
        }
    }
    let length = serde_json::to_string(claims).map_or(usize::MAX, |json| json.len());
    if length > LONGEST { Err(NotAddable::TooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(claims: Value) -> Result<(), NotAddable> {
        check(claims.as_object().unwrap())
    }

    // req: at.reserved
    #[test]
    fn no_setting_can_set_what_tokens_say_themselves() {
        let listed = "iss sub aud exp iat nbf jti azp client_id scope acr amr auth_time cnf sid nonce at_hash act events id";
        for name in listed.split(' ').chain(["email", "email_verified", "updated_at", "status", "may_act", "active"]) {
            assert_eq!(checked(json!({ name: "x" })), Err(NotAddable::Reserved(name.into())));
        }
        // a claim's name is compared byte for byte (RFC 7519 §4)
        assert_eq!(checked(json!({"token_type": "access", "plan": {"sub": 1}, "https://example.org/tenant": ["a"], "ISS": 1})), Ok(()));
    }

    #[test]
    fn names_are_names_and_what_is_added_is_short() {
        assert!(matches!(checked(json!({"": 1})), Err(NotAddable::Name(_))));
        assert!(matches!(checked(json!({"a b": 1})), Err(NotAddable::Name(_))));
        assert!(matches!(checked(json!({"নাম": 1})), Err(NotAddable::Name(_))));
        assert_eq!(checked(json!({"x".repeat(64): 1})), Ok(()));
        assert!(matches!(checked(json!({"x".repeat(65): 1})), Err(NotAddable::Name(_))));
        assert!(matches!(checked(json!({"a": null})), Err(NotAddable::Null(_))));
        assert_eq!(checked(json!({"a": "x".repeat(2_048)})), Err(NotAddable::TooLong));
    }
}
