//! `consent/`: a person allows an application, or does not. What is asked comes from the store alone; a form only says yes or no.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_authorization_server::WaitingRequest;
use chabi_pages::page::{Consent as ConsentPage, ConsentApi, ConsentLifetime, ConsentScope, Expiry};
use chabi_spec::{Failure, Scope};
use chabi_store::{
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId},
    consent::Consent,
};
use url::Url;

use super::{continuation, query};
use crate::{
    ResourceOwner, SignedIn, Visit, audit, browser,
    continuation::Continuation,
    gate::{main_address, may_be_impersonated, resource_key, stays_on_device},
    respond::{self, Halt, Handled, Trouble},
};

/// GET: signed in, the request that waits in this browser, the question.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let Some(signed_in) = &visit.signed_in else {
        return Ok(respond::see_other(&continuation.url(&owner, "login/")));
    };
    let transaction = find_waiting(&owner, &visit, &continuation).await?;
    let waiting = read(&transaction, &owner).await?;
    let mut page = question(&owner, &visit, transaction.id, waiting);
    let emails = owner.store.list_emails(signed_in.account.id).await?;
    page.account_address = main_address(&emails).map(|email| email.address.clone()).unwrap_or_default();
    page.account_name.clone_from(&signed_in.account.name);
    respond::show(&owner, &visit, &page)
}

/// POST: form, CSRF token of this very transaction, signed in, the request that waits, the decision and the consent in one transaction.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    let continuation = continuation(&form);
    let transaction = continuation.transaction.ok_or(Trouble::Expired(Expiry::TooLate))?;
    respond::check_csrf(&owner, &visit, &form, &purpose(transaction))?;
    let Some(signed_in) = &visit.signed_in else {
        return Ok(respond::see_other(&continuation.url(&owner, "login/")));
    };
    let decision = match form.get("decision") {
        Some("allow") => Decision::Allowed,
        Some("deny") => Decision::Denied,
        _ => return Err(Trouble::BadForm.into()),
    };
    let waiting = find_waiting(&owner, &visit, &continuation).await?;
    // OAuth 2.1 §7.12: scope, application and redirect come from the stored request; the form has no say in them
    let asked = read(&waiting, &owner).await?;
    let remember = form.get("remember").is_some() && !may_be_impersonated(&asked.application);
    decide(&owner, &visit, signed_in, transaction, Decided { decision, asked, remember }).await?;
    Ok(respond::see_other(&continuation.target(&owner)))
}

struct Decided {
    decision: Decision,
    asked: WaitingRequest,
    remember: bool,
}

/// Records the decision once, and with it what is remembered.
async fn decide(
    owner: &ResourceOwner,
    visit: &Visit,
    signed_in: &SignedIn,
    transaction: TransactionId,
    decided: Decided,
) -> Result<(), Failure> {
    let (account, browser_hash, now) = (signed_in.account.id, visit.browser.hash(), owner.env.now());
    let decision = decided.decision;
    let consent = Consent {
        account,
        client_id: decided.asked.application.client_id.clone(),
        resource: resource_key(&decided.asked.resource()),
        scope: decided.asked.scope.clone(),
        given_at: now,
    };
    let kind = if decision == Decision::Allowed { "consent.given" } else { "consent.denied" };
    let mut event = audit::event(kind, Some(account), visit.address, decided.asked.scope.to_string(), &owner.env);
    event.client_id = Some(consent.client_id.clone());
    let remember = decided.remember && decision == Decision::Allowed;
    owner
        .store
        .transaction("consent", move |verbs| {
            let (mut consent, event) = (consent.clone(), event.clone());
            Box::pin(async move {
                if !verbs.decide_transaction(transaction, browser_hash, decision, account, now).await? {
                    return Ok(());
                }
                verbs.insert_audit_event(event).await?;
                if remember {
                    let before = verbs.find_consent(account, &consent.client_id, &consent.resource).await?;
                    consent.scope = consent.scope.union(&before.map_or_else(Scope::default, |before| before.scope));
                    verbs.put_consent(consent).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn find_waiting(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation) -> Result<AuthorizationTransaction, Halt> {
    let gone = || Halt::from(Trouble::Expired(Expiry::TooLate));
    let id = continuation.transaction.ok_or_else(gone)?;
    let found = owner.store.find_transaction(id, visit.browser.hash(), owner.env.now()).await?;
    found.filter(|found| found.purpose == "authorize").ok_or_else(gone)
}

/// A request that no longer reads (its application or API is gone) has expired.
async fn read(transaction: &AuthorizationTransaction, owner: &ResourceOwner) -> Result<WaitingRequest, Halt> {
    WaitingRequest::read(transaction, &owner.store).await.map_err(|failure| match failure {
        Failure::Refusal(_) => Trouble::Expired(Expiry::TooLate).into(),
        Failure::Fault(fault) => fault.into(),
    })
}

/// The CSRF token of a consent form is good for its own transaction alone.
fn purpose(transaction: TransactionId) -> String {
    format!("consent {transaction}")
}

/// The question itself; whose account it is about is filled in by the caller.
fn question(owner: &ResourceOwner, visit: &Visit, id: TransactionId, waiting: WaitingRequest) -> ConsentPage {
    let continuation = Continuation { transaction: Some(id), next: None };
    ConsentPage {
        form: continuation.fields(browser::csrf_token(owner, visit, &purpose(id))),
        application: waiting.application.name.clone(),
        redirect_host: redirect_host(&waiting.redirect_uri),
        redirect_is_local: stays_on_device(&waiting.redirect_uri),
        lifetime: match waiting.scope.contains("offline_access") {
            true => ConsentLifetime::UntilTakenBack,
            false => ConsentLifetime::UntilSignOut,
        },
        may_remember: !may_be_impersonated(&waiting.application),
        apis: apis(&waiting),
        switch_url: format!("{}&again=1", continuation.url(owner, "login/")),
        ..ConsentPage::default()
    }
}

/// The scopes of each API, and first those of the person's own account.
fn apis(waiting: &WaitingRequest) -> Vec<ConsentApi> {
    let words = |scope: &Scope| scope.words().map(|word| ConsentScope { word: word.to_owned() }).collect::<Vec<_>>();
    let known: Scope = waiting.apis.iter().fold(Scope::default(), |known, api| known.union(&api.scope));
    let ours = Scope::of(waiting.scope.words().filter(|word| !known.contains(word)));
    let own = ConsentApi { name: None, scopes: words(&ours) };
    let others =
        waiting.apis.iter().map(|api| ConsentApi { name: Some(api.name.clone()), scopes: words(&waiting.scope.intersection(&api.scope)) });
    [own].into_iter().chain(others).filter(|api| !api.scopes.is_empty()).collect()
}

/// The host to which the answer goes; of a private-use redirect its scheme.
fn redirect_host(redirect_uri: &str) -> String {
    match Url::parse(redirect_uri) {
        Ok(uri) => match (uri.host_str(), uri.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => uri.scheme().to_owned(),
        },
        Err(_) => redirect_uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: az.ctext
    #[test]
    fn the_page_names_the_host_that_gets_the_answer() {
        assert_eq!(redirect_host("https://app.example/cb?x=1"), "app.example");
        assert_eq!(redirect_host("http://127.0.0.1:3000/cb"), "127.0.0.1:3000");
        assert_eq!(redirect_host("com.example.app:/cb"), "com.example.app");
    }
}
