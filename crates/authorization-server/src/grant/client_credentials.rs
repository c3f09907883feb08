//! The client credentials grant (RFC 6749 §4.4): an application acts for itself.

use std::sync::Arc;

use chabi_spec::{ErrorCode, Failure, Refusal, Scope, token_request::ClientCredentialsRequest};
use chabi_store::application::RegisteredClient;

use super::{ApprovedGrant, check_grant_allowed};
use crate::{
    audience::{self, Audiences},
    client_auth::AuthenticatedClient,
    server::Shared,
    trail::Trail,
};

/// From a request by an authenticated application to an approved grant: no person, no refresh token, no ID token.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &ClientCredentialsRequest,
    client: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = client.registered();
    trail.met("client_credentials::check_confidential", check_confidential(client))?;
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, "client_credentials"))?;
    let audiences = audience::find(&request.resource, client, shared).await;
    let audiences = trail.met("client_credentials::check_audience", audiences)?;
    trail.met("client_credentials::check_has_audience", check_has_audience(&audiences))?;
    let status = shared.registry.epoch(&client.client_id, &shared.status_indexes, &shared.store).await?;
    Ok(ApprovedGrant {
        scope: granted(request.scope.as_ref(), client, &audiences),
        audiences,
        person: None,
        refresh_token: None,
        status: Some(status),
        derived: None,
        client: Arc::clone(client),
    })
}

/// RFC 6749 §4.4: who cannot prove who it is cannot act for itself.
fn check_confidential(client: &RegisteredClient) -> Result<(), Refusal> {
    match client.authentication.is_confidential() {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::UnauthorizedClient,
            "client_credentials_of_a_public_client",
            "this grant is for confidential applications",
            "RFC 6749 §4.4",
        )),
    }
}

/// A token without an API would be good for userinfo alone, which is about people.
fn check_has_audience(audiences: &Audiences) -> Result<(), Refusal> {
    match audiences.0.is_empty() {
        false => Ok(()),
        true => Err(Refusal::new(
            ErrorCode::InvalidTarget,
            "resource_missing",
            "name a resource: the application has no default API",
            "RFC 8707 §2",
        )),
    }
}

/// RFC 6749 §3.3: nothing asked for means all that the application may have at these APIs. The words about people are never granted.
fn granted(asked: Option<&Scope>, client: &RegisteredClient, audiences: &Audiences) -> Scope {
    let granted = audience::grantable(asked.unwrap_or(&client.scope), client, audiences);
    Scope::of(granted.words().filter(|word| !audience::IDENTITY.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{api, application};

    // req: tk.cc
    #[test]
    fn a_public_application_cannot_act_for_itself() {
        assert_eq!(check_confidential(&application()).unwrap_err().code, ErrorCode::UnauthorizedClient);
    }

    // req: az.scope
    #[test]
    fn the_scope_is_what_the_application_may_have_at_the_api_and_nothing_about_people() {
        let audiences = Audiences(vec![api("https://api.example/").into()]);
        assert_eq!(granted(None, &application(), &audiences).to_string(), "notes:read");
        let asked = Scope::of(["openid", "notes:read", "notes:write"]);
        assert_eq!(granted(Some(&asked), &application(), &audiences).to_string(), "notes:read");
    }
}
