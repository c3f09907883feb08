//! The authorization server's port, answered from sessions, accounts and consents.

use chabi_authorization_server::gate::{
    Authentication, BroughtToken, ConsentQuestion, NotSignedIn, PeopleOfTheStore, PersonClaims, ResourceOwnerGate, SignInHints,
};
use chabi_spec::{Failure, Fault, Scope};
use chabi_store::{
    account::{Account, AccountEmail, AccountId, main_address},
    application::{ClientAuthentication, RegisteredClient},
    authorization_transaction::TransactionId,
    browser_session::SessionId,
    consent::Consent,
};
use chabi_token::{Env, Timestamp};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use url::{Host, Url};

use crate::{ResourceOwner, audit, session};

/// Hints longer than this are dropped: they fill a field, and nothing more.
const LONGEST_HINT: usize = 256;

impl ResourceOwnerGate for ResourceOwner {
    fn present<'a>(&'a self, headers: &'a HeaderMap, _env: &'a Env) -> BoxFuture<'a, Result<Option<Authentication>, Fault>> {
        Box::pin(async move {
            let signed_in = session::find(self, headers).await?;
            Ok(signed_in.map(|crate::SignedIn { session, account }| {
                Authentication::proven(account.id, account.subject, session.id, session.auth_time, session.amr)
            }))
        })
    }

    fn sign_in_url(&self, transaction: TransactionId, hints: &SignInHints) -> String {
        let page = match hints {
            SignInHints { create: true, .. } if self.settings.sign_up_open => "signup/",
            SignInHints { choose: true, .. } => "choose-account/",
            _ => "login/",
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("transaction", &transaction.to_string());
        for (name, hint) in [("login_hint", &hints.login_hint), ("ui_locales", &hints.ui_locales)] {
            if let Some(hint) = hint.as_deref().filter(|hint| hint.len() <= LONGEST_HINT) {
                query.append_pair(name, hint);
            }
        }
        if hints.again {
            query.append_pair("again", "1");
        }
        format!("{}?{}", self.settings.path(page), query.finish())
    }

    fn may_sign_up(&self) -> bool {
        self.settings.sign_up_open
    }

    fn consent_url(&self, transaction: TransactionId) -> String {
        format!("{}?transaction={transaction}", self.settings.path("consent/"))
    }

    fn sign_out_url(&self, transaction: TransactionId) -> String {
        format!("{}?transaction={transaction}", self.settings.path("logout/"))
    }

    fn device_url(&self) -> String {
        self.settings.mounted(crate::page::device::DEVICE)
    }

    fn signed_out_url(&self) -> String {
        self.settings.path("signed-out/")
    }

    fn consented<'a>(&'a self, account: AccountId, question: ConsentQuestion<'a>) -> BoxFuture<'a, Result<Option<Scope>, Fault>> {
        Box::pin(async move {
            if question.application.is_ours() {
                return Ok(Some(question.scope.clone()));
            }
            if may_be_impersonated(question.application) {
                return Ok(None);
            }
            let key = resource_key(question.resource);
            let remembered = self.store.find_consent(account, &question.application.client_id, &key).await?;
            Ok(remembered.and_then(|consent| allowed_before(&consent, question.scope, question.claims)))
        })
    }

    fn people_of_the_store(&self) -> Option<&dyn PeopleOfTheStore> {
        Some(self)
    }

    fn claims(&self, account: AccountId) -> BoxFuture<'_, Result<Option<PersonClaims>, Fault>> {
        Box::pin(async move {
            let found = self.store.find_person(account).await?;
            Ok(found.and_then(|(account, emails)| claims_of_open(account, &emails)))
        })
    }

    fn sign_in_by_token<'a>(
        &'a self,
        brought: BroughtToken<'a>,
        _env: &'a Env,
    ) -> BoxFuture<'a, Result<Result<Authentication, NotSignedIn>, Fault>> {
        Box::pin(crate::social::sign_in_by_token(self, brought))
    }

    fn session_lives<'a>(&'a self, session: SessionId, env: &'a Env) -> BoxFuture<'a, Result<bool, Fault>> {
        let now = env.now();
        Box::pin(async move {
            let found = self.store.find_session(session, now).await?;
            Ok(found.is_some_and(|found| goes_on(found.seen_at, now, self)))
        })
    }

    fn claims_in_session<'a>(
        &'a self,
        account: AccountId,
        session: SessionId,
        env: &'a Env,
    ) -> BoxFuture<'a, Result<(Option<PersonClaims>, bool), Fault>> {
        let now = env.now();
        Box::pin(async move {
            let found = self.store.find_person_in_session(account, session, now).await?;
            let Some((account, emails, seen_at)) = found else { return Ok((None, false)) };
            Ok((claims_of_open(account, &emails), seen_at.is_some_and(|seen_at| goes_on(seen_at, now, self))))
        })
    }

    fn sign_out<'a>(&'a self, session: SessionId, env: &'a Env) -> BoxFuture<'a, Result<(), Fault>> {
        let now = env.now();
        let event = audit::event("logout", None, None, format!("session {session}"), env);
        Box::pin(async move {
            let ended = self
                .store
                .transaction("sign_out", move |verbs| {
                    let mut event = event.clone();
                    Box::pin(async move {
                        event.account = verbs.find_session(session, now).await?.map(|found| found.account);
                        if session::end_with_grants(verbs, session, "logout", now).await? {
                            verbs.insert_audit_event(event).await?;
                        }
                        Ok(())
                    })
                })
                .await;
            match ended {
                Ok(_) => Ok(()),
                Err(Failure::Fault(fault)) => Err(fault),
                Err(Failure::Refusal(refusal)) => Err(Fault::internal("signing out").because(refusal)),
            }
        })
    }
}

impl PeopleOfTheStore for ResourceOwner {
    fn claims_of(&self, account: Account, emails: &[AccountEmail]) -> Option<PersonClaims> {
        claims_of_open(account, emails)
    }

    fn session_goes_on(&self, seen_at: Timestamp, now: Timestamp) -> bool {
        goes_on(seen_at, now, self)
    }
}

/// RFC 8252 §8.6: any program on the device can take a loopback or private-use redirect and a public application's `client_id`; so
/// nobody can be sure who asks, and consent is never taken for granted.
pub(crate) fn may_be_impersonated(application: &RegisteredClient) -> bool {
    application.authentication == ClientAuthentication::None && application.redirect_uris.iter().any(|uri| stays_on_device(uri))
}

/// True for loopback and private-use redirects: the answer stays on this machine.
pub(crate) fn stays_on_device(redirect_uri: &str) -> bool {
    let Ok(uri) = Url::parse(redirect_uri) else { return true };
    match (uri.scheme(), uri.host()) {
        ("http" | "https", Some(Host::Domain(domain))) => domain == "localhost" || domain.ends_with(".localhost"),
        ("http" | "https", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http" | "https", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => true,
    }
}

/// Audiences as the store keeps them with a consent: in alphabetical order, joined by spaces.
pub(crate) fn resource_key(resource: &[String]) -> String {
    let mut resource: Vec<&str> = resource.iter().map(String::as_str).collect();
    resource.sort_unstable();
    resource.dedup();
    resource.join(" ")
}

/// What of it is allowed without asking: nothing of it may be new. What they did not tick once is known, and not asked for again.
fn allowed_before(consent: &Consent, asked: &Scope, claims: &[String]) -> Option<Scope> {
    let known = consent.scope.union(&consent.declined).covers(asked) && claims.iter().all(|claim| consent.claims.contains(claim));
    known.then(|| consent.scope.intersection(asked))
}

/// Of a disabled account nothing is told.
fn claims_of_open(account: Account, emails: &[AccountEmail]) -> Option<PersonClaims> {
    account.disabled_at.is_none().then(|| person_claims(account, emails))
}

/// A session that was idle for too long signs nobody in any more, and is as good as ended.
fn goes_on(seen_at: Timestamp, now: Timestamp, owner: &ResourceOwner) -> bool {
    now.since(seen_at) < owner.settings.session.idle
}

fn person_claims(account: Account, emails: &[AccountEmail]) -> PersonClaims {
    let main = main_address(emails);
    let local_part = main.and_then(|email| email.canonical.split('@').next()).unwrap_or_default();
    let chosen = account.profile.as_ref().map(|profile| profile.preferred_username.as_str()).filter(|name| !name.is_empty());
    let preferred_username = chosen.map_or_else(|| username(local_part, &account.subject), str::to_owned);
    PersonClaims {
        name: if account.name.is_empty() { preferred_username.clone() } else { account.name },
        preferred_username,
        subject: account.subject,
        locale: account.locale,
        email: main.map(|email| email.address.clone()).unwrap_or_default(),
        email_verified: main.is_some_and(|email| email.verified_at.is_some()),
        // OpenID Connect Core §5.1: when any of these changed last
        updated_at: main.and_then(|email| email.verified_at).unwrap_or(account.created_at).max(account.created_at).max(account.updated_at),
        profile: account.profile,
    }
}

/// Of `[A-Za-z0-9._-]`: what other software takes as a login name.
fn username(local_part: &str, subject: &str) -> String {
    let name: String = local_part.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')).collect();
    match name.is_empty() {
        true => format!("person-{}", subject.chars().take(8).collect::<String>()),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: az.consent
    #[test]
    fn loopback_and_private_use_redirects_stay_on_the_device() {
        for uri in ["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:3000/cb", "com.example.app:/cb", "app.localhost:/x"] {
            assert!(stays_on_device(uri), "{uri}");
        }
        assert!(!stays_on_device("https://app.example/cb"));
        assert!(!stays_on_device("https://127.0.0.1.evil.example/cb"));
    }

    // req: az.consent
    #[test]
    fn a_remembered_consent_covers_nothing_that_was_not_in_it() {
        let consent = Consent {
            account: AccountId(chabi_token::Id::from_bytes([1; 16])),
            client_id: "app".into(),
            resource: String::new(),
            scope: Scope::of(["openid", "notes:read"]),
            given_at: Timestamp(0),
            declined: Scope::of(["email"]),
            claims: vec!["birthdate".into()],
        };
        let allowed = |asked: &[&str], claims: &[&str]| {
            let claims: Vec<String> = claims.iter().map(|claim| (*claim).to_owned()).collect();
            allowed_before(&consent, &Scope::of(asked.iter().copied()), &claims).map(|scope| scope.to_string())
        };
        assert_eq!(allowed(&["openid"], &["birthdate"]).as_deref(), Some("openid"));
        assert_eq!(allowed(&["openid", "email"], &[]).as_deref(), Some("openid"), "what was not ticked is not given");
        assert_eq!(allowed(&["openid", "notes:write"], &[]), None);
        assert_eq!(allowed(&["openid"], &["gender"]), None);
    }

    #[test]
    fn audiences_are_one_key_in_any_order() {
        assert_eq!(resource_key(&["b".into(), "a".into(), "b".into()]), "a b");
        assert_eq!(resource_key(&[]), "");
    }

    #[test]
    fn the_user_name_has_only_letters_digits_and_marks_that_others_take() {
        assert_eq!(username("ada+x'y", "subject12345"), "adaxy");
        assert_eq!(username("", "subject12345"), "person-subject1");
    }
}
