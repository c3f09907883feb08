//! The token exchange's request (RFC 8693 §2.1).

use crate::{ErrorCode, Refusal, Scope, SecretText, form::Form, resource};

/// `urn:ietf:params:oauth:token-type:access_token` (RFC 8693 §3): what is taken and given.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 §3): taken for an access token that is one.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// The most audiences of one request.
const MOST: usize = 10;

/// RFC 8693 §2.1, RFC 8707 §2.2.
#[derive(Debug)]
pub struct TokenExchangeRequest {
    /// An access token: on whose behalf.
    pub subject_token: SecretText,
    /// An access token: who acts.
    pub actor_token: Option<SecretText>,
    /// `resource` and `audience` together, in order, each once; empty: those of the subject token.
    pub targets: Vec<String>,
    /// `None`: what the subject token has.
    pub scope: Option<Scope>,
}

impl TokenExchangeRequest {
    /// `grant_type`.
    pub const GRANT_TYPE: &'static str = "urn:ietf:params:oauth:grant-type:token-exchange";

    pub(super) fn parse(form: &Form) -> Result<Self, Refusal> {
        let subject_token = token(form.require("subject_token")?);
        check_type(form.require("subject_token_type")?)?;
        // RFC 8693 §2.1: the actor's token and its type come together, or not at all
        let actor_token = match (form.get("actor_token"), form.get("actor_token_type")) {
            (None, None) => None,
            (Some(text), Some(kind)) => {
                check_type(kind)?;
                Some(token(text))
            }
            (Some(_), None) => return Err(invalid("actor_token_type_missing", "actor_token_type is missing")),
            (None, Some(_)) => return Err(invalid("actor_token_missing", "actor_token_type is there without actor_token")),
        };
        check_requested_type(form.get("requested_token_type"))?;
        Ok(Self { subject_token, actor_token, targets: targets(form)?, scope: super::scope(form)? })
    }
}

fn token(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// RFC 8693 §2.1: `resource` is the address of an API and `audience` its name; ours have one name, which is an address.
fn targets(form: &Form) -> Result<Vec<String>, Refusal> {
    let mut targets = resource::parse_all(form)?;
    for audience in form.all("audience") {
        resource::check(audience)?;
        if !targets.iter().any(|other| other == audience) {
            targets.push(audience.to_owned());
        }
    }
    match targets.len() > MOST {
        false => Ok(targets),
        true => {
            Err(Refusal::new(ErrorCode::InvalidTarget, "too_many_resources", "too many audiences are asked for at once", "RFC 8693 §2.1"))
        }
    }
}

/// RFC 8725 §3.11: ID tokens and refresh tokens are for something else, and are not taken in an access token's place.
fn check_type(kind: &str) -> Result<(), Refusal> {
    match kind {
        ACCESS_TOKEN | JWT => Ok(()),
        other => Err(invalid("token_type_unsupported", "only access tokens can be exchanged").explain(other, ACCESS_TOKEN)),
    }
}

/// RFC 8693 §2.1: only access tokens are given.
fn check_requested_type(kind: Option<&str>) -> Result<(), Refusal> {
    match kind {
        None | Some(ACCESS_TOKEN) => Ok(()),
        Some(other) => Err(invalid("requested_token_type_unsupported", "only access tokens are given").explain(other, ACCESS_TOKEN)),
    }
}

/// RFC 8693 §2.2.2: what is wrong with a token that was sent is `invalid_request`.
fn invalid(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, "RFC 8693 §2.1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: &str) -> Result<TokenExchangeRequest, Refusal> {
        let text = format!("subject_token=s&{more}");
        TokenExchangeRequest::parse(&Form::parse(text.as_bytes(), &super::super::REPEATABLE).unwrap())
    }

    const TYPE: &str = "subject_token_type=urn:ietf:params:oauth:token-type:access_token";

    #[test]
    fn resource_and_audience_are_one_list() {
        let read = parse(&format!("{TYPE}&audience=https://b/&resource=https://a/&audience=https://a/")).unwrap();
        assert_eq!(read.targets, ["https://a/", "https://b/"]);
        assert!(read.actor_token.is_none() && read.scope.is_none());
        assert_eq!(parse(&format!("{TYPE}&audience=not+a+uri")).unwrap_err().code, ErrorCode::InvalidTarget);
        let many: String = (0..11).map(|number| format!("&audience=https://{number}.example/")).collect();
        assert_eq!(parse(&format!("{TYPE}{many}")).unwrap_err().code, ErrorCode::InvalidTarget);
    }

    // req: at.cross
    // req: tx
    #[test]
    fn other_kinds_of_tokens_are_neither_taken_nor_given() {
        let of = |kind: &str| format!("urn:ietf:params:oauth:token-type:{kind}");
        for kind in ["id_token", "refresh_token", "saml1", "saml2", "unknown"] {
            let kind = of(kind);
            for query in [
                format!("subject_token_type={kind}"),
                format!("{TYPE}&actor_token=a&actor_token_type={kind}"),
                format!("{TYPE}&requested_token_type={kind}"),
            ] {
                assert_eq!(parse(&query).unwrap_err().code, ErrorCode::InvalidRequest, "{query}");
            }
        }
        assert!(parse(&format!("subject_token_type={}&requested_token_type={}", of("jwt"), of("access_token"))).is_ok());
        for query in [String::new(), format!("{TYPE}&actor_token=a"), format!("{TYPE}&actor_token_type={}", of("jwt"))] {
            assert_eq!(parse(&query).unwrap_err().code, ErrorCode::InvalidRequest, "{query}");
        }
    }
}
