//! The sector of an application: those of one sector know a person by the same pairwise `sub` (OpenID Connect Core §8.1).

use std::collections::BTreeSet;

use chabi_store::application::RegisteredClient;
use url::Url;

/// A host: of `sector_identifier_uri`, or the one that all redirect URIs share. An installed application's redirect URIs have no host that
/// is anybody's: it is alone in a sector of its own. `None` when neither is so: then the application cannot have pairwise subjects.
#[must_use]
pub fn of(application: &RegisteredClient) -> Option<String> {
    let host = |uri: &String| Some(Url::parse(uri).ok()?.host_str()?.to_owned());
    let named = &application.settings.sector_identifier_uri;
    if !named.is_empty() {
        return host(named);
    }
    // a certificate says whose host it is: what follows a private scheme is whatever somebody wrote, and loopback is everybody's
    let is_somebodys = |uri: &&String| uri.starts_with("https://");
    if !application.redirect_uris.is_empty() && !application.redirect_uris.iter().any(|uri| is_somebodys(&uri)) {
        return Some(format!("application {}", application.client_id));
    }
    let hosts: BTreeSet<Option<String>> = application.redirect_uris.iter().map(|uri| host(Some(uri).filter(is_somebodys)?)).collect();
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
