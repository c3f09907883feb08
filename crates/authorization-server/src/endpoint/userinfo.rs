//! `/oauth2/userinfo`: who the bearer's token is about (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{
    Challenge, ErrorCode, Failure, Fault, Refusal, Scope,
    bearer::{Authorization, Scheme},
    form::Form,
    protected_resource,
};
use chabi_store::application::{Profile, RegisteredClient};
use chabi_token::{dpop::ProvenRequest, id_token::StandardClaims};
use http::{Method, StatusCode};
use serde::Serialize;

use crate::{
    claims,
    dpop::{self, ProvenKey},
    gate::PersonClaims,
    incoming::Incoming,
    live_token::{self, LiveToken},
    respond::{challenge, json},
    server::Shared,
    signed_answer::{self, USERINFO},
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

/// GET and POST alike.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/userinfo", &incoming);
    let found = find_person(&incoming, &shared, &mut trail).await;
    let response = match found {
        Ok((person, token)) => tell(person, &token, &shared).await,
        Err(failure) => Err(failure),
    };
    trail.close(with_nonce(answer(response, &shared), &incoming, &shared))
}

/// OpenID Connect Core §5.3.2: JSON, or, for an application that chose an algorithm, a signed JWT with issuer and audience.
async fn tell(person: PersonClaims, token: &LiveToken, shared: &Shared) -> Result<Response, Failure> {
    let body = UserInfo { claims: given(&person, token), sub: person.subject };
    match token.application.settings.userinfo_signed_response_alg.as_str() {
        "" => write(&body),
        alg => Ok(signed_answer::render(USERINFO, alg, &token.application.client_id, body, shared).await?),
    }
}

/// `/oauth2/userinfo/emails`: where Grafana looks when userinfo has no address; anything but a list makes its login fail.
pub(crate) async fn emails(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/userinfo/emails", &incoming);
    let found = find_person(&incoming, &shared, &mut trail).await;
    let body = found.and_then(|(person, token)| {
        let claims = given(&person, &token);
        let verified = claims.email_verified.unwrap_or_default();
        write(&claims.email.map(|email| Address { email, primary: true, verified }).into_iter().collect::<Vec<_>>())
    });
    trail.close(with_nonce(answer(body, &shared), &incoming, &shared))
}

fn given(person: &PersonClaims, token: &LiveToken) -> StandardClaims {
    // OpenID Connect Core §5.5: what was asked for by name was allowed to the application that asked, and not to who exchanged its token
    let own = token.family.as_ref().filter(|family| family.client_id == token.application.client_id);
    claims::for_userinfo(person, token.token.scope(), own.and_then(|family| family.details.as_deref()))
}

fn answer(response: Result<Response, Failure>, shared: &Shared) -> Answer {
    match response {
        Ok(response) => Answer::fine(response),
        Err(Failure::Fault(fault)) => Answer::fine(json::faulty(&fault)),
        Err(Failure::Refusal(refusal)) => challenge::refused(&challenge_for(&refusal, shared), refusal),
    }
}

fn with_nonce(mut answer: Answer, incoming: &Incoming, shared: &Shared) -> Answer {
    dpop::offer_nonce(&mut answer.response, incoming, shared);
    answer
}

/// The token's person, and what it may be told of them.
async fn find_person(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<(PersonClaims, LiveToken), Failure> {
    let body = body_form(incoming)?;
    let presented = trail.met("userinfo::bearer_token", bearer_token(incoming, &body))?;
    let found = live_token::find(presented.text, shared).await?;
    let mut token = trail.met("userinfo::check_live", found.ok_or_else(not_good))?;
    trail.concerns(token.token.client_id());
    let url = shared.settings.url(incoming.uri.path());
    let proof = trail.met("userinfo::check_scheme", proof_needed(&presented, &token, &url, incoming))?;
    if let Some(request) = proof {
        let key = dpop::prove(&request, incoming, shared, trail).await?;
        trail.met("userinfo::check_key", check_key(&key, &token))?;
    }
    trail.met("userinfo::check_place", check_place(&presented, &token.application))?;
    trail.met("userinfo::check_openid", check_openid(token.token.scope()))?;
    let person = token.take_claims(shared).await?;
    let person = person.filter(|person| shared.subjects.of(&person.subject, &token.application) == token.token.subject());
    let person = trail.met("userinfo::check_person", person.ok_or_else(not_good))?;
    // the person as this application knows them
    let person = PersonClaims { subject: token.token.subject().to_owned(), ..person };
    Ok((person, token))
}

fn write<T: Serialize>(body: &T) -> Result<Response, Failure> {
    let body = serde_json::to_string(body).map_err(|error| Fault::internal("writing userinfo").because(error))?;
    Ok(json::render(StatusCode::OK, body))
}

/// A token, and where it came.
struct Presented<'a> {
    text: &'a str,
    in_body: bool,
    /// By the scheme for tokens that are bound to a key.
    by_dpop: bool,
}

/// RFC 9449 §7.1 and §7.2: a token that is bound to a key comes by `DPoP`, with a proof, and any other by `Bearer`.
fn proof_needed<'a>(
    presented: &Presented<'a>,
    token: &LiveToken,
    url: &'a str,
    incoming: &'a Incoming,
) -> Result<Option<ProvenRequest<'a>>, Refusal> {
    match (token.token.key_thumbprint(), presented.by_dpop) {
        (None, false) => Ok(None),
        (Some(_), true) => Ok(Some(ProvenRequest { method: incoming.method.as_str(), url, access_token: Some(presented.text) })),
        (Some(_), false) => Err(Refusal::new(
            ErrorCode::InvalidToken,
            BOUND_AS_BEARER,
            "the access token is bound to a key: send it by DPoP, with a proof",
            "RFC 9449 §7.2",
        )),
        (None, true) => Err(not_good()),
    }
}

/// RFC 9449 §7.1: the proof is by the key that the token is bound to.
fn check_key(key: &ProvenKey, token: &LiveToken) -> Result<(), Refusal> {
    match token.token.key_thumbprint() == Some(key.thumbprint()) {
        true => Ok(()),
        false => Err(Refusal::new(ErrorCode::InvalidToken, "dpop_key_differs", "the proof is by another key", "RFC 9449 §7.1")),
    }
}

const BOUND_AS_BEARER: &str = "bound_token_as_bearer";

/// The form of a POST; empty for everything else.
fn body_form(incoming: &Incoming) -> Result<Form, Refusal> {
    match incoming.method == Method::POST && incoming.is_form() {
        true => Form::parse(&incoming.body, &[]),
        false => Ok(Form::default()),
    }
}

/// RFC 6750 §2: in the header, or in the form of a POST, and never in both. In URLs tokens end up in logs.
fn bearer_token<'a>(incoming: &'a Incoming, body: &'a Form) -> Result<Presented<'a>, Refusal> {
    let in_body = body.get("access_token");
    match (incoming.authorization(), in_body) {
        (Some(_), Some(_)) => {
            Err(Refusal::new(ErrorCode::InvalidRequest, "token_twice", "send the access token once", "RFC 6750 §2").explain("two", "one"))
        }
        (Some(header), None) => match Authorization::parse(header) {
            Authorization::Bearer(text) => Ok(Presented { text, in_body: false, by_dpop: false }),
            Authorization::Dpop(text) => Ok(Presented { text, in_body: false, by_dpop: true }),
            Authorization::MalformedBearer => Err(not_good()),
            Authorization::Other => Err(token_missing()),
        },
        (None, Some(text)) => Ok(Presented { text, in_body: true, by_dpop: false }),
        (None, None) => Err(token_missing()),
    }
}

/// OAuth 2.1 §5.1 leaves the form to those who cannot set headers; OpenID Connect Core §5.3.1 lets every application use it: the profile
/// decides.
fn check_place(presented: &Presented<'_>, client: &RegisteredClient) -> Result<(), Refusal> {
    match presented.in_body && client.profile != Profile::Oidc {
        true => Err(token_missing()),
        false => Ok(()),
    }
}

fn token_missing() -> Refusal {
    Refusal::new(ErrorCode::InvalidToken, TOKEN_MISSING, "send the access token in the Authorization header", "RFC 6750 §3.1")
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

fn challenge_for(refusal: &Refusal, shared: &Shared) -> Challenge {
    let challenge = match refusal.code {
        ErrorCode::InvalidRequest => Challenge::invalid_request(refusal.hint),
        ErrorCode::InsufficientScope => Challenge::insufficient_scope(Scope::of(["openid"])),
        // RFC 6750 §3.1: who sent no token is told nothing but the scheme
        ErrorCode::InvalidDpopProof => Challenge::invalid_proof(),
        ErrorCode::UseDpopNonce => Challenge::nonce_needed(),
        _ if refusal.cause.rule == BOUND_AS_BEARER => Challenge { scheme: Scheme::BearerThenDpop, ..Challenge::invalid_token() },
        _ if refusal.cause.rule == TOKEN_MISSING => Challenge::token_missing(),
        _ => Challenge::invalid_token(),
    };
    // RFC 9728 §5.1: where a client learns who gives tokens for this
    let location = protected_resource::location(&shared.settings.userinfo_audience());
    Challenge { resource_metadata: location.map(|(origin, path)| format!("{origin}{path}")), ..challenge }
}
