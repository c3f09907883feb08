//! Bearer tokens in the `Authorization` header, and the challenge that refuses them (RFC 6750 §2.1 and §3, RFC 9728 §5.1).

use std::fmt::Write as _;

use crate::{ErrorCode, Scope};

/// A `WWW-Authenticate` header of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `None` when no token came at all: then nothing else is told (RFC 6750 §3.1).
    pub error: Option<ErrorCode>,
    /// For the integrator: a constant.
    pub description: Option<&'static str>,
    /// What would be enough.
    pub scope: Option<Scope>,
    /// How one would have to sign in, the best first (RFC 9470 §3); empty: in any way.
    pub acr_values: Vec<String>,
    /// How long ago at most, in seconds (RFC 9470 §3).
    pub max_age: Option<i64>,
    /// URL of the protected resource's metadata (RFC 9728 §5.1).
    pub resource_metadata: Option<String>,
    /// By which scheme the token must come.
    pub scheme: Scheme,
}

/// The scheme that a challenge asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer`.
    #[default]
    Bearer,
    /// `DPoP` (RFC 9449 §7.1).
    Dpop,
    /// `Bearer` was tried with a token that is bound to a key: `DPoP` is named too (RFC 9449 §7.2).
    BearerThenDpop,
}

/// The algorithms of DPoP proofs that are taken, wherever we take one.
pub const DPOP_ALGORITHMS: [&str; 4] = ["ES256", "RS256", "EdDSA", "PS256"];

impl Challenge {
    /// No token came.
    #[must_use]
    pub fn token_missing() -> Self {
        Self::default()
    }

    /// A token came that is not good. Why is not told: that would help whoever forges tokens.
    #[must_use]
    pub fn invalid_token() -> Self {
        let description = Some("the access token is malformed, expired, revoked, or not for this API");
        Self { error: Some(ErrorCode::InvalidToken), description, ..Self::default() }
    }

    /// A good token that allows too little.
    #[must_use]
    pub fn insufficient_scope(needed: Scope) -> Self {
        let description = Some("the access token lacks a scope");
        Self { error: Some(ErrorCode::InsufficientScope), description, scope: Some(needed), ..Self::default() }
    }

    /// A good token of a sign-in that is too weak or too long ago (RFC 9470 §3).
    #[must_use]
    pub fn insufficient_user_authentication(acr_values: Vec<String>, max_age: Option<i64>) -> Self {
        let description = Some("the person must sign in again, or in a stronger way");
        Self { error: Some(ErrorCode::InsufficientUserAuthentication), description, acr_values, max_age, ..Self::default() }
    }

    /// The proof that came with a token is not good (RFC 9449 §7.1).
    #[must_use]
    pub fn invalid_proof() -> Self {
        let description = Some("the DPoP proof is malformed, used before, or for another request or token");
        Self { error: Some(ErrorCode::InvalidDpopProof), description, scheme: Scheme::Dpop, ..Self::default() }
    }

    /// The proof must hold the nonce that the header `DPoP-Nonce` of this answer says (RFC 9449 §9).
    #[must_use]
    pub fn nonce_needed() -> Self {
        let description = Some("the DPoP proof must hold the nonce that comes with this answer");
        Self { error: Some(ErrorCode::UseDpopNonce), description, scheme: Scheme::Dpop, ..Self::default() }
    }

    /// The request itself is wrong, such as two tokens at once.
    #[must_use]
    pub fn invalid_request(description: &'static str) -> Self {
        Self { error: Some(ErrorCode::InvalidRequest), description: Some(description), ..Self::default() }
    }

    /// 401, 403 or 400 (RFC 6750 §3.1).
    #[must_use]
    pub fn http_status(&self) -> http::StatusCode {
        match self.error {
            // RFC 9449 §7.1, §9: 400 at the token endpoint, and 401 here
            None | Some(ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce) => http::StatusCode::UNAUTHORIZED,
            Some(error) => error.http_status(),
        }
    }

    /// The header's value, in visible ASCII without quotes inside quotes.
    #[must_use]
    pub fn to_header(&self) -> String {
        let mut header = String::from(if self.scheme == Scheme::Dpop { "DPoP" } else { "Bearer" });
        let scope = self.scope.as_ref().map(Scope::to_string).filter(|scope| !scope.is_empty());
        let parameters = [
            ("error", self.error.map(|error| error.as_str().to_owned())),
            ("error_description", self.description.map(str::to_owned)),
            ("scope", scope),
            ("acr_values", Some(self.acr_values.join(" ")).filter(|values| !values.is_empty())),
            ("max_age", self.max_age.map(|age| age.to_string())),
            ("resource_metadata", self.resource_metadata.clone()),
            // RFC 9449 §7.1: what a proof may be signed with
            ("algs", (self.scheme == Scheme::Dpop).then(|| DPOP_ALGORITHMS.join(" "))),
        ];
        let mut separator = ' ';
        for (name, value) in parameters {
            let Some(value) = value else { continue };
            // RFC 9110 §5.6.4: nothing that could end the quotes, or the header
            let value: String = value.chars().filter(|&c| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\')).collect();
            let _infallible = write!(header, "{separator}{name}=\"{value}\"");
            separator = ',';
        }
        if self.scheme == Scheme::BearerThenDpop {
            let _infallible = write!(header, ", DPoP algs=\"{}\"", DPOP_ALGORITHMS.join(" "));
        }
        header
    }
}

/// What an `Authorization` header carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Authorization<'a> {
    /// A bearer token of the right form. It is not verified.
    Bearer(&'a str),
    /// A token that is bound to a key, of the right form (RFC 9449 §7.1); the proof comes in a header of its own.
    Dpop(&'a str),
    /// The scheme is `Bearer` or `DPoP`, but what follows is not one token.
    MalformedBearer,
    /// Another scheme.
    Other,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value. The scheme's case does not matter.
    #[must_use]
    pub fn parse(header: &'a str) -> Self {
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        let is_dpop = scheme.eq_ignore_ascii_case("DPoP");
        if !is_dpop && !scheme.eq_ignore_ascii_case("Bearer") {
            return Self::Other;
        }
        // RFC 6750 §2.1: one b64token after one or more spaces
        let token = rest.trim_matches(' ');
        match is_b64token(token) {
            true if is_dpop => Self::Dpop(token),
            true => Self::Bearer(token),
            false => Self::MalformedBearer,
        }
    }
}

/// The kind alone: the token is secret.
impl std::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::Dpop(_) => "Dpop(…)",
            Self::MalformedBearer => "MalformedBearer",
            Self::Other => "Other",
        })
    }
}

fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}
