//! `/oauth2/userinfo`: who the bearer's token is about (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{Challenge, ErrorCode, Failure, Fault, Refusal, Scope, bearer::Authorization};
use chabi_token::id_token::StandardClaims;
use http::StatusCode;
use serde::Serialize;

use crate::{
    claims,
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

/// GET and POST alike; the token comes in the header and nowhere else.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/userinfo", &incoming);
    let answer = match tell(&incoming, &shared, &mut trail).await {
        Ok(body) => Answer::fine(json::render(StatusCode::OK, body)),
        Err(Failure::Fault(fault)) => Answer::fine(json::faulty(&fault)),
        Err(Failure::Refusal(refusal)) => challenge::refused(&challenge_for(&refusal), refusal),
    };
    trail.close(answer)
}

async fn tell(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<String, Failure> {
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
    let person = person.filter(|person| person.subject == token.token.subject());
    let person = trail.met("userinfo::check_person", person.ok_or_else(not_good))?;
    let info = UserInfo { claims: claims::for_scope(&person, token.token.scope()), sub: person.subject };
    serde_json::to_string(&info).map_err(|error| Fault::internal("writing userinfo").because(error).into())
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
