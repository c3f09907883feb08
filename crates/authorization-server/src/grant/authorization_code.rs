//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6): every rule first, then the code is spent and its family made in one
//! transaction.

use std::sync::Arc;

use chabi_spec::{
    Failure, Refusal,
    pkce::{CodeChallenge, CodeVerifier},
    token_request::AuthorizationCodeRequest,
};
use chabi_store::{
    account::PersonInSession,
    application::RegisteredClient,
    authorization_code::{AuthorizationCode, CodeId, Redemption},
    logout_delivery::LogoutDelivery,
    revocation::Revocation,
    token_family::RefreshTokenFamily,
};
use chabi_token::{Timestamp, id_secret::IdSecret, pkce};

use super::{
    ApprovedGrant, Person, check_grant_allowed, check_resource_granted, invalid_grant,
    new_family::{Granted, new_family},
    read_person_in_session,
};
use crate::{audience, audit, client_auth::AuthenticatedClient, dpop, logout::participants, server::Shared, trail::Trail};

/// What stands before a code's text, so that leaked ones can be found.
pub(crate) const PREFIX: &str = "chabi_ac_";

/// From a request by an authenticated application to an approved grant.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &AuthorizationCodeRequest,
    authenticated: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = authenticated.registered();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, "authorization_code"))?;
    let found = find(request, shared).await?;
    let (code, person) = trail.met("code::find", found)?;
    trail.met("code::check_bound_to", check_bound_to(&code, client))?;
    trail.met("code::check_redirect_uri", check_redirect_uri(&code, request))?;
    trail.met("code::check_verifier", check_verifier(&code, request))?;
    trail.met("code::check_key", dpop::check_bound_to_key(dpop::bound_to(code.details.as_deref()), authenticated))?;
    let resource = trail.met("code::check_resource", check_resource_granted(&request.resource, &code.resource))?;
    let audiences = audience::find(&resource, client, shared).await;
    let audiences = trail.met("code::check_audience", audiences)?;
    let (claims, lives) = read_person_in_session(person, code.account, Some(code.session), shared).await?;
    let claims = trail.met("code::check_person", claims)?;
    let status = shared.status_indexes.next(&shared.store).await?;
    let granted = Granted {
        account: code.account,
        session: code.session,
        scope: &code.scope,
        resource: &code.resource,
        auth_time: code.auth_time,
        amr: &code.amr,
        details: dpop::for_family(code.details.clone(), authenticated),
    };
    let (family, refresh_token) = new_family(granted, client, status, shared);
    if lives.is_err() {
        let unspent = check_unspent(code.id, &family, shared).await;
        trail.met("code::check_unspent", unspent)?;
    }
    trail.met("code::check_session", lives)?;

    let (id, ends) = (family.id, family.expires_at);
    let to_tell = participants::to_note(client, &family, &claims, shared);
    let redeemed = redeem(code.id, family, to_tell, shared.env.now(), shared).await;
    trail.met("code::redeem", redeemed)?;
    Ok(ApprovedGrant {
        scope: audience::grantable(&code.scope, client, &audiences),
        audiences,
        person: Some(Person {
            claims,
            family: id,
            family_ends: ends,
            session: Some(code.session),
            auth_time: code.auth_time,
            amr: code.amr,
            nonce: code.nonce,
            details: code.details,
        }),
        refresh_token,
        status: Some(status),
        derived: None,
        client: Arc::clone(client),
    })
}

/// A code, and the rows of its person.
type Found = (AuthorizationCode, Option<PersonInSession>);

/// The code that the text names, if its secret is right. Spent ones are found too: what to do about those is decided when redeeming.
async fn find(request: &AuthorizationCodeRequest, shared: &Shared) -> Result<Result<Found, Refusal>, Failure> {
    let unknown = || invalid_grant("code_unknown", "the code is unknown, expired or spent", "RFC 6749 §5.2");
    let Some(presented) = IdSecret::parse(PREFIX, request.code.expose(), shared.settings.site) else { return Ok(Err(unknown())) };
    let found = shared.store.find_authorization_code(CodeId(presented.id), shared.env.now()).await?;
    Ok(found.filter(|(code, _)| presented.matches(&code.secret_hash)).ok_or_else(unknown))
}

/// RFC 6749 §4.1.3: the code was issued to this application, and to no other.
fn check_bound_to(code: &AuthorizationCode, client: &RegisteredClient) -> Result<(), Refusal> {
    match code.client_id == client.client_id {
        true => Ok(()),
        false => Err(invalid_grant("code_of_another_client", "the code was issued to another application", "RFC 6749 §4.1.3")),
    }
}

/// RFC 6749 §4.1.3: the redirect URI is the one of the authorization request. It may be left out only where PKCE binds the code
/// (OAuth 2.1 §10.2), or when the authorization request had none either.
fn check_redirect_uri(code: &AuthorizationCode, request: &AuthorizationCodeRequest) -> Result<(), Refusal> {
    let hint = "redirect_uri is not the one of the authorization request";
    match &request.redirect_uri {
        Some(sent) if *sent == code.redirect_uri => Ok(()),
        Some(sent) => Err(invalid_grant("redirect_uri_differs", hint, "RFC 6749 §4.1.3").explain(sent, &code.redirect_uri)),
        None if code.code_challenge.is_some() || !code.redirect_uri_was_sent => Ok(()),
        None => Err(invalid_grant("redirect_uri_missing", hint, "RFC 6749 §4.1.3").explain("nothing", &code.redirect_uri)),
    }
}

/// RFC 7636 §4.6: the verifier must hash to the stored challenge.
fn check_verifier(code: &AuthorizationCode, request: &AuthorizationCodeRequest) -> Result<(), Refusal> {
    let refuse = |rule, hint, clause| Err(invalid_grant(rule, hint, clause));
    match (&code.code_challenge, &request.code_verifier) {
        (None, None) => Ok(()),
        // RFC 9700 §4.8.2: a verifier for a code without challenge means that somebody took the challenge out of the request
        (None, Some(_)) => refuse("pkce_downgrade", "the authorization request had no code_challenge", "RFC 9700 §4.8.2"),
        (Some(_), None) => refuse("verifier_missing", "code_verifier is missing", "RFC 7636 §4.5"),
        (Some(challenge), Some(verifier)) => match (CodeChallenge::from_stored(challenge), CodeVerifier::parse(verifier.expose())) {
            (Some(challenge), Ok(verifier)) if pkce::matches(&verifier, &challenge) => Ok(()),
            (_, Err(_)) => refuse("verifier_malformed", "code_verifier has 43 to 128 unreserved characters", "RFC 7636 §4.1"),
            _ => refuse("verifier_wrong", "code_verifier does not match code_challenge", "RFC 7636 §4.6"),
        },
    }
}

/// RFC 9700 §4.2.4: what was granted with `offline_access` outlives its session, and not the second use of its code. A code whose
/// session is over counts as expired: it is not spent any more, and a spent one is still known.
async fn check_unspent(code: CodeId, family: &RefreshTokenFamily, shared: &Shared) -> Result<(), Failure> {
    match redeem(code, family.clone(), None, Timestamp(i64::MAX), shared).await {
        Err(Failure::Refusal(refusal)) if refusal.cause.rule == EXPIRED => Ok(()),
        replayed => replayed,
    }
}

const EXPIRED: &str = "code_expired";

/// Spends the code, unless it has expired at `moment`, and adds the family, both or neither. A replay revokes what the first redemption
/// gave, and that stays.
async fn redeem(
    code: CodeId,
    family: RefreshTokenFamily,
    to_tell: Option<LogoutDelivery>,
    moment: Timestamp,
    shared: &Shared,
) -> Result<(), Failure> {
    let now = shared.env.now();
    let attempt = shared.env.new_id();
    let event = audit::event("code.replayed", Some(family.account), Some(&family.client_id), "the family was revoked", &shared.env);
    let redeemed = shared.store.transaction("redeem_authorization_code", move |verbs| {
        let (family, to_tell, event) = (family.clone(), to_tell.clone(), event.clone());
        Box::pin(async move {
            match verbs.redeem_authorization_code(code, family.id, attempt, moment).await? {
                Redemption::Fresh => {
                    if let Some(to_tell) = to_tell {
                        verbs.note_logout_delivery(to_tell).await?;
                    }
                    Ok(verbs.insert_family(family).await?)
                }
                // RFC 6749 §4.1.2, RFC 9700 §4.2.4: the second use takes back what the first one gave
                Redemption::Replayed { family: replayed } => {
                    verbs.revoke(Revocation::Family(replayed), "code_replayed", now).await?;
                    verbs.insert_audit_event(event).await?;
                    Err(invalid_grant("code_replayed", "the code was used before", "RFC 6749 §4.1.2").into())
                }
                // RFC 6749 §4.1.2: expired, or killed by signing out
                Redemption::Unknown => Err(invalid_grant(EXPIRED, "the code is unknown, expired or spent", "RFC 6749 §4.1.2").into()),
            }
        })
    });
    redeemed.await
}

#[cfg(test)]
mod tests {
    use chabi_spec::{ErrorCode, Scope, SecretText};
    use chabi_store::{account::AccountId, browser_session::SessionId};
    use chabi_token::{Id, Timestamp};

    use super::*;
    use crate::fixtures::application;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(challenge: Option<&str>) -> AuthorizationCode {
        AuthorizationCode {
            id: CodeId(Id::from_bytes([1; 16])),
            secret_hash: [0; 32],
            client_id: "spa".to_owned(),
            redirect_uri: "https://app.example/cb".to_owned(),
            redirect_uri_was_sent: true,
            code_challenge: challenge.map(str::to_owned),
            scope: Scope::of(["openid"]),
            resource: Vec::new(),
            nonce: None,
            account: AccountId(Id::from_bytes([2; 16])),
            session: SessionId(Id::from_bytes([3; 16])),
            auth_time: Timestamp(0),
            amr: Vec::new(),
            expires_at: Timestamp(0),
            details: None,
        }
    }

    fn request(redirect_uri: Option<&str>, verifier: Option<&str>) -> AuthorizationCodeRequest {
        AuthorizationCodeRequest {
            code: SecretText::new(String::new()),
            redirect_uri: redirect_uri.map(str::to_owned),
            code_verifier: verifier.map(|verifier| SecretText::new(verifier.to_owned())),
            resource: Vec::new(),
        }
    }

    mod rfc7636 {
        use super::*;

        // req: cd.ver
        #[test]
        fn only_the_verifier_that_hashes_to_the_challenge_is_taken() {
            let bound = code(Some(CHALLENGE));
            assert!(check_verifier(&bound, &request(None, Some(VERIFIER))).is_ok());
            let long = "a".repeat(129);
            for (verifier, rule) in [
                (None, "verifier_missing"),
                (Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"), "verifier_wrong"),
                (Some(CHALLENGE), "verifier_wrong"),
                (Some("short"), "verifier_malformed"),
                (Some(&long), "verifier_malformed"),
                (Some("dBjftJeZ4CVP mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "verifier_malformed"),
            ] {
                let refusal = check_verifier(&bound, &request(None, verifier)).unwrap_err();
                assert_eq!((refusal.code, refusal.cause.rule), (ErrorCode::InvalidGrant, rule), "{verifier:?}");
            }
        }

        // req: cd.down
        #[test]
        fn a_verifier_for_a_code_without_challenge_is_a_downgrade() {
            assert_eq!(check_verifier(&code(None), &request(None, Some(VERIFIER))).unwrap_err().cause.rule, "pkce_downgrade");
            assert!(check_verifier(&code(None), &request(None, None)).is_ok());
        }
    }

    mod rfc6749 {
        use super::*;

        // req: cd.client
        #[test]
        fn a_code_bound_to_another_client_is_invalid_grant() {
            let other = RegisteredClient { client_id: "other".to_owned(), ..application() };
            assert_eq!(check_bound_to(&code(None), &other).unwrap_err().code, ErrorCode::InvalidGrant);
            assert!(check_bound_to(&code(None), &application()).is_ok());
        }

        // req: cd.redir
        #[test]
        fn the_redirect_uri_is_the_same_and_may_be_missing_only_with_pkce() {
            let ok = |challenge, uri| check_redirect_uri(&code(challenge), &request(uri, None)).is_ok();
            assert!(ok(None, Some("https://app.example/cb")));
            assert!(!ok(None, Some("https://app.example/cb/")));
            assert!(!ok(Some(CHALLENGE), Some("https://app.example/CB")));
            assert!(!ok(None, None));
            assert!(ok(Some(CHALLENGE), None));
        }
    }
}
