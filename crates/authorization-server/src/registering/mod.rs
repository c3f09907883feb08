//! Applications that register themselves (RFC 7591), manage that (RFC 7592), or are described at their client id.
//!
//! Registering, in order:
//! 1. [`bearer`]: an initial access token, if the mode asks for one;
//! 2. the metadata are read, laid over an empty record, and the whole record is checked by the rules;
//! 3. a public application that is the copy of one from the same network shares its row;
//! 4. [`quota`]: from here on it costs us something;
//! 5. [`sector`]: a document is fetched, if it names one;
//! 6. token spent, application and registration written, in one transaction.

mod answer;
mod bearer;
mod change;
mod documents;
pub(crate) mod quota;
mod sector;
mod usage;

use chabi_registration::{ClientMetadata, Place, metadata};
use chabi_spec::Failure;
use chabi_store::{
    application::{ApplicationKind, ClientAuthentication, RegisteredClient},
    application_settings::{ApplicationSettings, RegisteredBy},
    registration::Registration,
    site::SiteIds,
};
use chabi_token::{IdSecret, SecretText, client_secret};

pub(crate) use self::{
    answer::Told,
    bearer::MISSING,
    change::{read, remove, replace},
    documents::{ClientIdDocuments, keep_snapshot},
    quota::TOO_MANY,
    usage::{Usage, note_use},
};
use crate::{audit, incoming::Incoming, server::Shared, settings::Settings, trail::Trail};

/// What the text of an initial access token begins with.
pub const INITIAL_ACCESS_TOKEN: &str = "chabi_iat_";
/// What the text of a registration access token begins with.
const REGISTRATION_ACCESS_TOKEN: &str = "chabi_rat_";

/// RFC 7591 §3.1.
///
/// # Errors
/// The first rule that the request breaks; a fault of the store.
pub(crate) async fn register(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Told, Failure> {
    let initial = trail.met("register::check_initial_access_token", bearer::initial(incoming, shared).await)?;
    let metadata = trail.met("client_metadata::parse", ClientMetadata::parse(&incoming.body))?;
    let token = IdSecret::new(shared.settings.site, &shared.env);
    let (application, secret) = trail.met("client_metadata::over", with_secret(metadata, blank(token.id.to_string(), shared), shared))?;
    trail.met("registration::check", metadata::check(&application, place(shared)))?;
    let network = incoming.network();
    // an application of another site is no copy of this one
    let seen_from = shared.settings.site.mark(network.as_deref().unwrap_or_default());
    let fingerprint = metadata::fingerprint(&application, &seen_from);
    let public = application.authentication == ClientAuthentication::None;
    let copied = match (public, &initial, &network) {
        (true, None, Some(_)) => shared.store.find_registration_like(fingerprint, shared.env.now()).await?,
        _ => None,
    };
    if let Some(shared_with) = shared_application(copied.as_ref(), shared).await? {
        trail.concerns(&shared_with.client_id);
        return Ok(Told { application: shared_with, secret: None, token: None });
    }
    // RFC 7592 §3: the first one keeps what it manages; the row beside it is for all further copies, and nobody manages it
    let token = Some(token).filter(|_| copied.is_none());
    if initial.is_none() {
        trail.met("register::check_quota", quota::check(network.as_deref(), shared).await)?;
    }
    let listed = sector::check(&application, &shared.sector_documents, &shared.env).await;
    trail.met("sector::check_lists_all", listed)?;
    let now = shared.env.now();
    let registration = Registration {
        client_id: application.client_id.clone(),
        token_hash: token.as_ref().map(IdSecret::secret_hash),
        fingerprint,
        created_at: now,
        used_at: None,
        expires_at: now + shared.settings.registration.unused_lifetime,
    };
    insert(&application, registration, initial, shared).await?;
    trail.concerns(&application.client_id);
    Ok(Told { application, secret, token: token.map(|token| token.text(REGISTRATION_ACCESS_TOKEN)) })
}

async fn insert(
    application: &RegisteredClient,
    registration: Registration,
    initial: Option<bearer::Initial>,
    shared: &Shared,
) -> Result<(), Failure> {
    let event = audit::event("application.registered", None, Some(&application.client_id), "by itself", &shared.env);
    let (application, now) = (application.clone(), shared.env.now());
    let written = shared.store.transaction("register_application", move |verbs| {
        let (application, registration, event, initial) = (application.clone(), registration.clone(), event.clone(), initial.clone());
        Box::pin(async move {
            // RFC 7591 §3: spent with what it gives, so that it gives no more than it says
            if let Some(initial) = initial
                && !verbs.spend_initial_access_token(initial.id, initial.secret_hash, now).await?
            {
                return Err(bearer::not_good().into());
            }
            verbs.put_application(application).await?;
            verbs.insert_registration(registration).await?;
            verbs.insert_audit_event(event).await?;
            Ok(())
        })
    });
    written.await
}

/// The application of which the one that came is a copy, if nobody manages it: several rely on it.
async fn shared_application(copied: Option<&Registration>, shared: &Shared) -> Result<Option<RegisteredClient>, Failure> {
    let Some(copied) = copied.filter(|copied| copied.token_hash.is_none()) else { return Ok(None) };
    let found = shared.store.find_application(&copied.client_id).await?;
    Ok(found.filter(|application| application.disabled_at.is_none() && application.authentication == ClientAuthentication::None))
}

/// The record that the metadata make of `base`, with a secret when it needs one and has none.
fn with_secret(
    metadata: ClientMetadata,
    base: RegisteredClient,
    shared: &Shared,
) -> Result<(RegisteredClient, Option<SecretText>), chabi_spec::Refusal> {
    let allowed = shared.settings.registration.allowed_scope().union(&base.scope);
    let mut application = metadata.over(base, &allowed)?;
    if !application.authentication.is_by_secret() {
        application.secret_hashes.clear();
        return Ok((application, None));
    }
    if !application.secret_hashes.is_empty() {
        return Ok((application, None));
    }
    let (secret, hash) = client_secret::generate(&shared.env);
    application.secret_hashes = vec![hash];
    Ok((application, Some(secret)))
}

/// RFC 7591 §3.2.1: the id is ours to choose.
fn blank(client_id: String, shared: &Shared) -> RegisteredClient {
    RegisteredClient {
        client_id,
        name: String::new(),
        profile: shared.settings.registration.profile,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        grant_types: Vec::new(),
        scope: chabi_spec::Scope::default(),
        default_audience: String::new(),
        id_token_alg: String::new(),
        first_party: false,
        disabled_at: None,
        created_at: shared.env.now(),
        settings: ApplicationSettings {
            registered_by: RegisteredBy::Itself,
            sites: SiteIds(vec![shared.settings.site_id.clone()]),
            ..ApplicationSettings::default()
        },
    }
}

/// Development mode listens on this machine alone, whatever it is called.
fn place_of(settings: &Settings) -> Place {
    if settings.development { Place::ThisMachine } else { Place::of(&settings.issuer) }
}

pub(super) fn place(shared: &Shared) -> Place {
    place_of(&shared.settings)
}
