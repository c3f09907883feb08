//! Who is asking: from what a request presents to an [`AuthenticatedClient`] (RFC 6749 §2.3, OAuth 2.1 §2.4).

mod failures;

use std::sync::Arc;

use chabi_spec::{
    ErrorCode, Failure, Refusal,
    client_credentials::{IdAndSecret, PresentedClient},
    form::Form,
};
use chabi_store::application::{ClientAuthentication, RegisteredClient};
use chabi_token::client_secret;

pub(crate) use failures::SecretFailures;

use crate::{audit, incoming::Incoming, server::Shared, trail::Trail};

/// Evidence that an application is who it says: by its secret, or, for a public one, by nothing but its id. Made here alone.
pub(crate) struct AuthenticatedClient {
    client: Arc<RegisteredClient>,
    method: &'static str,
}

impl AuthenticatedClient {
    /// The application, as it is registered now.
    pub(crate) fn registered(&self) -> &Arc<RegisteredClient> {
        &self.client
    }

    /// `client_secret_basic`, `client_secret_post` or `none`.
    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    /// True when a secret proved it.
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
    trail.concerns(presented.client_id());
    let throttle = || failures::key(presented.client_id(), incoming.network().as_deref());
    trail.met("client_auth::check_throttle", shared.secret_failures.check(throttle, shared.env.now()))?;
    let outcome = match &presented {
        PresentedClient::Public { client_id } => identify(client_id, shared).await?,
        PresentedClient::Post(credentials) => prove([credentials], "client_secret_post", shared).await?,
        PresentedClient::Basic(basic) => prove(basic.interpretations(), "client_secret_basic", shared).await?,
    };
    if outcome.is_none() && !matches!(presented, PresentedClient::Public { .. }) {
        count_failure(&throttle(), presented.client_id(), shared).await?;
    }
    trail.met("client_auth::check_secret", outcome.ok_or_else(refused))
}

/// A public application has no secret: its id alone names it.
async fn identify(client_id: &str, shared: &Shared) -> Result<Option<AuthenticatedClient>, Failure> {
    let found = shared.registry.application(client_id, &shared.store).await?;
    Ok(found
        .filter(|client| client.disabled_at.is_none() && client.authentication == ClientAuthentication::None)
        .map(AuthenticatedClient::public))
}

/// Tries each reading of the credentials. The same work is done whether there is such an application or not.
async fn prove<'a>(
    readings: impl IntoIterator<Item = &'a IdAndSecret> + Send,
    method: &'static str,
    shared: &Shared,
) -> Result<Option<AuthenticatedClient>, Failure> {
    let readings: Vec<_> = readings.into_iter().collect();
    let mut proven = None;
    for reading in readings {
        let found = shared.registry.application(&reading.client_id, &shared.store).await?;
        let hashes = found.as_ref().map(|client| client.secret_hashes.as_slice()).unwrap_or_default();
        // OAuth 2.1 §3.2.4: compared in constant time, against nothing when there is no such application
        let right = client_secret::verify(reading.secret.expose(), hashes);
        if let Some(client) = found.filter(|client| right && is_open_to_secrets(client)) {
            proven = Some(AuthenticatedClient { client, method });
        }
    }
    Ok(proven)
}

/// OAuth 2.1 §2.4: only the way that the application is registered for.
fn is_open_to_secrets(client: &RegisteredClient) -> bool {
    client.disabled_at.is_none() && client.authentication.is_by_secret()
}

impl AuthenticatedClient {
    fn public(client: Arc<RegisteredClient>) -> Self {
        Self { client, method: "none" }
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
