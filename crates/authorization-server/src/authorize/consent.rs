//! Whether the person must be asked for consent, and what they allowed (OAuth 2.1 §7.3, RFC 8252 §8.6).

use chabi_spec::{ErrorCode, Failure, Refusal, Scope, redirect_uri};
use chabi_store::{
    application::{ClientAuthentication, RegisteredClient},
    authorization_transaction::Decision,
};

use super::{
    check::{ReadyToAuthenticate, Trusted},
    next::Visit,
};
use crate::{
    claims,
    gate::{Authentication, ConsentQuestion},
    server::Shared,
};

/// What the person allows of what is asked for; `None`: a page must ask.
///
/// # Errors
/// `access_denied` when they said no; `consent_required` when a page would be needed and none may be shown; a fault of the gate.
pub(crate) async fn find(
    ready: &ReadyToAuthenticate,
    trusted: &Trusted,
    person: &Authentication,
    visit: &Visit<'_>,
    shared: &Shared,
) -> Result<Option<Scope>, Failure> {
    // what counts is the word of the person who is here, and not of one who was here before
    let decided = visit.waiting.filter(|waiting| waiting.decided_by == Some(person.account()));
    match decided.map(|waiting| (waiting.decision, &waiting.granted_scope)) {
        // RFC 6749 §4.1.2.1
        Some((Decision::Denied, _)) => {
            return Err(refusal(ErrorCode::AccessDenied, "person_denied", "the person did not allow it", "RFC 6749 §4.1.2.1").into());
        }
        // OAuth 2.1 §1.4.1, ASVS 10.7.1: what they ticked, and nothing that was not asked for
        Some((Decision::Allowed, granted)) => {
            return Ok(Some(granted.as_ref().map(|granted| granted.intersection(&ready.scope)).unwrap_or_default()));
        }
        _ => {}
    }
    let granted = match may_be_skipped(ready, &trusted.client, trusted.redirect.uri()) {
        true if trusted.client.is_ours() => Some(ready.scope.clone()),
        true => remembered(ready, trusted, person, shared).await?,
        false => None,
    };
    // OpenID Connect Core §3.1.2.6: prompt=none shows no page
    if granted.is_none() && ready.request.prompt.none {
        let hint = "the person must be asked, and prompt=none forbids it";
        return Err(refusal(ErrorCode::ConsentRequired, "consent_needed", hint, "OpenID Connect Core §3.1.2.6").into());
    }
    Ok(granted)
}

/// What the gate remembers of this very question.
async fn remembered(
    ready: &ReadyToAuthenticate,
    trusted: &Trusted,
    person: &Authentication,
    shared: &Shared,
) -> Result<Option<Scope>, Failure> {
    let resource = ready.audiences.names();
    let claims = claims::grantable(&ready.request.claims, &ready.scope, &trusted.client);
    let claims = claims::beyond_scope(&claims, &ready.scope);
    let question = ConsentQuestion { application: &trusted.client, scope: &ready.scope, resource: &resource, claims: &claims };
    let allowed = shared.gate.consented(person.account(), question).await?;
    Ok(allowed.map(|allowed| allowed.intersection(&ready.scope)))
}

/// RFC 8252 §8.6, OAuth 2.1 §7.3: another program on the same device can take the place of an application that proves nothing and is
/// answered there, so that a person must look each time.
fn may_be_skipped(ready: &ReadyToAuthenticate, client: &RegisteredClient, redirect: &str) -> bool {
    let unproven = client.authentication == ClientAuthentication::None;
    let claimed = redirect.strip_prefix("https://").is_some_and(|rest| !redirect_uri::is_loopback_address(host_of(rest)));
    !ready.request.prompt.consent && (!unproven || claimed)
}

fn host_of(after_scheme: &str) -> &str {
    after_scheme.split(['/', ':', '?']).next().unwrap_or_default()
}

fn refusal(code: ErrorCode, rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(code, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use chabi_spec::{AuthorizationRequest, form::Form};
    use chabi_store::{application::ApplicationKind, application_settings::RegisteredBy};

    use super::*;
    use crate::{audience::Audiences, fixtures::application};

    // req: az.consent
    #[test]
    fn consent_is_never_skipped_for_an_unproven_native_application_or_when_it_is_asked_for() {
        let ready = |query: &str| {
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            ReadyToAuthenticate { request, scope: Scope::default(), audiences: Audiences::default(), hinted_subject: None, dpop_jkt: None }
        };
        let native = RegisteredClient { kind: ApplicationKind::Native, first_party: true, ..application() };
        for (client, redirect, query, skips) in [
            (application(), "https://app.example/cb", "", true),
            (application(), "https://app.example/cb", "prompt=consent", false),
            (native.clone(), "http://127.0.0.1:4000/cb", "", false),
            (native.clone(), "com.example.app:/cb", "", false),
            (native.clone(), "https://localhost/cb", "", false),
            (native, "https://app.example/cb", "", true),
            (application(), "http://localhost:3000/cb", "", false),
            (RegisteredClient { authentication: ClientAuthentication::Secret, ..application() }, "http://localhost/cb", "", true),
        ] {
            assert_eq!(may_be_skipped(&ready(query), &client, redirect), skips, "{redirect} {query}");
        }
    }

    // req: az.consent
    #[test]
    fn what_registered_itself_is_never_ours() {
        let ours = RegisteredClient { first_party: true, ..application() };
        assert!(ours.is_ours());
        for registered_by in [RegisteredBy::Itself, RegisteredBy::Document] {
            let mut stranger = ours.clone();
            stranger.settings.registered_by = registered_by;
            assert!(!stranger.is_ours());
        }
    }
}
