//! Applications: registering, listing, removing.

use chabi_spec::{Fault, Scope, reserved_claims, redirect_uri::RegisteredRedirectUri};
use chabi_store::{
    Store,
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    installation::CONFIGURATION,
    revocation::Revocation,
};
use chabi_token::{Env, SecretText, base64url, client_secret};

use super::{RegistrationError, apis, fault_of};

/// Where the installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its issuer is https.
    Public,
    /// Its issuer is of this very machine, as in development: then applications on servers of this machine may use plain http too, since
    /// no code leaves it either way.
    ThisMachine,
}

impl Place {
    /// Of an issuer that was checked.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        if issuer.starts_with("https://") { Self::Public } else { Self::ThisMachine }
    }
}

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
    /// What its ID tokens are signed with: `RS256` when empty, or `ES256`.
    pub id_token_alg: String,
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
    let (secret, secret_hashes) = match new.public {
        true => (None, Vec::new()),
        false => {
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
        origins: origins_of(&new.redirect_uris, new.public),
        name: if new.name.is_empty() { client_id.clone() } else { new.name },
        client_id,
        profile: if new.oidc { Profile::Oidc } else { Profile::OAuth21 },
        kind: if new.native { ApplicationKind::Native } else { ApplicationKind::Web },
        authentication: if new.public { ClientAuthentication::None } else { ClientAuthentication::Secret },
        secret_hashes,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        grant_types: grant_types(new.machine),
        scope,
        default_audience: new.audience,
        id_token_alg: if new.id_token_alg.is_empty() { "RS256".to_owned() } else { new.id_token_alg },
        first_party: new.first_party,
        disabled_at: None,
        created_at: env.now(),
        settings: Default::default(),
    };
    put(store, application.clone(), place).await?;
    Ok((application, secret))
}

/// Puts an application into the store after checking the rules; replaces the one of the same `client_id`.
///
/// # Errors
/// [`RegistrationError`].
pub async fn put(store: &Store, application: RegisteredClient, place: Place) -> Result<(), RegistrationError> {
    check(&application, place)?;
    let audience = &application.default_audience;
    if !audience.is_empty() && store.find_api(audience).await?.is_none() {
        return Err(RegistrationError::UnknownAudience(audience.clone()));
    }
    let put = store.transaction("put_application", move |verbs| {
        let application = application.clone();
        Box::pin(async move {
            verbs.put_application(application).await?;
            verbs.bump_version(CONFIGURATION).await?;
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
                Ok(verbs.delete_application(&client_id).await?)
            })
        })
        .await;
    store.configuration_changed();
    removed.map_err(fault_of)
}

fn check(application: &RegisteredClient, place: Place) -> Result<(), RegistrationError> {
    let id = &application.client_id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(RegistrationError::ClientId(id.clone()));
    }
    // RFC 9700 §2.6: plain http is for loopback addresses alone; the parser holds native applications and this machine to them
    let native = application.kind == ApplicationKind::Native || place == Place::ThisMachine;
    for uri in application.redirect_uris.iter().chain(&application.post_logout_redirect_uris) {
        RegisteredRedirectUri::parse(uri, native).map_err(|error| RegistrationError::RedirectUri(uri.clone(), error.hint.to_owned()))?;
    }
    for origin in &application.origins {
        if !is_origin(origin) {
            return Err(RegistrationError::Origin(origin.clone()));
        }
    }
    for grant in &application.grant_types {
        if !["authorization_code", "refresh_token", "client_credentials"].contains(&grant.as_str()) {
            return Err(RegistrationError::GrantType(grant.clone()));
        }
    }
    // RFC 6749 §4.4: the client credentials grant is for confidential clients alone
    let machine = application.grant_types.iter().any(|grant| grant == "client_credentials");
    if machine && application.authentication == ClientAuthentication::None {
        return Err(RegistrationError::PublicMachine);
    }
    reserved_claims::check(&application.settings.extra_claims)?;
    apis::check_algorithm(&application.id_token_alg)
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

/// The origins of a single-page application's redirect URIs: their scripts call our token endpoint.
fn origins_of(redirect_uris: &[String], public: bool) -> Vec<String> {
    let of_one = |uri: &String| {
        let (scheme, rest) = uri.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        (scheme == "https" || scheme == "http").then(|| format!("{scheme}://{authority}"))
    };
    let mut origins: Vec<String> = if public { redirect_uris.iter().filter_map(of_one).collect() } else { Vec::new() };
    origins.sort();
    origins.dedup();
    origins
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ', '*']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origins_of_a_single_page_application_are_those_of_its_redirects() {
        let uris = ["https://app.example/callback", "https://app.example/other", "com.example.app:/callback"].map(str::to_owned);
        assert_eq!(origins_of(&uris, true), ["https://app.example"]);
        assert!(origins_of(&uris, false).is_empty());
    }

    #[test]
    fn an_origin_has_no_path_and_no_wildcard() {
        assert!(is_origin("https://app.example:8443"));
        for text in ["https://app.example/", "https://*.example", "app.example", "null", "https://a@b"] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
