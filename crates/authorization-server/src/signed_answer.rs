//! Answers as JWTs: userinfo (OpenID Connect Core §5.3.2) and introspection (RFC 9701), each of a `typ` of its own.

use axum::response::Response;
use bytes::Bytes;
use chabi_spec::Fault;
use chabi_token::{Algorithm, jws};
use http::StatusCode;
use serde::Serialize;

use crate::{
    issue::{is_rsa, key_of},
    respond::json::with_body,
    server::Shared,
};

/// What kind of answer it is.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// RFC 8725 §3.11: nothing else has it, so that the answer passes for no other kind of token.
    pub typ: &'static str,
    pub media_type: &'static str,
}

/// OpenID Connect Core §5.3.2.
pub(crate) const USERINFO: Kind = Kind { typ: "userinfo+jwt", media_type: "application/jwt" };
/// RFC 9701 §5.
pub(crate) const INTROSPECTION: Kind = Kind { typ: "token-introspection+jwt", media_type: "application/token-introspection+jwt" };

/// Whom it is from and for, and what it says.
#[derive(Serialize)]
struct Signed<'a, T> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    #[serde(flatten)]
    body: T,
}

/// The answer for the application `audience`, signed with `alg`.
///
/// # Errors
/// A fault of signing; unavailable when too many wait for RSA.
pub(crate) async fn render<T: Serialize>(kind: Kind, alg: &str, audience: &str, body: T, shared: &Shared) -> Result<Response, Fault> {
    let algorithm = Algorithm::parse(alg).ok_or_else(|| Fault::internal("an application chose an unknown algorithm"))?;
    let now = shared.env.now();
    let ring = shared.keys.ring()?;
    let key = key_of(&ring, algorithm, now)?;
    let claims = Signed { iss: &shared.settings.issuer, aud: audience, iat: now.as_seconds(), body };
    let claims = serde_json::to_value(claims).map_err(|error| Fault::internal("writing an answer").because(error))?;
    let text = match is_rsa(&key) {
        true => shared.rsa.run(shared.rsa.reserve()?, move || jws::sign(kind.typ, &claims, &key)).await??,
        false => jws::sign(kind.typ, &claims, &key)?,
    };
    Ok(with_body(StatusCode::OK, kind.media_type, "no-store", Bytes::from(text)))
}
