//! `/oauth2/userinfo`: who the bearer's token is about (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{Challenge, ErrorCode, Failure, Fault, Refusal, Scope, bearer::Authorization};
use chabi_token::id_token::StandardClaims;
use http::StatusCode;
use serde::Serialize;

use crate::{
    claims,
    gate::PersonClaims,
    incoming::Incoming,
    live_token::{self, LiveToken},
    respond::{challenge, json},
    server::Shared,
    trail::{Answer, Trail},
};

/// The answer: `sub`, and the claims of the token's scope.
#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    claims: StandardClaims,
}

/// One address, as Grafana asks for them.
#[derive(Serialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// GET and POST alike; the token comes in the header and nowhere else.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/userinfo", &incoming);
    let found = find_person(&incoming, &shared, &mut trail).await;
    let body = found.and_then(|(person, scope)| {
        let claims = claims::for_scope(&person, &scope);
        write(&UserInfo { claims, sub: person.subject })
    });
    trail.close(answer(body))
}

/// `/oauth2/userinfo/emails`: where Grafana looks when userinfo has no address; anything but a list makes its login fail.
pub(crate) async fn emails(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/userinfo/emails", &incoming);
    let found = find_person(&incoming, &shared, &mut trail).await;
    let body = found.and_then(|(person, scope)| {
        let claims = claims::for_scope(&person, &scope);
        let verified = claims.email_verified.unwrap_or_default();
        write(&claims.email.map(|email| Address { email, primary: true, verified }).into_iter().collect::<Vec<_>>())
    });
    trail.close(answer(body))
}

fn answer(body: Result<String, Failure>) -> Answer {
    match body {
        Ok(body) => Answer::fine(json::render(StatusCode::OK, body)),
        Err(Failure::Fault(fault)) => Answer::fine(json::faulty(&fault)),
        Err(Failure::Refusal(refusal)) => challenge::refused(&challenge_for(&refusal), refusal),
    }
}

/// The token's person, and what it may be told of them.
async fn find_person(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<(PersonClaims, Scope), Failure> {
    let text = trail.met("userinfo::bearer_token", bearer_token(incoming))?;
    let found = live_token::find(text, shared).await?;
    let token = trail.met("userinfo::check_live", found.ok_or_else(not_good))?;
    trail.concerns(token.token.client_id());
    trail.met("userinfo::check_openid", check_openid(token.token.scope()))?;
    let person = match &token {
        LiveToken { family: Some(family), .. } => shared.gate.claims(family.account).await?,
        // an application's own token is about nobody
        LiveToken { family: None, .. } => None,
    };
    let person = person.filter(|person| shared.subjects.of(&person.subject, &token.application) == token.token.subject());
    let person = trail.met("userinfo::check_person", person.ok_or_else(not_good))?;
    // the person as this application knows them
    let person = PersonClaims { subject: token.token.subject().to_owned(), ..person };
    Ok((person, token.token.scope().clone()))
}

fn write<T: Serialize>(body: &T) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(|error| Fault::internal("writing userinfo").because(error).into())
}

/// RFC 6750 §2.1: the header alone; tokens in bodies and URLs end up in logs.
fn bearer_token(incoming: &Incoming) -> Result<&str, Refusal> {
    match incoming.authorization().map(Authorization::parse) {
        Some(Authorization::Bearer(token)) => Ok(token),
        Some(Authorization::MalformedBearer) => Err(not_good()),
        Some(Authorization::Other) | None => {
            Err(Refusal::new(ErrorCode::InvalidToken, TOKEN_MISSING, "send the access token in the Authorization header", "RFC 6750 §3.1"))
        }
    }
}

const TOKEN_MISSING: &str = "access_token_missing";

/// OpenID Connect Core §5.3: every access token with scope `openid`, for whichever API.
fn check_openid(scope: &Scope) -> Result<(), Refusal> {
    match scope.contains("openid") {
        true => Ok(()),
        false => {
            Err(Refusal::new(ErrorCode::InsufficientScope, "openid_not_granted", "userinfo needs scope openid", "OpenID Connect Core §5.3")
                .explain(scope.to_string(), "openid"))
        }
    }
}

fn not_good() -> Refusal {
    Refusal::new(ErrorCode::InvalidToken, "access_token_not_good", "the access token is malformed, expired or revoked", "RFC 6750 §3.1")
}

fn challenge_for(refusal: &Refusal) -> Challenge {
    match refusal.code {
        ErrorCode::InsufficientScope => Challenge::insufficient_scope(Scope::of(["openid"])),
        // RFC 6750 §3.1: who sent no token is told nothing but the scheme
        _ if refusal.cause.rule == TOKEN_MISSING => Challenge::token_missing(),
        _ => Challenge::invalid_token(),
    }
}
