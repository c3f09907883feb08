//! The way back from a provider.

use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use chabi_client::{Callback, Provider, upstream::Pending};
use chabi_pages::{
    mail::Change,
    page::{LinkAccountNeeded, ProviderTroubleReason},
};
use chabi_spec::Fault;
use chabi_store::{
    account::AccountId,
    upstream_login::{UpstreamLogin, UpstreamLoginId},
};
use chabi_token::IdSecret;

use super::{
    arrival::{Outcome, Way, settle},
    link::Intent,
    start::{SEALED_FOR, connect_page},
    trouble,
};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    mails,
    next::NextPath,
    page::confirm_email::ask_for_proof,
    page::{continuation, query},
    respond::{self, Halt, Handled, Trouble},
};

/// GET: `state`, taken once; who started it; the provider's answer; one transaction; on.
pub(super) async fn finish(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let provider = super::find(&owner, &id)?;
    let callback = Callback::parse(text.as_deref().unwrap_or_default()).map_err(|_| Halt::from(Trouble::BadForm))?;
    let Some(login) = take(&owner, &visit, provider, &callback).await? else {
        return trouble::show(&owner, &visit, provider, &Continuation::default(), ProviderTroubleReason::Expired);
    };
    let way_on = way_on(&login)?;
    let Some(intent) = check_starter(&visit, &login) else {
        return trouble::show(&owner, &visit, provider, &way_on, ProviderTroubleReason::Expired);
    };
    let pending = open(&owner, &login)?;
    let redirect_uri = super::redirect_uri(&owner, provider);
    match owner.upstream.finish(provider, &callback, pending, &redirect_uri, &owner.env).await {
        Ok(identity) => {
            let (outcome, cookie) = settle(&owner, &visit, &identity, intent).await?;
            answer(&owner, &visit, provider, &way_on, (outcome, cookie)).await
        }
        Err(refusal) => trouble::refused(&owner, &visit, provider, &way_on, &refusal).await,
    }
}

/// RFC 9700 §4.7: one answer for one `state`, in the browser that began it, at the callback of the provider it was begun with.
async fn take(owner: &ResourceOwner, visit: &Visit, provider: &Provider, callback: &Callback) -> Result<Option<UpstreamLogin>, Fault> {
    let Some(state) = callback.state.as_deref().and_then(|text| IdSecret::parse("", text, owner.settings.site)) else { return Ok(None) };
    let (id, now) = (UpstreamLoginId(state.id), owner.env.now());
    owner.store.take_upstream_login(id, &provider.id, state.secret_hash(), visit.browser.hash(), now).await
}

/// CVE-2025-12421: what somebody began while signed in is finished by them, and by nobody who signed in in their place.
fn check_starter(visit: &Visit, login: &UpstreamLogin) -> Option<Intent> {
    match (login.purpose.as_str(), login.account) {
        ("login", None) => Some(Intent::SignIn),
        ("link", Some(account)) => {
            let present = visit.signed_in.as_ref().map(|signed_in| signed_in.account.id);
            (present == Some(account)).then_some(Intent::Connect(account))
        }
        _ => None,
    }
}

fn open(owner: &ResourceOwner, login: &UpstreamLogin) -> Result<Pending, Fault> {
    let plain = owner.sealer.open(SEALED_FOR, &login.id.to_string(), &login.sealed_pending)?;
    serde_json::from_slice(&plain).map_err(|error| Fault::internal("reading a sign-in at a provider").because(error))
}

fn way_on(login: &UpstreamLogin) -> Result<Continuation, Halt> {
    Ok(continuation(&query(login.next.split_once('?').map(|(_, query)| query))?))
}

async fn answer(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    way_on: &Continuation,
    (outcome, cookie): (Outcome, browser::Cookie),
) -> Handled {
    let trouble = |reason| trouble::show(owner, visit, provider, way_on, reason);
    match outcome {
        Outcome::Entered(account, way) => {
            let path = follow_up(owner, visit, provider, way_on, (account, way)).await?;
            Ok(with_session(owner, visit, account, respond::with_cookie(respond::see_other(&path), cookie)))
        }
        Outcome::Connected(account) => {
            mails::notify(owner, visit, account, Change::ProviderConnected { provider: provider.name.clone() }).await?;
            Ok(respond::see_other(&way_on.target(owner)))
        }
        Outcome::SignInFirst(address) => sign_in_first(owner, visit, provider, way_on, address).await,
        Outcome::ConnectedElsewhere => trouble(ProviderTroubleReason::ConnectedElsewhere),
        Outcome::Shut | Outcome::SignUpClosed => trouble(ProviderTroubleReason::NotAllowed),
        Outcome::SessionOver => trouble(ProviderTroubleReason::Expired),
    }
}

/// The mails that a sign-in calls for, and the path to go on to.
async fn follow_up(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    way_on: &Continuation,
    (account, way): (AccountId, Way),
) -> Result<String, Halt> {
    let name = provider.name.clone();
    let change = match way {
        Way::Known => (!browser::is_known(owner, visit, account)).then_some(Change::NewSignIn),
        Way::Joined => Some(Change::ProviderConnected { provider: name }),
        Way::TakenOver => Some(Change::TakenOver { provider: name }),
        // no address: offer to add one
        Way::New(None) => return Ok(way_on.url(owner, "email/")),
        Way::New(Some(email)) => {
            if email.verified_at.is_none()
                && let Some(account) = owner.store.find_account(account).await?
            {
                // the mail goes out; the person goes on, since the provider vouched for them, and proves the address when they like
                ask_for_proof(owner, visit, &account, &email, way_on).await?;
            }
            None
        }
    };
    if let Some(change) = change {
        mails::notify(owner, visit, account, change).await?;
    }
    Ok(way_on.target(owner))
}

fn with_session(owner: &ResourceOwner, visit: &Visit, account: AccountId, response: Response) -> Response {
    respond::with_cookie(response, browser::known_cookie(owner, visit, account))
}

/// Sign in to the account that has the address; from there the person comes back to connect, and then goes on.
async fn sign_in_first(owner: &ResourceOwner, visit: &Visit, provider: &Provider, way_on: &Continuation, address: String) -> Handled {
    let next = NextPath::parse(&owner.settings.path(&connect_page(provider, way_on)));
    let page = LinkAccountNeeded {
        provider: super::button(provider),
        address,
        sign_in_url: Continuation { transaction: None, next }.url(owner, "login/"),
        application: way_on.application_name(owner, visit).await?,
    };
    respond::show(owner, &trouble::away_from_callback(visit, page.sign_in_url.clone()), &page)
}
