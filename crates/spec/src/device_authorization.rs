//! A device asks for codes (RFC 8628 §3.1 and §3.2), and what the person's code looks like (§6.1).

use std::fmt;

use serde::Serialize;

use crate::{ErrorCode, Refusal, Scope, SecretText, form::Form, resource};

/// RFC 8628 §3.1, RFC 8707 §2.
#[derive(Debug)]
pub struct DeviceAuthorizationRequest {
    /// Empty: none was named.
    pub scope: Scope,
    /// Well-formed; empty: the application's default.
    pub resource: Vec<String>,
}

impl DeviceAuthorizationRequest {
    /// Reads the parameters; who sends them is read apart.
    ///
    /// # Errors
    /// `invalid_scope`, `invalid_target`.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        let scope = form.get("scope").map(Scope::parse).transpose()?.unwrap_or_default();
        Ok(Self { scope, resource: resource::parse_all(form)? })
    }
}

/// RFC 8628 §3.2.
#[derive(Debug)]
pub struct DeviceAuthorizationResponse {
    /// For the device alone.
    pub device_code: SecretText,
    /// For the person.
    pub user_code: UserCode,
    /// Where the person types it.
    pub verification_uri: String,
    /// Seconds.
    pub expires_in: i64,
    /// Seconds between two requests.
    pub interval: i64,
}

impl DeviceAuthorizationResponse {
    /// The body, JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let user_code = self.user_code.to_string();
        let wire = OnTheWire {
            device_code: self.device_code.expose(),
            // RFC 8628 §3.3.1: the same page, with the code filled in
            verification_uri_complete: &format!("{}?user_code={user_code}", self.verification_uri),
            user_code: &user_code,
            verification_uri: &self.verification_uri,
            expires_in: self.expires_in,
            interval: self.interval,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct OnTheWire<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: &'a str,
    expires_in: i64,
    interval: i64,
}

/// Eight letters that a person types: no vowels, so that they make no words (RFC 8628 §6.1). 20⁸ of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

/// RFC 8628 §6.1.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

impl UserCode {
    /// From 16 random bytes: two for each letter, so that none is noticeably more likely (by less than one in 3,000).
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let letter = |pair: &[u8]| {
            let number = pair.iter().fold(0_usize, |number, byte| number * 256 + usize::from(*byte));
            char::from(LETTERS.get(number % LETTERS.len()).copied().unwrap_or(b'B'))
        };
        Self(random.chunks(2).map(letter).collect())
    }

    /// Reads what a person typed. RFC 8628 §6.1: case, dashes, spaces and other marks are forgiven.
    ///
    /// # Errors
    /// `invalid_request` when it cannot be a code.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        // whatever is longer than a code with a mark behind each letter is not looked at
        let letters: String = typed.chars().take(4 * LENGTH).filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        match letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter)) {
            true => Ok(Self(letters)),
            false => Err(Refusal::new(ErrorCode::InvalidRequest, "user_code_malformed", "this cannot be a user code", "RFC 8628 §6.1")),
        }
    }

    /// Without dash: what the store keeps.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A code that the store keeps.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// `XXXX-XXXX`: two halves are read out and typed with fewer mistakes.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(LENGTH / 2) {
            Some((first, second)) => write!(f, "{first}-{second}"),
            None => f.write_str(&self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: dv.code
    #[test]
    fn a_code_has_eight_of_twenty_letters_and_is_shown_in_two_halves() {
        let code = UserCode::from_random([0, 0, 0, 1, 0, 19, 0, 20, 255, 255, 1, 0, 0, 2, 0, 3]);
        assert_eq!(code.to_string(), "BCZB-TVDF");
        assert_eq!(UserCode::parse(&code.to_string()), Ok(code));
    }

    #[test]
    fn case_dashes_spaces_and_other_marks_are_forgiven() {
        for typed in ["WDJBMJHT", "wdjb-mjht", " WDJB MJHT ", "w.d.j.b.m.j.h.t", "WDJB–MJHT", "wdjb_mjht\n"] {
            assert_eq!(UserCode::parse(typed).unwrap().as_str(), "WDJBMJHT", "{typed:?}");
        }
        let long = "W".repeat(1_000);
        for typed in ["", "WDJBMJH", "WDJBMJHTT", "WDJBMJHA", "WDJBMJH1", "ＷDJBMJHT", long.as_str()] {
            assert!(UserCode::parse(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn the_answer_holds_both_uris_and_the_times() {
        let answer = DeviceAuthorizationResponse {
            device_code: SecretText::new("chabi_dc_x".to_owned()),
            user_code: UserCode::from_stored("WDJBMJHT"),
            verification_uri: "https://id.example/device".to_owned(),
            expires_in: 600,
            interval: 5,
        };
        let expected = r#"{"device_code":"chabi_dc_x","user_code":"WDJB-MJHT","verification_uri":"https://id.example/device","verification_uri_complete":"https://id.example/device?user_code=WDJB-MJHT","expires_in":600,"interval":5}"#;
        assert_eq!(answer.to_json(), expected);
    }
}
