//! The way to a provider: a button, and what it starts.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use chabi_client::{Provider, upstream::Pending};
use chabi_pages::page::ProviderStart;
use chabi_spec::{Fault, form::Form};
use chabi_store::upstream_login::{UpstreamLogin, UpstreamLoginId};
use chabi_token::{IdSecret, Seconds};

use super::{CONNECT, link::Intent, trouble};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    page::{check_recently_signed_in, continuation, query},
    respond::{self, Halt, Handled, Trouble},
    throttle,
};

/// How long a person may take at the provider.
const LIFETIME: Seconds = Seconds::minutes(15);

/// What a pending sign-in is sealed for.
pub(super) const SEALED_FOR: &str = "upstream_login";

/// GET: a button. With `process=connect`, for somebody who is signed in, it connects.
pub(super) async fn show(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let provider = super::find(&owner, &id)?;
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let connecting = query.get("process") == Some("connect");
    if connecting {
        check_recently_signed_in(&owner, &visit, &connect_page(provider, &continuation))?;
    }
    let purpose = if connecting { CONNECT } else { browser::FORMS };
    let page = ProviderStart {
        form: continuation.fields(browser::csrf_token(&owner, &visit, purpose)),
        provider: super::button(provider),
        application: continuation.application_name(&owner, &visit).await?,
        connecting,
    };
    respond::show(&owner, &visit, &page)
}

/// POST: form, CSRF token, which also says what for; recent sign-in, to connect; throttle; then off to the provider.
pub(super) async fn begin(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    body: Bytes,
) -> Handled {
    let provider = super::find(&owner, &id)?;
    let form = respond::read_form(&body)?;
    let continuation = continuation(&form);
    let intent = check_intent(&owner, &visit, &form, &connect_page(provider, &continuation))?;
    if let Some(until) = throttle::count_visit(&owner, &visit, "provider").await? {
        return Err(Trouble::TooMany(until.since(owner.env.now()).0.max(1)).into());
    }
    let state = IdSecret::new(owner.settings.site, &owner.env);
    let redirect_uri = super::redirect_uri(&owner, provider);
    match owner.upstream.begin(provider, &redirect_uri, state.text("").expose(), &owner.env).await {
        Ok(begun) => {
            let login = remember(&owner, &visit, provider, (intent, &continuation), (&state, &begun.pending))?;
            owner.store.insert_upstream_login(login).await?;
            Ok(respond::see_other(begun.url.as_str()))
        }
        Err(refusal) => trouble::refused(&owner, &visit, provider, &continuation, &refusal).await,
    }
}

/// OWASP ASVS 7.5.1, CVE-2025-12421: only a form of the person who is signed in, and who signed in a moment ago, connects.
fn check_intent(owner: &ResourceOwner, visit: &Visit, form: &Form, page: &str) -> Result<Intent, Halt> {
    let is_right = |purpose| form.get("csrf").is_some_and(|token| browser::csrf_is_right(owner, visit, token, purpose));
    if is_right(CONNECT) {
        let signed_in = check_recently_signed_in(owner, visit, page)?;
        return Ok(Intent::Connect(signed_in.account.id));
    }
    respond::check_csrf(owner, visit, form, browser::FORMS)?;
    Ok(Intent::SignIn)
}

/// What to remember until the browser comes back. RFC 9700 §4.7: `state` is bound to this browser, this provider and this purpose;
/// its secret half is kept as a hash, and the nonce and the verifier are sealed for this row alone.
fn remember(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    (intent, continuation): (Intent, &Continuation),
    (state, pending): (&IdSecret, &Pending),
) -> Result<UpstreamLogin, Fault> {
    let plain = serde_json::to_vec(pending).map_err(|error| Fault::internal("keeping a sign-in at a provider").because(error))?;
    let (purpose, account) = match intent {
        Intent::SignIn => ("login", None),
        Intent::Connect(account) => ("link", Some(account)),
    };
    Ok(UpstreamLogin {
        id: UpstreamLoginId(state.id),
        provider: provider.id.clone(),
        state_hash: state.secret_hash(),
        browser_hash: visit.browser.hash(),
        purpose: purpose.to_owned(),
        account,
        sealed_pending: owner.sealer.seal(SEALED_FOR, &state.id.to_string(), &plain, &owner.env)?,
        sealed_answer: None,
        next: continuation.url(owner, "login/"),
        expires_at: owner.env.now() + LIFETIME,
    })
}

/// Below the prefix: the page that connects this provider, and goes on from there.
pub(super) fn connect_page(provider: &Provider, continuation: &Continuation) -> String {
    let rest = continuation.fields(String::new()).query().replacen('?', "&", 1);
    format!("{}/login/?process=connect{rest}", provider.id)
}
