//! Applications: registering, listing, removing.

use chabi_registration::{client_id_document, origins, rules};
use chabi_spec::{Fault, Scope};
use chabi_store::{
    Store,
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::ApplicationSettings,
    audit::AuditEvent,
    installation::CONFIGURATION,
    revocation::Revocation,
};
use chabi_token::{Env, SecretText, base64url, client_secret};
use serde_json::json;

use super::{RegistrationError, fault_of};
use crate::{Actor, operation::applications::Application};

pub use chabi_registration::Place;

/// What an operator says of a new application; the rest is decided by it.
#[derive(Clone, Debug, Default)]
pub struct NewApplication {
    /// `client_id`; made up when empty.
    pub client_id: String,
    /// Shown on the consent page.
    pub name: String,
    /// Byte-exact.
    pub redirect_uris: Vec<String>,
    /// Byte-exact.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may ask for; `openid profile email offline_access` and its API's scopes when empty.
    pub scope: Scope,
    /// Audience of its tokens when it names none.
    pub audience: String,
    /// Cannot keep a secret: a single-page or native application.
    pub public: bool,
    /// Installed on a device.
    pub native: bool,
    /// Acts for itself, without people.
    pub machine: bool,
    /// Ours: people are not asked to consent.
    pub first_party: bool,
    /// Follows OpenID Connect as older clients know it: PKCE is optional when it has a secret.
    pub oidc: bool,
    /// What its ID tokens are signed with: `RS256` when empty.
    pub id_token_alg: String,
    /// What it may ask tokens by; what `machine` says when empty.
    pub grant_types: Vec<String>,
    /// How it proves who it is; `None`: nothing when `public`, its keys when `settings` names some, else a secret.
    pub authentication: Option<ClientAuthentication>,
    /// Everything else.
    pub settings: ApplicationSettings,
}

/// Registers it. Answers with the application and, for a confidential one, its secret, which is never to be had again.
///
/// # Errors
/// [`RegistrationError`].
pub async fn add(
    store: &Store,
    new: NewApplication,
    place: Place,
    env: &Env,
) -> Result<(RegisteredClient, Option<SecretText>), RegistrationError> {
    let authentication = new.authentication.unwrap_or_else(|| usual_authentication(&new));
    let (secret, secret_hashes) = match authentication.is_by_secret() {
        false => (None, Vec::new()),
        true => {
            let (secret, hash) = client_secret::generate(env);
            (Some(secret), vec![hash])
        }
    };
    let scope = match new.scope.is_empty() {
        true => default_scope(store, &new.audience).await?,
        false => new.scope,
    };
    let client_id = if new.client_id.is_empty() { base64url::encode(env.random::<12>()) } else { new.client_id };
    let application = RegisteredClient {
        origins: origins::of(&new.redirect_uris, authentication == ClientAuthentication::None),
        name: if new.name.is_empty() { client_id.clone() } else { new.name },
        client_id,
        profile: if new.oidc { Profile::Oidc } else { Profile::OAuth21 },
        kind: if new.native { ApplicationKind::Native } else { ApplicationKind::Web },
        authentication,
        secret_hashes,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        grant_types: if new.grant_types.is_empty() { grant_types(new.machine) } else { new.grant_types },
        scope,
        default_audience: new.audience,
        id_token_alg: if new.id_token_alg.is_empty() { "RS256".to_owned() } else { new.id_token_alg },
        first_party: new.first_party,
        disabled_at: None,
        created_at: env.now(),
        settings: new.settings,
    };
    put_with(store, application.clone(), place, Some(told(None, &application, env))).await?;
    Ok((application, secret))
}

/// As the operations tell it that make or change one: what is here knows more ways to do it, and no other log.
fn told(before: Option<&RegisteredClient>, application: &RegisteredClient, env: &Env) -> AuditEvent {
    let object = format!("application {}", application.client_id);
    AuditEvent {
        id: env.new_id(),
        at: env.now(),
        kind: if before.is_some() { "admin.applications.update" } else { "admin.applications.create" }.to_owned(),
        actor: Some(Actor::operator().name()),
        account: None,
        client_id: (application.client_id.len() <= 500).then(|| application.client_id.clone()),
        address: None,
        detail: json!({ "object": object, "before": before.map(Application::of), "after": Application::of(application) }).to_string(),
    }
}

/// Puts an application into the store after checking the rules; replaces the one of the same `client_id`.
///
/// # Errors
/// [`RegistrationError`].
pub async fn put(store: &Store, application: RegisteredClient, place: Place) -> Result<(), RegistrationError> {
    put_with(store, application, place, None).await
}

async fn put_with(store: &Store, application: RegisteredClient, place: Place, event: Option<AuditEvent>) -> Result<(), RegistrationError> {
    let contradictions = rules::check(&application, place);
    if !contradictions.is_empty() {
        return Err(RegistrationError::Contradictions(contradictions));
    }
    let audience = &application.default_audience;
    if !audience.is_empty() && store.find_api(audience).await?.is_none() {
        return Err(RegistrationError::UnknownAudience(audience.clone()));
    }
    let put = store.transaction("put_application", move |verbs| {
        let (application, event) = (application.clone(), event.clone());
        Box::pin(async move {
            verbs.put_application(application).await?;
            verbs.bump_version(CONFIGURATION).await?;
            if let Some(event) = event {
                verbs.insert_audit_event(event).await?;
            }
            Ok(())
        })
    });
    put.await.map_err(|failure| RegistrationError::Fault(fault_of(failure)))?;
    store.configuration_changed();
    Ok(())
}

/// Removes it, and revokes all it was granted. `false`: there was none.
///
/// # Errors
/// The store's fault.
pub async fn remove(store: &Store, client_id: &str, env: &Env) -> Result<bool, Fault> {
    let (client_id, now) = (client_id.to_owned(), env.now());
    let removed = store
        .transaction("remove_application", move |verbs| {
            let client_id = client_id.clone();
            Box::pin(async move {
                verbs.revoke(Revocation::Application(&client_id), "application_removed", now).await?;
                verbs.bump_version(CONFIGURATION).await?;
                verbs.forget_registration(&client_id).await?;
                // whoever gets this id later is another
                verbs.delete_role_grants_of(&format!("application:{client_id}")).await?;
                Ok(verbs.delete_application(&client_id).await?)
            })
        })
        .await;
    store.configuration_changed();
    removed.map_err(fault_of)
}

/// Shuts an application out, or lets it in again: its id is known, and it gets nothing. `false`: there is none.
///
/// The URL of a metadata document can be shut out before anybody has used it, and whatever the document says.
///
/// # Errors
/// The store's fault.
pub async fn set_disabled(store: &Store, client_id: &str, disabled: bool, env: &Env) -> Result<bool, Fault> {
    let known = store.find_application(client_id).await?;
    let shut = || client_id_document::check_url(client_id).ok().filter(|_| disabled).map(|_| client_id_document::blank(client_id));
    let Some(before) = known.or_else(shut) else { return Ok(false) };
    let now = env.now();
    let application = RegisteredClient { disabled_at: disabled.then(|| before.disabled_at.unwrap_or(now)), ..before.clone() };
    let event = told(Some(&before), &application, env);
    let change = store.transaction("disable_application", move |verbs| {
        let (application, event) = (application.clone(), event.clone());
        Box::pin(async move {
            verbs.insert_audit_event(event).await?;
            if application.disabled_at.is_some() {
                verbs.revoke(Revocation::Application(&application.client_id), "application_disabled", now).await?;
            }
            // what an operator decided does not go away by itself
            verbs.forget_registration(&application.client_id).await?;
            verbs.put_application(application).await?;
            verbs.bump_version(CONFIGURATION).await?;
            Ok(())
        })
    });
    change.await.map_err(fault_of)?;
    store.configuration_changed();
    Ok(true)
}

fn usual_authentication(new: &NewApplication) -> ClientAuthentication {
    match () {
        () if new.public => ClientAuthentication::None,
        () if !new.settings.jwks.is_empty() || !new.settings.jwks_uri.is_empty() => ClientAuthentication::PrivateKeyJwt,
        () => ClientAuthentication::Secret,
    }
}

fn grant_types(machine: bool) -> Vec<String> {
    let grants: &[&str] = if machine { &["client_credentials"] } else { &["authorization_code", "refresh_token"] };
    grants.iter().map(|grant| (*grant).to_owned()).collect()
}

async fn default_scope(store: &Store, audience: &str) -> Result<Scope, RegistrationError> {
    let own = Scope::of(["openid", "profile", "email", "offline_access"]);
    Ok(match store.find_api(audience).await? {
        Some(api) => own.union(&api.scope),
        None => own,
    })
}
