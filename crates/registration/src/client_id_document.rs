//! A client id that is the URL of the application's metadata (OAuth Client ID Metadata Document): nothing is registered anywhere, the
//! document says what there is to know, and people are told its host.

use chabi_spec::{ErrorCode, Refusal, Scope};
use chabi_store::{
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::{ApplicationSettings, RegisteredBy},
};
use chabi_token::Timestamp;
use url::Url;

use crate::{ClientMetadata, Place, metadata};

/// The longest client id of this kind, in bytes.
const LONGEST: usize = 2_048;

/// True for a client id that can only be of this kind: nothing has to be looked up to see it.
#[must_use]
pub fn is_meant(client_id: &str) -> bool {
    client_id.starts_with("https://") || client_id.starts_with("http://")
}

/// CIMD §3: https, a path, and neither fragment, user name, password nor dot segments; written in the one normal form. Plain http is let
/// through here for loopback alone: whether it may be called is for the guarded client to say, which knows it in development only.
///
/// # Errors
/// The rule that it breaks.
pub fn check_url(client_id: &str) -> Result<Url, Refusal> {
    let broken = |rule, hint| {
        Err(Refusal::new(ErrorCode::InvalidClient, rule, hint, "CIMD §3").explain(client_id, "https://app.example/client.json"))
    };
    if client_id.len() > LONGEST || !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return broken("document_url_characters", "the client id is too long, or has a character that URLs do not have");
    }
    let Ok(url) = Url::parse(client_id) else { return broken("document_url_malformed", "the client id is no URL") };
    let loopback = url.host_str().is_some_and(chabi_spec::redirect_uri::is_loopback_address);
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return broken("document_url_not_https", "a client id that is a URL begins with https");
    }
    if !url.username().is_empty() || url.password().is_some() || client_id.contains('@') && url.path().find('@').is_none() {
        return broken("document_url_userinfo", "the client id has a user name or password");
    }
    if client_id.contains('#') {
        return broken("document_url_fragment", "the client id has a fragment");
    }
    if url.path() == "/" {
        return broken("document_url_without_path", "the client id has no path");
    }
    // what is compared must be where we look: no dot segments, no default port, no capital letters in the host
    if url.as_str() != client_id {
        return broken(
            "document_url_not_normal",
            "write the client id in its normal form: no dot segments, lower case host, no default port",
        );
    }
    Ok(url)
}

/// What the installation allows to applications of this kind.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// What they may ask for at the most.
    pub scope: &'a Scope,
    /// Where the installation is.
    pub place: Place,
}

/// The application that the document at `client_id` describes.
///
/// # Errors
/// `invalid_client_metadata` or `invalid_redirect_uri`, as for whoever registers.
pub fn read(client_id: &str, document: &[u8], allowed: Allowed<'_>) -> Result<RegisteredClient, Refusal> {
    let metadata = ClientMetadata::parse(document)?;
    // CIMD §4.1: the document is about the URL where it is, letter by letter, or anybody could speak for anybody
    if metadata.client_id() != Some(client_id) {
        let hint = "client_id in the document is not the URL of the document";
        return Err(
            metadata::refusal("document_client_id", hint, "CIMD §4.1").explain(metadata.client_id().unwrap_or("nothing"), client_id)
        );
    }
    // CIMD §4.1: everybody reads it
    if metadata.client_secret().is_some() || metadata.has("client_secret_expires_at") {
        return Err(metadata::refusal("document_with_secret", "a metadata document must not hold a secret", "CIMD §4.1"));
    }
    let application = metadata.without_secret_by_default().over(blank(client_id), allowed.scope)?;
    metadata::check(&application, allowed.place)?;
    Ok(application)
}

/// One of which nothing is known but its id.
#[must_use]
pub fn blank(client_id: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: client_id.to_owned(),
        name: String::new(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        grant_types: Vec::new(),
        scope: Scope::default(),
        default_audience: String::new(),
        id_token_alg: String::new(),
        first_party: false,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: ApplicationSettings { registered_by: RegisteredBy::Document, ..ApplicationSettings::default() },
    }
}

#[cfg(test)]
mod tests;
