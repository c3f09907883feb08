//! What a provider gives for a code, for callers who keep it.

use chabi_token::{Seconds, SecretText, Timestamp};
use serde_json::Value;

use crate::{
    caller::{Object, text},
    identity::VerifiedIdentity,
};

/// A finished sign-in.
#[derive(Debug)]
pub struct Finished {
    /// Who it is.
    pub identity: VerifiedIdentity,
    /// What the provider gave; `None` at one that gives nothing (Steam, Telegram).
    pub tokens: Option<ProviderTokens>,
    /// The answer is bound to nothing of ours, and good for whoever has it until it is over (Telegram): the caller takes it once. `None`:
    /// a code or the `state` that it holds makes it good once.
    pub once: Option<TakenOnce>,
}

/// What tells an answer from all others, and when it is over by itself: both the same whenever it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOnce {
    /// A hash of it.
    pub hash: [u8; 32],
    /// From then on it is refused anyway.
    pub until: Timestamp,
}

/// Tokens for calls to the provider's own API. Secret: sealed where they are stored, never sent to a browser.
#[derive(Debug)]
pub struct ProviderTokens {
    /// For calls.
    pub access_token: SecretText,
    /// For a new one; where a provider has none but lets the access token itself be exchanged (Facebook), that one.
    pub refresh_token: Option<SecretText>,
    /// When the access token ends, if it says so.
    pub expires_at: Option<Timestamp>,
    /// What the person granted, if it differs from what was asked for or the provider says it anyway.
    pub scopes: Option<Vec<String>>,
}

/// A life that is longer is written by mistake.
const LONGEST: i64 = 20 * 366 * 86_400;

impl ProviderTokens {
    pub(crate) fn read(response: &Object, access_token: SecretText, now: Timestamp) -> Self {
        Self {
            access_token,
            refresh_token: text(response, "refresh_token").map(|token| SecretText::new(token.to_owned())),
            expires_at: lifetime(response).map(|seconds| now + seconds),
            scopes: scopes(response),
        }
    }
}

/// RFC 6749 §5.1: seconds, as a number; Naver and others write it as text.
fn lifetime(response: &Object) -> Option<Seconds> {
    let seconds = match response.get("expires_in")? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).map(Seconds)
}

/// RFC 6749 §3.3: a list with spaces; GitHub and Facebook write commas, Twitch an array.
fn scopes(response: &Object) -> Option<Vec<String>> {
    match response.get("scope")? {
        Value::String(text) => Some(text.split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(response: Value) -> ProviderTokens {
        let Value::Object(response) = response else { panic!("an object") };
        ProviderTokens::read(&response, SecretText::new("a".to_owned()), Timestamp::from_seconds(1000))
    }

    // RFC 6749 §5.1
    #[test]
    fn a_life_is_read_as_number_or_text_and_nonsense_is_no_life() {
        for (told, until) in [(json!(3600), Some(4600)), (json!("3600"), Some(4600)), (json!(" 60 "), Some(1060))] {
            assert_eq!(read(json!({ "expires_in": told })).expires_at, until.map(Timestamp::from_seconds), "{told}");
        }
        for told in [json!(0), json!(-5), json!("soon"), json!(1e300), json!(i64::MAX), json!(null), json!([])] {
            assert_eq!(read(json!({ "expires_in": told })).expires_at, None, "{told}");
        }
    }

    // RFC 6749 §3.3
    #[test]
    fn scopes_are_read_with_spaces_with_commas_and_as_an_array() {
        let read = |told: Value| read(json!({ "scope": told })).scopes;
        assert_eq!(read(json!("openid email")).unwrap(), ["openid", "email"]);
        assert_eq!(read(json!("repo,user:email")).unwrap(), ["repo", "user:email"]);
        assert_eq!(read(json!(["openid", "user:read:email"])).unwrap(), ["openid", "user:read:email"]);
        assert_eq!((read(json!("")), read(json!(null))), (Some(Vec::new()), None));
    }
}
