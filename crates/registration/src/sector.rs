//! The sector of an application: those of one sector know a person by the same pairwise `sub` (OpenID Connect Core §8.1).

use std::collections::BTreeSet;

use chabi_store::application::RegisteredClient;
use url::Url;

/// A host: of `sector_identifier_uri`, or the one that all redirect URIs share. `None` when there is no such host: then the application
/// cannot have pairwise subjects.
#[must_use]
pub fn of(application: &RegisteredClient) -> Option<String> {
    let host = |uri: &String| Url::parse(uri).ok()?.host_str().map(str::to_owned);
    let named = &application.settings.sector_identifier_uri;
    if !named.is_empty() {
        return host(named);
    }
    let hosts: BTreeSet<Option<String>> = application.redirect_uris.iter().map(host).collect();
    // OpenID Connect Core §8.1: with several hosts, one of them cannot stand for all
    if hosts.len() == 1 { hosts.into_iter().next().flatten() } else { None }
}

/// OpenID Connect Registration §5: the document at `sector_identifier_uri` is a JSON array of redirect URIs, and every one that the
/// application registers is in it. The first that is not, or an empty text when the document is no such array.
///
/// # Errors
/// The redirect URI that is missing.
pub fn check_document(document: &[u8], redirect_uris: &[String]) -> Result<(), String> {
    let listed: BTreeSet<String> = serde_json::from_slice(document).map_err(|_| String::new())?;
    redirect_uris.iter().find(|uri| !listed.contains(*uri)).map_or(Ok(()), |missing| Err(missing.clone()))
}
