//! What a request that waits asks of a person: the consent page shows it, and remembers consent to exactly this.

use chabi_spec::{ErrorCode, Failure, Refusal, Scope, claims_parameter::ClaimsRequest};
use chabi_store::{Store, api::Api, application::RegisteredClient, authorization_transaction::AuthorizationTransaction};

use crate::{
    audience::{self, Audiences},
    authorize::code,
    claims,
};

/// An authorization request as a person should see it. Taken from what was stored when it was checked, and from nothing in a form.
#[derive(Clone, Debug)]
pub struct WaitingRequest {
    /// Who asks.
    pub application: RegisteredClient,
    /// What will be granted: asked for, allowed to the application, and known to the APIs.
    pub scope: Scope,
    /// The APIs at which; empty: our own userinfo alone.
    pub apis: Vec<Api>,
    /// Claims asked for by name, beyond what the scope gives (OpenID Connect Core §5.5).
    pub claims: Vec<String>,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// `login_hint`.
    pub login_hint: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
}

impl WaitingRequest {
    /// Reads a waiting request of purpose `authorize`.
    ///
    /// # Errors
    /// When the application or an API is gone meanwhile; a fault of the store.
    pub async fn read(transaction: &AuthorizationTransaction, store: &Store) -> Result<Self, Failure> {
        let application = store.find_application(&transaction.client_id).await?;
        let application = application.filter(|application| application.disabled_at.is_none()).ok_or_else(gone)?;
        let parameters = parameters(transaction, store).await?;
        let all = |wanted: &str| -> Vec<String> {
            let pairs = form_urlencoded::parse(parameters.as_bytes());
            pairs.filter(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.into_owned()).collect()
        };
        let one = |wanted| all(wanted).into_iter().next();
        let mut apis: Vec<Api> = Vec::new();
        for audience in audience::wanted(&all("resource"), &application) {
            let api = store.find_api(audience).await?.ok_or_else(|| audience::unknown(audience))?;
            if !apis.contains(&api) {
                apis.push(api);
            }
        }
        let audiences = Audiences(apis.iter().cloned().map(Into::into).collect());
        let asked = Scope::parse(&one("scope").unwrap_or_default())?;
        let scope = audience::grantable(&asked, &application, &audiences);
        let named = one("claims").map(|text| ClaimsRequest::parse(&text)).transpose()?.unwrap_or_default();
        let redirect_uri = one("redirect_uri").or_else(|| application.redirect_uris.first().cloned()).unwrap_or_default();
        Ok(Self {
            claims: claims::beyond_scope(&claims::grantable(&named, &scope, &application), &scope),
            scope,
            apis,
            redirect_uri,
            login_hint: one("login_hint"),
            ui_locales: one("ui_locales"),
            application,
        })
    }

    /// Audiences of the APIs, in the order of the request: the `resource` of a [`crate::ConsentQuestion`].
    #[must_use]
    pub fn resource(&self) -> Vec<String> {
        self.apis.iter().map(|api| api.audience.clone()).collect()
    }
}

/// As they were sent, or as they were pushed (RFC 9126).
async fn parameters(transaction: &AuthorizationTransaction, store: &Store) -> Result<String, Failure> {
    let Some(id) = transaction.pushed_request else { return Ok(transaction.parameters.clone()) };
    // what was there when this began to wait is kept for as long as this may wait
    let pushed = store.find_pushed_request(id, transaction.created_at).await?;
    Ok(pushed.ok_or_else(code::finished_before)?.parameters)
}

fn gone() -> Refusal {
    Refusal::new(ErrorCode::UnauthorizedClient, "client_gone", "the application is gone or disabled", "RFC 6749 §4.1.2.1")
}
