//! Why a request does not pass, and how it is told.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use chabi_spec::{Challenge, Scope, bearer::Scheme};
use chabi_token::{dpop::DpopError, jws::TokenError};
use http::{HeaderValue, StatusCode, header};

use crate::{SignInDemand, dpop::NONCE};

/// Why. For the log; the answer tells less.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No bearer token came.
    #[error("no bearer token came")]
    TokenMissing,
    /// The query has an `access_token`.
    #[error("a token in the query is not accepted")]
    TokenInQuery,
    /// More than one `Authorization` header.
    #[error("more than one Authorization header")]
    SeveralHeaders,
    /// `Bearer`, and then not one token.
    #[error("the Authorization header is malformed")]
    MalformedHeader,
    /// The token breaks a rule.
    #[error("{0}")]
    Token(TokenError),
    /// The token was taken back.
    #[error("the token was revoked")]
    Revoked,
    /// The token is good, but lacks one of these words.
    #[error("the token's scope lacks one of: {0}")]
    Scope(Scope),
    /// The token is good, but its person signed in too weakly or too long ago.
    #[error("the sign-in behind the token is too weak or too old")]
    SignIn(SignInDemand),
    /// The token is bound to a key, and came without a proof that its sender holds it (RFC 9449 §7.2).
    #[error("the token is bound to a key, and came without a proof")]
    ProofMissing,
    /// More than one proof, or one that is no text.
    #[error("send one DPoP proof")]
    SeveralProofs,
    /// The proof breaks a rule.
    #[error("{0}")]
    Proof(DpopError),
    /// The proof is by another key than the token's.
    #[error("the proof is by another key than the token's")]
    ProofOfAnotherKey,
    /// The proof was seen before.
    #[error("the proof was seen before")]
    ProofReplayed,
    /// The proof must hold this nonce (RFC 9449 §9).
    #[error("the proof must hold a nonce")]
    NonceNeeded(Arc<str>),
    /// The token is bound to no key, and came by the scheme for those that are, or to an API that takes no others.
    #[error("the token is not bound to a key")]
    NotBound,
    /// It is not known whether the proof was seen before.
    #[error("it is not known whether the proof was seen before")]
    ProofsUnavailable,
    /// No keys are known, and none can be had.
    #[error("the issuer's keys are unknown and cannot be fetched now")]
    KeysUnavailable,
    /// What was revoked is not known, or only from too long ago.
    #[error("it is not known whether the token was revoked")]
    RevocationsUnavailable,
    /// The route has no policy, or its handler asks for a token behind no layer: a defect of the API.
    #[error("the route has no policy")]
    NoPolicy,
}

/// A refusal, ready to be answered: status, challenge, a small JSON body, no detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    reason: Reason,
    resource_metadata: Option<Arc<str>>,
}

impl Rejection {
    /// A refusal; `resource_metadata` is the URL of RFC 9728 §5.1, told in the challenge.
    #[must_use]
    pub fn new(reason: Reason, resource_metadata: Option<Arc<str>>) -> Self {
        Self { reason, resource_metadata }
    }

    /// Why, for a log.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// What the client is told; `None` where the fault is not the client's.
    fn challenge(&self) -> Option<Challenge> {
        let challenge = match &self.reason {
            // RFC 6750 §3.1: whoever sent no token is told that one is needed, and nothing else
            Reason::TokenMissing => Challenge::token_missing(),
            Reason::TokenInQuery => Challenge::invalid_request("send the access token in the Authorization header"),
            // RFC 6750 §3.1: malformed, expired, revoked and forged look alike
            Reason::SeveralHeaders | Reason::MalformedHeader | Reason::Token(_) | Reason::Revoked => Challenge::invalid_token(),
            Reason::Scope(needed) => Challenge::insufficient_scope(needed.clone()),
            Reason::SignIn(demand) => Challenge::insufficient_user_authentication(demand.acr_values.clone(), demand.max_age),
            // RFC 9449 §7.2: who tried `Bearer` is told the other scheme too
            Reason::ProofMissing => Challenge { scheme: Scheme::BearerThenDpop, ..Challenge::invalid_token() },
            Reason::NotBound | Reason::ProofOfAnotherKey => Challenge { scheme: Scheme::Dpop, ..Challenge::invalid_token() },
            Reason::SeveralProofs | Reason::Proof(_) | Reason::ProofReplayed => Challenge::invalid_proof(),
            Reason::NonceNeeded(_) => Challenge::nonce_needed(),
            Reason::KeysUnavailable | Reason::RevocationsUnavailable | Reason::ProofsUnavailable | Reason::NoPolicy => return None,
        };
        Some(Challenge { resource_metadata: self.resource_metadata.as_deref().map(str::to_owned), ..challenge })
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        tracing::debug!(reason = %self.reason, "a request was refused");
        let mut answer = match (self.challenge(), &self.reason) {
            (Some(challenge), _) => challenged(&challenge),
            // Without keys nothing can be proven: nobody passes, and the client may try again.
            (None, Reason::KeysUnavailable | Reason::RevocationsUnavailable | Reason::ProofsUnavailable) => {
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response()
            }
            (None, _) => StatusCode::FORBIDDEN.into_response(),
        };
        if let Reason::NonceNeeded(nonce) = &self.reason
            && let Ok(nonce) = HeaderValue::from_str(nonce)
        {
            answer.headers_mut().insert(NONCE, nonce);
        }
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

fn challenged(challenge: &Challenge) -> Response {
    let status = challenge.http_status();
    let mut answer = match challenge.error {
        Some(error) => {
            let body = serde_json::json!({ "error": error.as_str(), "error_description": challenge.description });
            (status, axum::Json(body)).into_response()
        }
        None => status.into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&challenge.to_header()) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    answer
}
