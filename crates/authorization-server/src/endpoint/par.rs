//! `/oauth2/par`: an application pushes its request before it sends the browser (RFC 9126).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{ErrorCode, Failure, Refusal, authorization_request::REPEATABLE, form::Form};
use chabi_store::{
    application_settings::RegisteredBy,
    pushed_request::{PushedRequest, PushedRequestId},
    throttle::Attempt,
};
use chabi_token::{IdSecret, Seconds};
use http::StatusCode;

use crate::{
    authorize::{
        check,
        pushed::{self, URN},
    },
    client_auth::{self, AuthenticatedClient},
    dpop,
    incoming::Incoming,
    respond::json,
    server::Shared,
    trail::{Answer, Trail},
};

/// RFC 9126 §2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/par", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let mut answer = match push(&incoming, &shared, &mut trail).await {
        // RFC 9126 §2.2
        Ok(body) => Answer::fine(json::render(StatusCode::CREATED, body)),
        Err(failure) => json::answer(Err(failure), incoming.authorization().is_some()),
    };
    dpop::offer_nonce(&mut answer.response, &incoming, &shared);
    trail.close(answer)
}

/// RFC 9126 §2.1: who asks is proven first, then the request meets every rule that it would meet at the authorization endpoint.
async fn push(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<String, Failure> {
    let form = trail.met("form::parse", incoming.body_form(&REPEATABLE))?;
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    let client = dpop::prove_key(client, "/oauth2/par", incoming, shared, trail).await?;
    trail.met("par::check_not_nested", check_not_nested(&form))?;
    let few = check_not_too_many(&client, incoming, shared).await;
    trail.met("par::check_not_too_many", few)?;
    // RFC 9126 §2.1: the request is of the application that proved who it is; another `client_id` beside that proof proves nobody
    let parameters = pushed::to_store(&form, &client.registered().client_id);
    trail.met("par::check_length", check_length(&parameters))?;
    let form = Form::parse(parameters.as_bytes(), &REPEATABLE)?;
    let trusted = check::trust(&form, shared, trail).await?;
    let ready = check::check(&form, &trusted.client, shared, trail).await?;
    // RFC 9449 §10.1: a proof binds the code to its key, as the parameter does
    let dpop_jkt = trail.met("dpop::bound_key", dpop::bound_key(ready.dpop_jkt.as_deref(), client.key()))?;
    keep(parameters, dpop_jkt, &client, shared).await
}

/// Keeps the request and the hash of its secret; the answer, JSON.
async fn keep(parameters: String, dpop_jkt: Option<String>, client: &AuthenticatedClient, shared: &Shared) -> Result<String, Failure> {
    let (settings, env) = (&shared.settings, &shared.env);
    // RFC 9126 §7.1: 256 random bits that nobody guesses
    let text = IdSecret::new(shared.settings.site, env);
    let expires_at = env.now() + settings.pushed_request_lifetime;
    let request = PushedRequest {
        id: PushedRequestId(text.id),
        secret_hash: text.secret_hash(),
        client_id: client.registered().client_id.clone(),
        parameters,
        dpop_jkt,
        expires_at,
        // what begins at the last moment may wait as long as any other request
        kept_until: expires_at + settings.transaction_lifetime,
    };
    shared.store.insert_pushed_request(request).await?;
    let request_uri = format!("{URN}{}", text.text("").expose());
    Ok(serde_json::json!({ "request_uri": request_uri, "expires_in": settings.pushed_request_lifetime.0 }).to_string())
}

/// RFC 9126 §2.1: what is pushed is the request itself, and never a reference to another.
fn check_not_nested(form: &Form) -> Result<(), Refusal> {
    match form.get("request_uri") {
        None => Ok(()),
        Some(_) => Err(refusal("request_uri_nested", "request_uri has no place in a pushed request", "RFC 9126 §2.1")),
    }
}

/// As long as an authorization request with all that belongs in it, in form encoding; bytes.
const LONGEST: usize = 32 * 1024;

/// RFC 9126 §2.3: what is too large is refused, since it is kept.
fn check_length(parameters: &str) -> Result<(), Refusal> {
    match parameters.len() <= LONGEST {
        true => Ok(()),
        false => Err(refusal("pushed_request_too_large", "the request is too large", "RFC 9126 §2.3")),
    }
}

/// So many requests may strangers of one network push …
const MOST_PUSHED: i64 = 1_000;
/// … in so long.
const WINDOW: Seconds = Seconds::minutes(15);

/// Whoever has no secret, or made it themselves, may push too, and each request is a row: without a bound they would fill the disk.
async fn check_not_too_many(client: &AuthenticatedClient, incoming: &Incoming, shared: &Shared) -> Result<(), Failure> {
    let known = client.is_confidential() && client.registered().settings.registered_by == RegisteredBy::Operator;
    let Some(network) = incoming.network().filter(|_| !known) else { return Ok(()) };
    match shared.store.count_attempt(&format!("par/from/{network}"), MOST_PUSHED, WINDOW, shared.env.now()).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Blocked { .. } => Err(Refusal::new(
            ErrorCode::TemporarilyUnavailable,
            "too_many_pushed",
            "too many requests were pushed from this network: try again in some minutes",
            "RFC 9126 §2.3",
        )
        .into()),
    }
}

fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: par.nest
    #[test]
    fn a_request_uri_inside_is_refused() {
        let form = |text: &str| Form::parse(text.as_bytes(), &[]).unwrap();
        assert!(check_not_nested(&form("scope=openid")).is_ok());
        assert_eq!(check_not_nested(&form("request_uri=urn:x")).unwrap_err().code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn what_would_fill_the_disk_is_refused() {
        assert!(check_length(&"x".repeat(LONGEST)).is_ok());
        assert!(check_length(&"x".repeat(LONGEST + 1)).is_err());
    }
}
