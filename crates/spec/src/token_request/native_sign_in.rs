//! A mobile app's exchange of a provider's ID token for tokens of ours (RFC 8693 §2.1): a sign-in without a browser.

use crate::{ErrorCode, Refusal, Scope, SecretText, form::Form, resource};

/// `urn:ietf:params:oauth:token-type:id_token` (RFC 8693 §3).
pub const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The longest nonce, in bytes.
const LONGEST_NONCE: usize = 255;

/// RFC 8693 §2.1, with `nonce` and `subject_issuer`, which no standard has.
#[derive(Debug)]
pub struct NativeSignInRequest {
    /// The provider's ID token.
    pub subject_token: SecretText,
    /// The nonce that the app gave the provider.
    pub nonce: SecretText,
    /// The social application or its issuer; `None`: as the token's `iss` says.
    pub subject_issuer: Option<String>,
    /// Well-formed; empty: the application's default.
    pub resource: Vec<String>,
    /// `None`: all that the application may have.
    pub scope: Option<Scope>,
}

impl NativeSignInRequest {
    /// Whether a token exchange is one of these.
    pub(super) fn is_meant(form: &Form) -> bool {
        form.get("subject_token_type") == Some(ID_TOKEN)
    }

    pub(super) fn parse(form: &Form) -> Result<Self, Refusal> {
        let subject_token = SecretText::new(form.require("subject_token")?.to_owned());
        if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
            return Err(invalid("native_with_an_actor", "nobody acts for who signs in: actor_token has no place here"));
        }
        match form.get("requested_token_type") {
            None | Some(super::token_exchange::ACCESS_TOKEN) => {}
            Some(_) => return Err(invalid("requested_token_type_unsupported", "only access tokens are given")),
        }
        let nonce = form.require("nonce")?;
        if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
            return Err(invalid("native_nonce", "nonce must have 1 to 255 bytes"));
        }
        Ok(Self {
            subject_token,
            nonce: SecretText::new(nonce.to_owned()),
            subject_issuer: form.get("subject_issuer").map(str::to_owned),
            resource: resource::parse_all(form)?,
            scope: super::scope(form)?,
        })
    }
}

fn invalid(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, "RFC 8693 §2.1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenRequest;

    fn parse(more: &str) -> Result<TokenRequest, Refusal> {
        let text =
            format!("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=s&subject_token_type={ID_TOKEN}{more}");
        TokenRequest::parse(&Form::parse(text.as_bytes(), &super::super::REPEATABLE).unwrap())
    }

    #[test]
    fn an_id_token_comes_with_its_nonce_and_nobody_acts() {
        let Ok(TokenRequest::NativeSignIn(read)) = parse("&nonce=n&subject_issuer=google&resource=https://a/") else { panic!("it is one") };
        assert_eq!((read.subject_issuer.as_deref(), read.resource.as_slice()), (Some("google"), &["https://a/".to_owned()][..]));
        for wrong in ["", "&nonce=", "&nonce=n&actor_token=a", "&nonce=n&requested_token_type=urn:ietf:params:oauth:token-type:id_token"] {
            assert_eq!(parse(wrong).unwrap_err().code, ErrorCode::InvalidRequest, "{wrong}");
        }
        assert!(parse(&format!("&nonce={}", "n".repeat(256))).is_err());
    }
}
