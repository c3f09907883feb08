//! The document of a sector must name every redirect URI: or anybody could join a sector, and compare people with it.

use chabi_outgoing::Documents;
use chabi_registration::sector;
use chabi_spec::{ErrorCode, Refusal};
use chabi_store::application::RegisteredClient;
use chabi_token::Env;

/// OpenID Connect Registration §5, also for what stands in a document of the application's own (CIMD §4.1).
pub(super) async fn check(application: &RegisteredClient, documents: &Documents, env: &Env) -> Result<(), Refusal> {
    let uri = &application.settings.sector_identifier_uri;
    if uri.is_empty() {
        return Ok(());
    }
    let document = documents.get(uri, env).await.map_err(|trouble| {
        let hint = "sector_identifier_uri cannot be fetched";
        refusal("sector_not_fetched", hint).explain(format!("{uri}: {trouble}"), "a JSON array of redirect URIs")
    })?;
    sector::check_document(&document.body, &application.redirect_uris).map_err(|missing| {
        let hint = "the document at sector_identifier_uri is no JSON array with every redirect URI in it";
        refusal("sector_lacks_redirect_uri", hint).explain(uri, missing)
    })
}

fn refusal(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClientMetadata, rule, hint, "OpenID Connect Registration §5")
}
