//! Grants: one file each, which ends in an [`ApprovedGrant`] or a refusal.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod device_code;
pub(crate) mod device_polls;
pub(crate) mod jwt_bearer;
pub(crate) mod native_sign_in;
mod new_family;
pub(crate) mod refresh_token;
pub(crate) mod token_exchange;

use std::sync::Arc;

use chabi_spec::{Actor, ErrorCode, Failure, Refusal, Scope, SecretText};
use chabi_store::{
    account::{AccountId, PersonInSession},
    application::RegisteredClient,
    browser_session::SessionId,
    grant_details::GrantDetails,
    token_family::FamilyId,
};
use chabi_token::{StatusIndex, Timestamp};

use crate::{audience::Audiences, gate::PersonClaims, server::Shared};

/// Evidence that every rule of a grant was met, and that what it changes is committed. Made by the files of this folder alone.
pub(crate) struct ApprovedGrant {
    client: Arc<RegisteredClient>,
    scope: Scope,
    audiences: Audiences,
    person: Option<Person>,
    refresh_token: Option<SecretText>,
    status: Option<StatusIndex>,
    derived: Option<Derived>,
}

/// What only a token has that was given for another token or for an assertion.
pub(crate) struct Derived {
    /// Who acts for the person (RFC 8693 §4.1).
    pub act: Option<Box<Actor>>,
    /// RFC 8693 §2.2.1; `None` where the grant's answer has none.
    pub issued_token_type: Option<&'static str>,
    /// Whether somebody signed in by it; else no ID token goes with it.
    pub signed_in: bool,
}

/// For whom, when a person granted it.
pub(crate) struct Person {
    pub claims: PersonClaims,
    pub family: FamilyId,
    pub family_ends: Timestamp,
    /// Where they signed in; `None` when an assertion speaks for them.
    pub session: Option<SessionId>,
    pub auth_time: Timestamp,
    pub amr: Vec<String>,
    /// Of the authorization request; never on a refresh.
    pub nonce: Option<String>,
    /// What only some grants have.
    pub details: Option<Box<GrantDetails>>,
}

impl ApprovedGrant {
    pub(crate) fn client(&self) -> &RegisteredClient {
        &self.client
    }
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }
    pub(crate) fn audiences(&self) -> &Audiences {
        &self.audiences
    }
    pub(crate) fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }
    pub(crate) fn refresh_token(&self) -> Option<&SecretText> {
        self.refresh_token.as_ref()
    }
    /// Where it will be told whether the access token was taken back.
    pub(crate) fn status(&self) -> Option<StatusIndex> {
        self.status
    }
    pub(crate) fn derived(&self) -> Option<&Derived> {
        self.derived.as_ref()
    }
}

/// RFC 6749 §5.2: an application uses the grants it was registered for, and no other.
pub(crate) fn check_grant_allowed(client: &RegisteredClient, grant: &'static str) -> Result<(), Refusal> {
    match client.grant_types.iter().any(|allowed| allowed == grant) {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::UnauthorizedClient,
            "grant_not_allowed",
            "the application is not registered for this grant",
            "RFC 6749 §5.2",
        )
        .explain(grant, client.grant_types.join(" "))),
    }
}

/// RFC 8707 §2.2: the token may be for fewer APIs than were granted, and for no other. Nothing named: for all that were granted.
fn check_resource_granted(asked: &[String], granted: &[String]) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    match asked.iter().find(|audience| !granted.contains(audience)) {
        None => Ok(asked.to_vec()),
        Some(foreign) => Err(Refusal::new(
            ErrorCode::InvalidTarget,
            "resource_not_granted",
            "the resource was not part of the authorization request",
            "RFC 8707 §2.2",
        )
        .explain(foreign, granted.join(" "))),
    }
}

/// Who granted it, if their account is still open: asked again at every redemption and refresh.
async fn find_person(account: AccountId, shared: &Shared) -> Result<Result<PersonClaims, Refusal>, Failure> {
    let claims = shared.gate.claims(account).await?;
    Ok(claims.ok_or_else(account_closed))
}

/// Who granted it, and whether the session goes on.
type InSession = (Result<PersonClaims, Refusal>, Result<(), Refusal>);

/// The same, and whether the browser session in which it was granted has neither ended nor expired.
async fn find_person_in_session(account: AccountId, session: Option<SessionId>, shared: &Shared) -> Result<InSession, Failure> {
    let Some(session) = session else { return Ok((find_person(account, shared).await?, Ok(()))) };
    let (claims, lives) = shared.gate.claims_in_session(account, session, &shared.env).await?;
    Ok((claims.ok_or_else(account_closed), if lives { Ok(()) } else { Err(session_ended()) }))
}

/// As [`find_person_in_session`], of rows that were found with what was granted.
async fn read_person_in_session(
    found: Option<PersonInSession>,
    account: AccountId,
    session: Option<SessionId>,
    shared: &Shared,
) -> Result<InSession, Failure> {
    let (Some(people), Some((row, emails, seen_at))) = (shared.gate.people_of_the_store(), found) else {
        return find_person_in_session(account, session, shared).await;
    };
    let lives = session.is_none() || seen_at.is_some_and(|seen_at| people.session_goes_on(seen_at, shared.env.now()));
    Ok((people.claims_of(row, &emails).ok_or_else(account_closed), if lives { Ok(()) } else { Err(session_ended()) }))
}

fn session_ended() -> Refusal {
    invalid_grant("session_ended", "the session in which this was granted has ended", "OpenID Connect Core §11")
}

fn account_closed() -> Refusal {
    invalid_grant("account_closed", "the account is gone or disabled", "OAuth 2.1 §4.3.1")
}

/// `invalid_grant` for one rule.
fn invalid_grant(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidGrant, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    // req: tk.grants
    #[test]
    fn a_grant_that_the_application_was_not_registered_for_is_unauthorized_client() {
        let client = RegisteredClient { grant_types: vec!["authorization_code".to_owned()], ..fixtures::application() };
        assert!(check_grant_allowed(&client, "authorization_code").is_ok());
        assert_eq!(check_grant_allowed(&client, "client_credentials").unwrap_err().code, ErrorCode::UnauthorizedClient);
    }

    // req: az.res
    #[test]
    fn a_token_is_for_what_was_granted_or_less() {
        let granted = ["https://a/".to_owned(), "https://b/".to_owned()];
        assert_eq!(check_resource_granted(&[], &granted), Ok(granted.to_vec()));
        assert_eq!(check_resource_granted(&granted[..1], &granted), Ok(granted[..1].to_vec()));
        assert_eq!(check_resource_granted(&["https://c/".to_owned()], &granted).unwrap_err().code, ErrorCode::InvalidTarget);
        assert!(check_resource_granted(&["https://a".to_owned()], &granted).is_err());
    }
}
