//! `consent/`: a person allows an application, or does not. What is asked comes from the store alone; a form only says yes or no.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_authorization_server::WaitingRequest;
use chabi_pages::{
    Language,
    page::{About, AboutLinks, Consent as ConsentPage, ConsentApi, ConsentLifetime, ConsentScope, Expiry},
};
use chabi_spec::{Failure, Scope, form::Form};
use chabi_store::{
    account::main_address,
    api::Api,
    application::RegisteredClient,
    application_settings::RegisteredBy,
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId, Verdict},
    consent::Consent,
};
use url::Url;

use super::{continuation, query};
use crate::{
    ResourceOwner, SignedIn, Visit, audit, browser,
    continuation::Continuation,
    gate::{may_be_impersonated, resource_key, stays_on_device},
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
    // a field for each scope that is ticked
    let form = Form::parse(&body, &["scope"]).map_err(|_| Trouble::BadForm)?;
    let continuation = continuation(&form);
    let transaction = continuation.transaction.ok_or(Trouble::Expired(Expiry::TooLate))?;
    respond::check_csrf(&owner, &visit, &form, &purpose(transaction))?;
    let Some(signed_in) = &visit.signed_in else {
        return Ok(respond::see_other(&continuation.url(&owner, "login/")));
    };
    let waiting = find_waiting(&owner, &visit, &continuation).await?;
    // OAuth 2.1 §7.12: scope, application and redirect come from the stored request; the form can only take away from it
    let asked = read(&waiting, &owner).await?;
    let (decision, granted) = match form.get("decision") {
        Some("allow") => (Decision::Allowed, asked.scope.clone()),
        Some("ticked") => (Decision::Allowed, ticked(&asked.scope, &form)),
        Some("deny") => (Decision::Denied, Scope::default()),
        _ => return Err(Trouble::BadForm.into()),
    };
    let remember = form.get("remember").is_some() && !may_be_impersonated(&asked.application);
    decide(&owner, &visit, signed_in, transaction, Decided { decision, granted, asked, remember }).await?;
    Ok(respond::see_other(&continuation.target(&owner)))
}

/// Of what is asked for, what is ticked, and what cannot be unticked.
pub(super) fn ticked(asked: &Scope, form: &Form) -> Scope {
    let choices = choices(asked);
    Scope::of(asked.words().filter(|word| !choices.contains(word) || form.all("scope").any(|ticked| ticked == *word)))
}

/// More than these are allowed or denied as a whole: a form has no more fields.
const MOST_CHOICES: usize = 50;

/// What can be unticked: all but `openid`, without which nobody is signed in.
fn choices(asked: &Scope) -> Scope {
    let choices = asked.without(&Scope::of(["openid"]));
    if choices.words().nth(MOST_CHOICES).is_some() { Scope::default() } else { choices }
}

struct Decided {
    decision: Decision,
    granted: Scope,
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
    let Decided { decision, granted, asked, remember } = decided;
    let consent = Consent {
        account,
        client_id: asked.application.client_id.clone(),
        resource: resource_key(&asked.resource()),
        declined: asked.scope.without(&granted),
        scope: granted.clone(),
        given_at: now,
        claims: asked.claims,
    };
    let allowed = decision == Decision::Allowed;
    let (kind, detail) = if allowed { ("consent.given", &granted) } else { ("consent.denied", &asked.scope) };
    let mut event = audit::event(kind, Some(account), visit.address, detail.to_string(), &owner.env);
    event.client_id = Some(consent.client_id.clone());
    let verdict = Verdict { decision, account, granted };
    owner
        .store
        .transaction("consent", move |verbs| {
            let (mut consent, event, verdict) = (consent.clone(), event.clone(), verdict.clone());
            Box::pin(async move {
                if !verbs.decide_transaction(transaction, browser_hash, verdict, now).await? {
                    return Ok(());
                }
                verbs.insert_audit_event(event).await?;
                if remember && allowed {
                    if let Some(before) = verbs.find_consent(account, &consent.client_id, &consent.resource).await? {
                        add(&mut consent, before);
                    }
                    verbs.put_consent(consent).await?;
                }
                Ok(())
            })
        })
        .await
}

/// What was allowed before stays allowed, save what is declined now; and the other way round.
fn add(consent: &mut Consent, before: Consent) {
    let scope = consent.scope.union(&before.scope.without(&consent.declined));
    consent.declined = consent.declined.union(&before.declined.without(&consent.scope));
    consent.scope = scope;
    consent.claims.extend(before.claims);
    consent.claims.sort_unstable();
    consent.claims.dedup();
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
    let application = &waiting.application;
    let registered_by = application.settings.registered_by;
    ConsentPage {
        form: continuation.fields(browser::csrf_token(owner, visit, &purpose(id))),
        about: about(application),
        // OAuth Client ID Metadata Document §6: all that is known of it is where its metadata was found
        client_host: (registered_by == RegisteredBy::Document).then(|| redirect_host(&application.client_id)),
        self_registered: registered_by == RegisteredBy::Itself,
        redirect_host: redirect_host(&waiting.redirect_uri),
        redirect_is_local: stays_on_device(&waiting.redirect_uri),
        lifetime: match waiting.scope.contains("offline_access") {
            true => ConsentLifetime::UntilTakenBack,
            false => ConsentLifetime::UntilSignOut,
        },
        may_remember: !may_be_impersonated(application),
        apis: apis(&waiting.scope, &waiting.apis, visit.frame.language),
        chooses: !choices(&waiting.scope).is_empty(),
        switch_url: format!("{}&again=1", continuation.url(owner, "login/")),
        claims: waiting.claims,
        application: waiting.application.name,
        ..ConsentPage::default()
    }
}

/// The scopes of each API, and first those of the person's own account. A word that several APIs know is ticked once, where it stands first.
pub(super) fn apis(asked: &Scope, apis: &[Api], language: Language) -> Vec<ConsentApi> {
    let choices = choices(asked);
    let known: Scope = apis.iter().fold(Scope::default(), |known, api| known.union(&api.scope));
    let line = |word: &str, words: Option<String>, choice: bool| ConsentScope { word: word.to_owned(), words, choice };
    let ours = asked.without(&known);
    let mut ours: Vec<_> = ours.words().map(|word| line(word, None, choices.contains(word))).collect();
    // what cannot be unticked stands first
    ours.sort_by_key(|scope| scope.choice);
    let mut shown = Scope::default();
    let mut all = vec![ConsentApi { name: None, scopes: ours }];
    for api in apis {
        let here = asked.intersection(&api.scope);
        let scopes = here.words().map(|word| line(word, words_of(api, word, language), choices.contains(word) && !shown.contains(word)));
        all.push(ConsentApi { name: Some(api.name.clone()), scopes: scopes.collect() });
        shown = shown.union(&here);
    }
    all.retain(|api| !api.scopes.is_empty());
    all
}

/// In the person's language (`notes:read#bn`) when the API has words in it, else those without a language.
fn words_of(api: &Api, word: &str, language: Language) -> Option<String> {
    let words = &api.settings.scope_words;
    words.get(&format!("{word}#{}", language.tag())).or_else(|| words.get(word)).cloned()
}

/// What an application says of itself, for the pages on the way to it.
pub(crate) fn about(application: &RegisteredClient) -> About {
    let settings = &application.settings;
    About::new(AboutLinks {
        logo_uri: &settings.logo_uri,
        client_uri: &settings.client_uri,
        policy_uri: &settings.policy_uri,
        tos_uri: &settings.tos_uri,
    })
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
