//! Whether the person must be asked for consent (OAuth 2.1 §7.3, RFC 8252 §8.6).

use chabi_spec::{ErrorCode, Failure, Refusal, redirect_uri};
use chabi_store::{
    application::{ApplicationKind, ClientAuthentication, RegisteredClient},
    authorization_transaction::{AuthorizationTransaction, Decision},
};

use super::check::{ReadyToAuthenticate, Trusted};
use crate::{
    gate::{Authentication, ConsentQuestion},
    server::Shared,
};

/// True when a page must ask.
///
/// # Errors
/// `access_denied` when they said no; `consent_required` when a page would be needed and none may be shown; a fault of the gate.
pub(crate) async fn is_needed(
    ready: &ReadyToAuthenticate,
    trusted: &Trusted,
    person: &Authentication,
    waiting: Option<&AuthorizationTransaction>,
    shared: &Shared,
) -> Result<bool, Failure> {
    match waiting.map(|waiting| (waiting.decision, waiting.decided_by)) {
        // RFC 6749 §4.1.2.1
        Some((Decision::Denied, Some(who))) if who == person.account() => {
            return Err(refusal(ErrorCode::AccessDenied, "person_denied", "the person did not allow it", "RFC 6749 §4.1.2.1").into());
        }
        // what counts is the word of the person who is here, and not of one who was here before
        Some((Decision::Allowed, Some(who))) if who == person.account() => return Ok(false),
        _ => {}
    }
    let remembered = match may_be_skipped(ready, &trusted.client, trusted.redirect.uri()) {
        true if trusted.client.first_party => true,
        true => {
            let resource = ready.audiences.names();
            let question = ConsentQuestion { application: &trusted.client, scope: &ready.scope, resource: &resource };
            shared.gate.consented(person.account(), question).await?
        }
        false => false,
    };
    // OpenID Connect Core §3.1.2.6: prompt=none shows no page
    if !remembered && ready.request.prompt.none {
        let hint = "the person must be asked, and prompt=none forbids it";
        return Err(refusal(ErrorCode::ConsentRequired, "consent_needed", hint, "OpenID Connect Core §3.1.2.6").into());
    }
    Ok(!remembered)
}

/// RFC 8252 §8.6: another application on the same device can take the place of a native one, so that a person must look each time.
fn may_be_skipped(ready: &ReadyToAuthenticate, client: &RegisteredClient, redirect: &str) -> bool {
    let unproven = client.kind == ApplicationKind::Native && client.authentication == ClientAuthentication::None;
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
    use chabi_spec::{AuthorizationRequest, Scope, form::Form};

    use super::*;
    use crate::{audience::Audiences, fixtures::application};

    // req: az.consent
    #[test]
    fn consent_is_never_skipped_for_an_unproven_native_application_or_when_it_is_asked_for() {
        let ready = |query: &str| {
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            ReadyToAuthenticate { request, scope: Scope::default(), audiences: Audiences::default(), hinted_subject: None }
        };
        let native = RegisteredClient { kind: ApplicationKind::Native, first_party: true, ..application() };
        for (client, redirect, query, skips) in [
            (application(), "https://app.example/cb", "", true),
            (application(), "https://app.example/cb", "prompt=consent", false),
            (native.clone(), "http://127.0.0.1:4000/cb", "", false),
            (native.clone(), "com.example.app:/cb", "", false),
            (native.clone(), "https://localhost/cb", "", false),
            (native, "https://app.example/cb", "", true),
        ] {
            assert_eq!(may_be_skipped(&ready(query), &client, redirect), skips, "{redirect} {query}");
        }
    }
}
