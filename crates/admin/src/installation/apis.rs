//! APIs: registering and listing.

use chabi_authorization_server::keys;
use chabi_spec::{reserved_claims, resource};
use chabi_store::{Store, api::Api, installation::CONFIGURATION};
use chabi_token::{Algorithm, Seconds};

use super::{RegistrationError, fault_of};

/// Puts an API into the store after checking the rules; replaces the one of the same audience.
///
/// # Errors
/// [`RegistrationError`].
pub async fn put(store: &Store, api: Api) -> Result<(), RegistrationError> {
    check(&api)?;
    let put = store.transaction("put_api", move |verbs| {
        let api = api.clone();
        Box::pin(async move {
            verbs.put_api(api).await?;
            verbs.bump_version(CONFIGURATION).await?;
            Ok(())
        })
    });
    put.await.map_err(|failure| RegistrationError::Fault(fault_of(failure)))?;
    store.configuration_changed();
    Ok(())
}

/// The rules for an API.
///
/// # Errors
/// [`RegistrationError`].
pub fn check(api: &Api) -> Result<(), RegistrationError> {
    // RFC 8707 §2: an absolute URI without fragment
    resource::check(&api.audience).map_err(|error| RegistrationError::Audience(api.audience.clone(), error.hint.to_owned()))?;
    if api.access_token_lifetime < Seconds(1) || api.access_token_lifetime > Seconds::hours(1) {
        return Err(RegistrationError::Lifetime);
    }
    check_algorithm(&api.signing_alg)?;
    reserved_claims::check(&api.settings.extra_claims)?;
    if api.settings.max_auth_age.is_some_and(|age| age < 0) {
        return Err(RegistrationError::AuthenticationAge);
    }
    Ok(())
}

/// An algorithm that there is a key for.
pub(super) fn check_algorithm(name: &str) -> Result<(), RegistrationError> {
    match Algorithm::parse(name) {
        Some(algorithm) if keys::NEEDED.contains(&algorithm) => Ok(()),
        _ => Err(RegistrationError::Algorithm(name.to_owned())),
    }
}
