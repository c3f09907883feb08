//! The assertion grant (RFC 7523 §2.1): somebody whom the operator trusts says who asks. Off, unless the operator named issuers for the
//! application.

mod keys;

use std::sync::Arc;

use chabi_spec::{ErrorCode, Failure, Refusal, Scope, token_request::JwtBearerRequest};
use chabi_store::{
    account::{Account, AccountId},
    application::RegisteredClient,
    application_settings::AssertionIssuer,
    browser_session::SessionId,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_token::{
    StatusIndex, TokenError,
    assertion_grant::{self, VerifiedGrant},
};

use super::{ApprovedGrant, Derived, Person, check_grant_allowed, find_person, invalid_grant};
use crate::{
    audience::{self, Audiences},
    audit,
    client_auth::AuthenticatedClient,
    server::Shared,
    settings::LONGEST_ACCESS_TOKEN,
    sign_in_demand,
    trail::Trail,
};

/// From a request by an authenticated application to an approved grant: no refresh token, no ID token.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &JwtBearerRequest,
    client: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = client.registered();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, JwtBearerRequest::GRANT_TYPE))?;
    let assertion = request.assertion.expose();
    let issuer = trail.met("assertion::find_issuer", find_issuer(assertion, client))?;
    let verified = keys::verify(assertion, issuer, shared).await.map_err(|error| not_good(&error));
    let verified = trail.met("assertion::verify", verified)?;
    let audiences = audience::find(&request.resource, client, shared).await;
    let audiences = trail.met("assertion::check_audience", audiences)?;
    let subject = find_subject(&verified, issuer, shared).await?;
    let subject = trail.met("assertion::check_subject", subject)?;
    let open = match &subject {
        Subject::Workload => {
            trail.met("assertion::check_has_audience", check_has_audience(&audiences))?;
            None
        }
        Subject::Person(account) => {
            trail.met("sign_in_demand::check_nothing_demanded", sign_in_demand::check_nothing_demanded(&audiences))?;
            let found = find_person(account.id, shared).await?;
            Some((account.id, trail.met("assertion::check_person", found)?))
        }
    };
    // the first write: an assertion that breaks another rule is not spent
    let first = check_first(&verified, shared).await?;
    trail.met("assertion::check_not_replayed", first)?;
    let scope = granted(request.scope.as_ref(), client, &audiences);
    let (person, status) = match open {
        None => (None, shared.registry.epoch(&client.client_id, &shared.status_indexes, &shared.store).await?),
        Some((account, claims)) => {
            let (family, status) = begin_family(account, &scope, &audiences, client, shared).await?;
            (Some(person(claims, &family)), status)
        }
    };
    Ok(ApprovedGrant {
        scope,
        audiences,
        person,
        refresh_token: None,
        status: Some(status),
        derived: Some(Derived { act: None, issued_token_type: None, signed_in: false }),
        client: Arc::clone(client),
    })
}

/// RFC 7523 §3 point 1: only issuers that the operator named for this very application; whose keys are asked is decided by it alone.
fn find_issuer<'a>(assertion: &str, client: &'a RegisteredClient) -> Result<&'a AssertionIssuer, Refusal> {
    let claimed = assertion_grant::claimed_issuer(assertion).unwrap_or_default();
    let mut issuers = client.settings.assertion_issuers.iter();
    issuers.find(|issuer| !claimed.is_empty() && issuer.issuer == claimed).ok_or_else(|| {
        let named: Vec<&str> = client.settings.assertion_issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        invalid_grant("assertion_issuer_unknown", "the assertion is of nobody whom the application may present", "RFC 7523 §3")
            .explain(claimed, named.join(" "))
    })
}

/// RFC 7523 §3.1: whatever is wrong with an assertion is `invalid_grant`; what exactly is for the inspector.
fn not_good(error: &TokenError) -> Refusal {
    invalid_grant("assertion_not_good", "the assertion is malformed, expired, for somebody else, or its signature is wrong", "RFC 7523 §3")
        .explain(error.to_string(), "an assertion for the issuer alone, good for an hour at the most, signed by a key of its own issuer")
}

/// RFC 7523 §3 point 7: one that has a `jti` is good once, on all nodes together.
async fn check_first(verified: &VerifiedGrant, shared: &Shared) -> Result<Result<(), Refusal>, Failure> {
    let Some(hash) = verified.replay_hash() else { return Ok(Ok(())) };
    Ok(match shared.store.use_once(hash, verified.ends(), shared.env.now()).await? {
        true => Ok(()),
        false => Err(invalid_grant("assertion_replayed", "the assertion was presented before", "RFC 7523 §3")),
    })
}

/// About whom an assertion is.
enum Subject {
    /// The application itself, at work somewhere.
    Workload,
    /// A person.
    Person(Account),
}

/// RFC 7523 §3 point 2: the application's own workload, by name, or a person, if the operator lets this issuer speak for people.
async fn find_subject(verified: &VerifiedGrant, issuer: &AssertionIssuer, shared: &Shared) -> Result<Result<Subject, Refusal>, Failure> {
    let subject = verified.subject();
    if issuer.workloads.iter().any(|workload| workload == subject) {
        return Ok(Ok(Subject::Workload));
    }
    let found = match issuer.people {
        true => shared.store.find_account_by_subject(subject).await?.filter(|account| account.realm == shared.settings.realm),
        false => None,
    };
    Ok(found.map(Subject::Person).ok_or_else(|| {
        invalid_grant("assertion_subject_unknown", "the assertion is about nobody whom the application may act for", "RFC 7523 §3")
            .explain(subject, issuer.workloads.join(" "))
    }))
}

/// OAuth 2.1 §1.4.1: what the application may have, at these APIs; never what would outlive the token.
fn granted(asked: Option<&Scope>, client: &RegisteredClient, audiences: &Audiences) -> Scope {
    let asked = asked.unwrap_or(&client.scope);
    let fleeting = Scope::of(asked.words().filter(|word| *word != "offline_access"));
    audience::grantable(&fleeting, client, audiences)
}

/// A workload's token without an API would be good for userinfo alone, which is about people.
fn check_has_audience(audiences: &Audiences) -> Result<(), Refusal> {
    match audiences.0.is_empty() {
        false => Ok(()),
        true => Err(Refusal::new(
            ErrorCode::InvalidTarget,
            "audience_missing",
            "name a resource: the application has no default one",
            "RFC 8707 §2",
        )),
    }
}

/// A family without refresh token and without a browser session, so that the token can be taken back with everything else of the person.
async fn begin_family(
    account: AccountId,
    scope: &Scope,
    audiences: &Audiences,
    client: &RegisteredClient,
    shared: &Shared,
) -> Result<(RefreshTokenFamily, StatusIndex), Failure> {
    let (env, now) = (&shared.env, shared.env.now());
    let status = shared.status_indexes.next(&shared.store).await?;
    let family = RefreshTokenFamily {
        id: FamilyId(env.new_id()),
        client_id: client.client_id.clone(),
        account,
        // of no browser: nobody signs out of it
        session: SessionId(env.new_id()),
        offline: true,
        scope: scope.clone(),
        resource: audiences.names(),
        auth_time: now,
        amr: Vec::new(),
        created_at: now,
        expires_at: now + LONGEST_ACCESS_TOKEN,
        revoked_at: None,
        revoked_because: String::new(),
        status: Some(status),
        refresh: None,
        details: None,
    };
    let event = audit::event("assertion.accepted", Some(account), Some(&client.client_id), &scope.to_string(), env);
    let kept = family.clone();
    let written = shared.store.transaction("accept_assertion", move |verbs| {
        let (family, event) = (kept.clone(), event.clone());
        Box::pin(async move {
            verbs.insert_family(family).await?;
            Ok(verbs.insert_audit_event(event).await?)
        })
    });
    written.await?;
    Ok((family, status))
}

fn person(claims: crate::gate::PersonClaims, family: &RefreshTokenFamily) -> Person {
    Person {
        claims,
        family: family.id,
        family_ends: family.expires_at,
        session: None,
        auth_time: family.auth_time,
        amr: Vec::new(),
        nonce: None,
        details: None,
    }
}

#[cfg(test)]
mod tests {
    use chabi_token::base64url;

    use super::*;
    use crate::fixtures::{api, application};

    fn assertion_of(issuer: &str) -> String {
        format!("e30.{}.x", base64url::encode(format!(r#"{{"iss":"{issuer}"}}"#)))
    }

    // req: tx
    #[test]
    fn only_issuers_that_the_operator_named_for_the_application_are_heard() {
        assert_eq!(find_issuer(&assertion_of("https://a.example"), &application()).unwrap_err().code, ErrorCode::InvalidGrant);
        let mut client = application();
        client.settings.assertion_issuers = ["https://a.example", "https://b.example", ""]
            .map(|issuer| AssertionIssuer { issuer: issuer.to_owned(), ..AssertionIssuer::default() })
            .to_vec();
        assert_eq!(find_issuer(&assertion_of("https://b.example"), &client).unwrap().issuer, "https://b.example");
        for text in [assertion_of("https://b.example/"), assertion_of("https://c.example"), assertion_of(""), "x".to_owned()] {
            assert!(find_issuer(&text, &client).is_err(), "{text}");
        }
    }

    // req: az.scope
    #[test]
    fn an_assertion_gives_what_the_application_may_have_and_nothing_that_lasts() {
        let audiences = Audiences(vec![api("https://api.example/").into()]);
        let mut client = application();
        client.scope = Scope::of(["openid", "offline_access", "notes:read"]);
        assert_eq!(granted(None, &client, &audiences), Scope::of(["openid", "notes:read"]));
        assert_eq!(granted(Some(&Scope::of(["notes:read", "admin"])), &client, &audiences), Scope::of(["notes:read"]));
    }
}
