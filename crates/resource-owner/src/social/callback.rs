//! The way back from a provider.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::Response,
};
use chabi_client::{Callback, Finished, Provider, TakenOnce};
use chabi_pages::{
    mail::Change,
    page::{LinkAccountNeeded, ProviderAnswerInFragment, ProviderTroubleReason},
};
use chabi_store::{account::AccountId, upstream_login::UpstreamLogin};

use super::{
    arrival::{Comer, Once, Outcome, Way, settle},
    attempt::{self, Purpose},
    link::Intent,
    providers::OfferedProvider,
    start::connect_page,
    test_sign_in, trouble,
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

/// The parameter by which the browser asks for the answer that came before it, without its cookies.
const HANDLE: &str = "handle";

/// POST, from the provider's own page (`response_mode=form_post`): the browser sends no cookies with it, so that nothing can be decided.
/// The answer is laid beside its attempt, sealed, and the browser comes again by GET, with its cookies and a handle in place of the code.
pub(super) async fn receive(State(owner): State<ResourceOwner>, Path(id): Path<String>, body: Bytes) -> Handled {
    let offered = super::find_known(&owner, &id).await?;
    let provider = &offered.provider;
    let answer = std::str::from_utf8(&body).map_err(|_| Halt::from(Trouble::BadForm))?;
    let callback = Callback::parse(answer).map_err(|_| Halt::from(Trouble::BadForm))?;
    // only a provider that was asked to answer like this: from all others it is a stranger's form
    let state = callback.state.as_deref().filter(|_| provider.answers_by_post()).unwrap_or_default();
    let handle = attempt::park(&owner, &provider.id, state, answer).await?.unwrap_or_default();
    let path = owner.settings.path(&format!("{}/login/callback/?{HANDLE}={handle}", provider.id));
    Ok(respond::see_other(&path))
}

/// GET: `state`, taken once; who started it; the provider's answer; one transaction; on.
pub(super) async fn finish(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let offered = super::find_known(&owner, &id).await?;
    let text = text.unwrap_or_default();
    let callback = Callback::parse(&text).map_err(|_| Halt::from(Trouble::BadForm))?;
    if let Some(name) = offered.provider.answers_by_fragment()
        && !text.split('&').any(|pair| pair.starts_with(name))
    {
        return show_fragment(&owner, &visit, &offered, name);
    }
    let handle = text.strip_prefix(HANDLE).and_then(|rest| rest.strip_prefix('='));
    let state = handle.or(callback.state.as_deref()).unwrap_or_default();
    let Some(login) = attempt::take(&owner, visit.browser.hash(), &id, state).await? else {
        return begin_anew(&owner, &visit, &offered, state).await;
    };
    let way_on = way_on(&login)?;
    let Some(purpose) = check_starter(&visit, &login) else {
        return trouble::show(&owner, &visit, &offered.provider, (&way_on, Intent::SignIn), ProviderTroubleReason::Expired).await;
    };
    if matches!(purpose, Purpose::Person(_)) && !offered.on {
        return Err(Trouble::NotFound.into());
    }
    let callback = match attempt::open_answer(&owner, &login)? {
        Some(answer) => Callback::parse(&answer).map_err(|_| Halt::from(Trouble::BadForm))?,
        None => callback,
    };
    let pending = attempt::open_pending(&owner, &login)?;
    let redirect_uri = super::redirect_uri(&owner, &offered.provider);
    let finished = owner.upstream.finish_with_tokens(&offered.provider, &callback, pending, &redirect_uri, &owner.env).await;
    match (purpose, finished) {
        (Purpose::Test(_), finished) => test_sign_in::show(&owner, &visit, &offered, &login.next, finished).await,
        (Purpose::Person(intent), Ok(finished)) => arrive(&owner, &visit, &offered, (&way_on, intent), &finished).await,
        (Purpose::Person(intent), Err(refusal)) => trouble::refused(&owner, &visit, &offered.provider, (&way_on, intent), &refusal).await,
    }
}

/// The answer stands where only a script can read it: the page's sends it on.
fn show_fragment(owner: &ResourceOwner, visit: &Visit, offered: &OfferedProvider, name: &str) -> Handled {
    let page = ProviderAnswerInFragment {
        provider: super::button(&offered.provider),
        name: name.to_owned(),
        other_ways_url: owner.settings.path("login/"),
    };
    respond::show(owner, visit, &page)
}

/// The time was up, or the answer was used already: the person begins anew, and what waits for them waits on.
async fn begin_anew(owner: &ResourceOwner, visit: &Visit, offered: &OfferedProvider, state: &str) -> Handled {
    if !offered.on {
        return Err(Trouble::NotFound.into());
    }
    let over = attempt::find_over(owner, visit.browser.hash(), state).await?;
    let way_on = over.as_ref().map(way_on).transpose()?.unwrap_or_default();
    let intent = match over.as_ref().and_then(|login| check_starter(visit, login)) {
        Some(Purpose::Person(intent)) => intent,
        _ => Intent::SignIn,
    };
    trouble::show(owner, visit, &offered.provider, (&way_on, intent), ProviderTroubleReason::Expired).await
}

/// CVE-2025-12421: what somebody began while signed in is finished by them, and by nobody who signed in in their place.
fn check_starter(visit: &Visit, login: &UpstreamLogin) -> Option<Purpose> {
    let present = visit.signed_in.as_ref().map(|signed_in| signed_in.account.id);
    Purpose::of(login).filter(|purpose| purpose.starter().is_none_or(|starter| present == Some(starter)))
}

fn way_on(login: &UpstreamLogin) -> Result<Continuation, Halt> {
    Ok(continuation(&query(login.next.split_once('?').map(|(_, query)| query))?))
}

async fn arrive(
    owner: &ResourceOwner,
    visit: &Visit,
    offered: &OfferedProvider,
    (way_on, intent): (&Continuation, Intent),
    finished: &Finished,
) -> Handled {
    let provider = &offered.provider;
    let once = finished.once.map(|TakenOnce { hash, until }| Once { hash, until });
    let comer = Comer { offered, identity: &finished.identity, tokens: finished.tokens.as_ref(), once };
    let (outcome, cookie) = settle(owner, visit, &comer, intent).await?;
    let reason = match outcome {
        Outcome::Entered(account, _, way) => {
            let path = follow_up(owner, visit, provider, way_on, (account, way)).await?;
            return Ok(with_session(owner, visit, account, respond::with_cookie(respond::see_other(&path), cookie)));
        }
        Outcome::Connected(account) => {
            mails::notify(owner, visit, account, Change::ProviderConnected { provider: provider.name.clone() }).await?;
            return Ok(respond::see_other(&way_on.target(owner)));
        }
        Outcome::SignInFirst(address) => return sign_in_first(owner, visit, provider, way_on, address).await,
        Outcome::ConnectedElsewhere => ProviderTroubleReason::ConnectedElsewhere,
        Outcome::Shut | Outcome::SignUpClosed => ProviderTroubleReason::NotAllowed,
        Outcome::SessionOver | Outcome::Replayed => ProviderTroubleReason::Expired,
    };
    trouble::show(owner, visit, provider, (way_on, intent), reason).await
}

/// The mails that a sign-in calls for, and the path to go on to.
async fn follow_up(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    way_on: &Continuation,
    (account, way): (AccountId, Way),
) -> Result<String, Halt> {
    if way == Way::Known && !browser::is_known(owner, visit, account) {
        mails::notify(owner, visit, account, Change::NewSignIn).await?;
    }
    let without_address = way == Way::New(None);
    tell(owner, visit, provider, way_on, (account, way)).await?;
    // no address: offer to add one
    Ok(if without_address { way_on.url(owner, "email/") } else { way_on.target(owner) })
}

/// Tells the owner of an account how it was opened, where it was another way than before.
pub(super) async fn tell(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    way_on: &Continuation,
    (account, way): (AccountId, Way),
) -> Result<(), Halt> {
    let name = provider.name.clone();
    let change = match way {
        Way::Known | Way::New(None) => return Ok(()),
        Way::Joined => Change::ProviderConnected { provider: name },
        Way::TakenOver => Change::TakenOver { provider: name },
        Way::New(Some(email)) => {
            if email.verified_at.is_none()
                && let Some(account) = owner.store.find_account(account).await?
            {
                // the mail goes out; the person goes on, since the provider vouched for them, and proves the address when they like
                ask_for_proof(owner, visit, &account, &email, way_on).await?;
            }
            return Ok(());
        }
    };
    Ok(mails::notify(owner, visit, account, change).await?)
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
