//! What whoever registered is told (RFC 7591 §3.2.1, RFC 7592 §3).

use chabi_registration::metadata;
use chabi_spec::{Failure, Fault};
use chabi_store::application::RegisteredClient;
use chabi_token::SecretText;
use serde_json::{Value, json};

use crate::server::Shared;

/// An application, and the secrets that are shown this once.
pub(crate) struct Told {
    pub application: RegisteredClient,
    /// A secret that was made just now; those made before are not known any more.
    pub secret: Option<SecretText>,
    /// What manages the registration; `None` for one that several share.
    pub token: Option<SecretText>,
}

impl Told {
    /// JSON: everything that is registered.
    pub(crate) fn to_json(&self, shared: &Shared) -> Result<String, Failure> {
        let mut told = metadata::describe(&self.application);
        let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
        add("client_id_issued_at", json!(self.application.created_at.as_seconds()));
        if let Some(secret) = &self.secret {
            add("client_secret", json!(secret.expose()));
            // RFC 7591 §3.2.1: 0 means that it does not expire
            add("client_secret_expires_at", json!(0));
        }
        // RFC 7592 §3: both or neither
        if let Some(token) = &self.token {
            add("registration_access_token", json!(token.expose()));
            add("registration_client_uri", json!(shared.settings.url(&format!("/oauth2/register/{}", self.application.client_id))));
        }
        serde_json::to_string(&told).map_err(|error| Fault::internal("writing a registration").because(error).into())
    }
}
