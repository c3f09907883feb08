//! The authorization code: made when everything is said, and sent to the application.

use axum::response::Response;
use chabi_spec::{ErrorCode, Failure, Refusal};
use chabi_store::{
    authorization_code::{AuthorizationCode, CodeId},
    authorization_transaction::TransactionId,
    grant_details::GrantDetails,
    pushed_request::PushedRequestId,
    revocation::Revocation,
};
use chabi_token::IdSecret;

use super::{
    check::{ReadyToAuthenticate, Trusted},
    next::Visit,
};
use crate::{
    browser, browser_state, claims,
    gate::Authentication,
    grant::authorization_code::PREFIX,
    respond::authorization::{self, AuthorizationAnswer, Outcome},
    server::Shared,
};

/// Keeps the code's hash, ends the waiting request in the same transaction, and sends the browser back with the code.
///
/// # Errors
/// A fault of the store; [`is_finished`] refusals when another tab was first.
pub(crate) async fn answer(
    ready: ReadyToAuthenticate,
    trusted: &Trusted,
    person: &Authentication,
    visit: &Visit<'_>,
    shared: &Shared,
) -> Result<Response, Failure> {
    let (env, now) = (&shared.env, shared.env.now());
    let text = IdSecret::new(shared.settings.site, env);
    let details = details(&ready, trusted, visit).some();
    let session_state = ready.scope.contains("openid").then(|| browser_state::session_state(trusted, Some(person.session()), shared));
    let code = AuthorizationCode {
        id: CodeId(text.id),
        secret_hash: text.secret_hash(),
        client_id: trusted.client.client_id.clone(),
        redirect_uri: trusted.redirect.uri().to_owned(),
        redirect_uri_was_sent: trusted.redirect.was_sent(),
        code_challenge: ready.request.code_challenge.as_ref().map(|challenge| challenge.as_str().to_owned()),
        resource: ready.audiences.names(),
        scope: ready.scope,
        nonce: ready.request.nonce,
        account: person.account(),
        session: person.session(),
        auth_time: person.auth_time(),
        amr: person.amr().to_vec(),
        expires_at: now + shared.settings.code_lifetime,
        details,
    };
    insert(code, visit, shared).await?;
    let text = text.text(PREFIX);
    let answer = AuthorizationAnswer { outcome: Outcome::Code(text.expose()), session_state: session_state.flatten() };
    let mut response = authorization::to_application(&answer, trusted, visit.incoming, shared)?;
    browser_state::follow(Some(person.session()), visit.incoming, &mut response, shared)?;
    if let Some(binding) = browser::binding(visit.incoming, shared) {
        browser::remember(&binding, &mut response, shared)?;
    }
    Ok(response)
}

/// What few grants have.
fn details(ready: &ReadyToAuthenticate, trusted: &Trusted, visit: &Visit<'_>) -> GrantDetails {
    // RFC 9449 §10.1: the key that was proven when the request was pushed, else the one that it names
    let proven = visit.sent.pushed.as_ref().and_then(|pushed| pushed.dpop_jkt.as_ref());
    let dpop_jkt = proven.or(ready.dpop_jkt.as_ref()).cloned().unwrap_or_default();
    let claims = claims::grantable(&ready.request.claims, &ready.scope, &trusted.client);
    GrantDetails { claims: if claims.is_empty() { String::new() } else { claims.to_json() }, dpop_jkt, ..GrantDetails::default() }
}

/// Keeps the code, and meanwhile ends the grants that are too many: so that this one will find room.
async fn insert(code: AuthorizationCode, visit: &Visit<'_>, shared: &Shared) -> Result<(), Failure> {
    let (account, client_id, now) = (code.account, code.client_id.clone(), shared.env.now());
    let waiting = visit.waiting.map(|waiting| (waiting.id, waiting.browser_hash));
    let pushed = visit.sent.pushed.as_ref().map(|pushed| pushed.id);
    match (waiting, pushed) {
        (None, None) => shared.store.insert_authorization_code(code).await?,
        _ => finish_with(code, waiting, pushed, shared).await?,
    }
    // a person signs in seldom: here it costs less than at the token endpoint
    let keep = shared.settings.most_grants.saturating_sub(1);
    if shared.store.revoke(Revocation::BeyondAt(account, &client_id, keep), "too_many_grants", now).await? > 0 {
        shared.feed.soon();
    }
    Ok(())
}

/// One request gives one code, whatever number of tabs come back at once.
async fn finish_with(
    code: AuthorizationCode,
    waiting: Option<(TransactionId, [u8; 32])>,
    pushed: Option<PushedRequestId>,
    shared: &Shared,
) -> Result<(), Failure> {
    let now = shared.env.now();
    let finished = shared.store.transaction("finish_authorization", move |verbs| {
        let code = code.clone();
        Box::pin(async move {
            if let Some((id, browser_hash)) = waiting
                && !verbs.finish_transaction(id, browser_hash, now).await?
            {
                return Err(finished_before().into());
            }
            // RFC 9126 §4, §7.3: a pushed request gives one code, in whatever browsers it was opened
            if let Some(id) = pushed
                && !verbs.spend_pushed_request(id, now).await?
            {
                return Err(finished_before().into());
            }
            Ok(verbs.insert_authorization_code(code).await?)
        })
    });
    finished.await
}

const FINISHED: &str = "transaction_finished";

/// The request was answered before.
pub(crate) fn finished_before() -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, FINISHED, "the request was answered before", "RFC 6749 §4.1.2")
}

/// True for the refusal of a request that was answered before: the application has its answer, and the person gets a page.
pub(crate) fn is_finished(refusal: &Refusal) -> bool {
    refusal.cause.rule == FINISHED
}
