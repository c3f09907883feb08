//! Who is asking: from what a request presents to an [`AuthenticatedClient`] (RFC 6749 §2.3, OAuth 2.1 §2.4).

mod assertion;
mod failures;

use std::sync::Arc;

use chabi_spec::{
    ErrorCode, Failure, Refusal,
    client_credentials::{IdAndSecret, PresentedClient},
    form::Form,
};
use chabi_store::application::{ClientAuthentication, RegisteredClient};
use chabi_token::{client_assertion, client_secret};

pub(crate) use failures::SecretFailures;

use crate::{audit, dpop::ProvenKey, incoming::Incoming, registering, server::Shared, trail::Trail};

/// Evidence that an application is who it says: by its secret or its key, or, for a public one, by nothing but its id. Made here alone.
pub(crate) struct AuthenticatedClient {
    client: Arc<RegisteredClient>,
    method: &'static str,
    key: Option<ProvenKey>,
}

impl AuthenticatedClient {
    /// The application, as it is registered now.
    pub(crate) fn registered(&self) -> &Arc<RegisteredClient> {
        &self.client
    }

    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    /// The DPoP key that it proved to hold by this request (RFC 9449 §5); `None` when it sent no proof.
    pub(crate) fn key(&self) -> Option<&ProvenKey> {
        self.key.as_ref()
    }

    /// The same, holding this key.
    pub(crate) fn holding(self, key: Option<ProvenKey>) -> Self {
        Self { key, ..self }
    }

    /// True when a secret or a key proved it.
    pub(crate) fn is_confidential(&self) -> bool {
        self.client.authentication.is_confidential()
    }
}

/// Authenticates the application that sent this request.
///
/// # Errors
/// `invalid_client`, the same for an unknown application, a wrong secret and a disabled application; a fault of the store.
pub(crate) async fn authenticate(
    form: &Form,
    incoming: &Incoming,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<AuthenticatedClient, Failure> {
    let presented = PresentedClient::parse(incoming.authorization(), form);
    let presented = trail.met("client_auth::present", presented)?;
    let client_id = claimed(&presented);
    trail.concerns(&client_id);
    let throttle = || failures::key(&client_id, incoming.network().as_deref());
    trail.met("client_auth::check_throttle", shared.secret_failures.check(throttle, shared.env.now()))?;
    registering::quota::check_new_document(&client_id, incoming, shared, trail).await?;
    let mut refusal = refused();
    let outcome = match &presented {
        PresentedClient::Assertion { assertion, .. } => {
            let proven = assertion::prove(assertion.expose(), &client_id, shared).await?;
            proven.map_err(|unproven| refusal = unproven.explain(refused())).ok()
        }
        PresentedClient::Public { client_id } => identify(client_id, shared).await?,
        PresentedClient::Post(credentials) => prove([credentials], Way::Post, shared).await?,
        PresentedClient::Basic(basic) => prove(basic.interpretations(), Way::Basic, shared).await?,
    };
    if outcome.is_none() && !matches!(presented, PresentedClient::Public { .. }) {
        count_failure(&throttle(), &client_id, shared).await?;
    }
    trail.met("client_auth::check_proven", outcome.ok_or(refusal))
}

/// Who it says it is. RFC 7521 §4.2: the assertion says it too, and both must say the same.
fn claimed(presented: &PresentedClient) -> String {
    match presented {
        PresentedClient::Assertion { client_id, assertion } => {
            let claimed = client_assertion::claimed_client(assertion.expose()).unwrap_or_default();
            // another one than in the assertion: nobody
            if client_id.as_ref().is_none_or(|client_id| *client_id == claimed) { claimed } else { String::new() }
        }
        _ => presented.client_id().to_owned(),
    }
}

/// A public application has no secret: its id alone names it.
async fn identify(client_id: &str, shared: &Shared) -> Result<Option<AuthenticatedClient>, Failure> {
    let found = shared.registry.application(client_id, &shared.store).await?;
    Ok(found
        .filter(|client| client.disabled_at.is_none() && client.authentication == ClientAuthentication::None)
        .map(|client| AuthenticatedClient::proven(client, "none")))
}

/// Tries each reading of the credentials. The same work is done whether there is such an application or not.
async fn prove<'a>(
    readings: impl IntoIterator<Item = &'a IdAndSecret> + Send,
    way: Way,
    shared: &Shared,
) -> Result<Option<AuthenticatedClient>, Failure> {
    let readings: Vec<_> = readings.into_iter().collect();
    let mut proven = None;
    for reading in readings {
        let found = shared.registry.application(&reading.client_id, &shared.store).await?;
        let hashes = found.as_ref().map(|client| client.secret_hashes.as_slice()).unwrap_or_default();
        // OAuth 2.1 §3.2.4: compared in constant time, against nothing when there is no such application
        let right = client_secret::verify(reading.secret.expose(), hashes);
        if let Some(client) = found.filter(|client| right && is_open_to(way, client)) {
            proven = Some(AuthenticatedClient::proven(client, way.method()));
        }
    }
    Ok(proven)
}

/// OAuth 2.1 §2.4: only the way that the application is registered for.
fn is_open_to(way: Way, client: &RegisteredClient) -> bool {
    let registered = match client.authentication {
        ClientAuthentication::Secret => true,
        ClientAuthentication::SecretBasic => way == Way::Basic,
        ClientAuthentication::SecretPost => way == Way::Post,
        ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt => false,
    };
    client.disabled_at.is_none() && registered
}

/// Where a secret came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Basic,
    Post,
}

impl Way {
    fn method(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

impl AuthenticatedClient {
    fn proven(client: Arc<RegisteredClient>, method: &'static str) -> Self {
        Self { client, method, key: None }
    }
}

/// Counts a wrong secret, on all nodes; from the limit on, this application is not heard from this address for a while.
async fn count_failure(throttle: &str, client_id: &str, shared: &Shared) -> Result<(), Failure> {
    if let Some(until) = failures::count(throttle, shared).await? {
        shared.secret_failures.block(throttle, until, shared.env.now());
        let event = audit::event("client_secret.throttled", None, Some(client_id), "too many wrong secrets", &shared.env);
        shared.store.insert_audit_event(event).await?;
    }
    Ok(())
}

/// One refusal for all that can be wrong.
fn refused() -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, "client_not_proven", "the application is unknown, or did not prove who it is", "RFC 6749 §5.2")
}
