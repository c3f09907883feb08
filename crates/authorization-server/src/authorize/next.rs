//! What happens next with a request that broke no rule: a page, or a code.

use axum::response::Response;
use chabi_spec::{ErrorCode, Failure, Refusal, cookie};
use chabi_store::{
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId},
    throttle::Attempt,
};
use chabi_token::{BrowserBinding, Seconds};
use http::Method;

use super::{
    check::{ReadyToAuthenticate, Trusted},
    code, consent,
    pushed::Sent,
    sign_in::{self, SignIn, Situation},
};
use crate::{
    acr, browser, claims, incoming::Incoming, registering::keep_snapshot, respond::redirect, server::Shared, sign_in_demand, trail::Trail,
};

/// The request, from which browser it came, and since when it waits.
pub(crate) struct Visit<'a> {
    pub sent: &'a Sent,
    pub waiting: Option<&'a AuthorizationTransaction>,
    pub incoming: &'a Incoming,
}

/// Signs in, asks for consent, or answers with a code.
///
/// # Errors
/// `login_required`, `consent_required`, `access_denied`; a fault of the store or the gate.
pub(crate) async fn proceed(
    ready: ReadyToAuthenticate,
    trusted: &Trusted,
    visit: &Visit<'_>,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<Response, Failure> {
    if came_without_cookies(visit.incoming, shared) {
        return Ok(redirect::to_own_page(&shared.settings.path(&format!("/oauth2/authorize?{}", visit.sent.query())))?);
    }
    let present = shared.gate.present(&visit.incoming.headers, &shared.env).await?;
    let known_as = present.as_ref().map(|person| shared.subjects.of(person.subject(), &trusted.client).into_owned());
    let situation = Situation {
        request: &ready.request,
        hinted_subject: ready.hinted_subject.as_deref(),
        known_as: known_as.as_deref(),
        default_max_age: trusted.client.settings.default_max_age,
        api_max_age: ready.audiences.max_auth_age(),
        chosen: visit.waiting.and_then(|waiting| waiting.decided_by),
        waiting_since: visit.waiting.map(|waiting| waiting.created_at),
        now: shared.env.now(),
    };
    let person = match trail.met("sign_in::judge", sign_in::judge(present, &situation))? {
        SignIn::Done(person) => person,
        SignIn::Needed(hints) => return wait(trusted, visit, shared, |id| shared.gate.sign_in_url(id, &hints)).await,
    };
    trail.met("acr::check_reached", acr::check_reached(ready.request.claims.essential_acr(), person.amr()))?;
    trail.met("sign_in_demand::check_reached", sign_in_demand::check_reached(&ready.audiences, person.amr()))?;
    let granted = consent::find(&ready, trusted, &person, visit, shared).await;
    let Some(scope) = trail.met("consent::find", granted)? else {
        let ui_locales = ready.request.ui_locales.as_deref();
        return wait(trusted, visit, shared, |id| redirect::in_their_language(shared.gate.consent_url(id), ui_locales)).await;
    };
    let mut ready = ready;
    let declined = ready.scope.without(&scope);
    // what belongs to a scope that was not allowed is not given by its name either
    ready.request.claims = claims::without(ready.request.claims, &declined);
    code::answer(ReadyToAuthenticate { scope, ..ready }, trusted, &person, visit, shared).await
}

/// A form posted by another site comes without our cookies (SameSite=Lax), as if nobody were here: by GET it comes with them.
fn came_without_cookies(incoming: &Incoming, shared: &Shared) -> bool {
    let browser = cookie::name(browser::COOKIE, shared.settings.secure());
    incoming.method == Method::POST && incoming.cookie(&browser).is_none()
}

/// So many requests of one network may begin to wait …
const MOST_WAITING: i64 = 1_000;
/// … in so long.
const WINDOW: Seconds = Seconds::minutes(15);

/// Anybody may begin a request, and each is a row until it ends: without a bound they would fill the disk.
async fn check_not_too_many(incoming: &Incoming, shared: &Shared) -> Result<(), Failure> {
    let Some(network) = incoming.network() else { return Ok(()) };
    match shared.store.count_attempt(&format!("authorize/from/{network}"), MOST_WAITING, WINDOW, shared.env.now()).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Blocked { .. } => Err(Refusal::new(
            ErrorCode::TemporarilyUnavailable,
            "too_many_waiting",
            "too many requests of this network wait for a person: try again in some minutes",
            "RFC 6749 §4.1.2.1",
        )
        .into()),
    }
}

/// Keeps the request on our side, bound to this browser, and sends the person to a page of the gate.
async fn wait(
    trusted: &Trusted,
    visit: &Visit<'_>,
    shared: &Shared,
    page: impl FnOnce(TransactionId) -> String + Send,
) -> Result<Response, Failure> {
    if let Some(waiting) = visit.waiting {
        return Ok(redirect::to_own_page(&page(waiting.id))?);
    }
    check_not_too_many(visit.incoming, shared).await?;
    keep_snapshot(&trusted.client, shared).await?;
    let now = shared.env.now();
    let known = browser::binding(visit.incoming, shared);
    let binding = known.unwrap_or_else(|| BrowserBinding::new(shared.settings.site, &shared.env));
    let id = TransactionId(shared.env.new_id());
    let transaction = AuthorizationTransaction {
        id,
        browser_hash: binding.hash(),
        purpose: "authorize".to_owned(),
        client_id: trusted.client.client_id.clone(),
        parameters: visit.sent.to_keep(),
        decision: Decision::Pending,
        decided_by: None,
        pushed_request: visit.sent.pushed.as_ref().map(|pushed| pushed.id),
        granted_scope: None,
        created_at: now,
        expires_at: now + shared.settings.transaction_lifetime,
    };
    shared.store.insert_transaction(transaction).await?;
    let mut response = redirect::to_own_page(&page(id))?;
    browser::remember(&binding, &mut response, shared)?;
    Ok(response)
}
