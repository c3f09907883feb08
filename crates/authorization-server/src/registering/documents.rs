//! Client ids that are the URL of a metadata document: fetched when somebody names one, and kept for a while.

use std::{sync::Arc, time::Duration};

use chabi_outgoing::{DocumentLimits, Documents, GuardedHttp, remembered::Keeping};
use chabi_registration::{
    Place,
    client_id_document::{self, Allowed},
};
use chabi_spec::{Failure, Scope};
use chabi_store::{application::RegisteredClient, application_settings::RegisteredBy, registration::Registration};
use chabi_token::Env;

use crate::{server::Shared, settings::Settings};

/// The documents, and what they may say.
pub(crate) struct ClientIdDocuments {
    documents: Documents,
    /// Of `sector_identifier_uri`.
    sectors: Documents,
    hosts: Vec<String>,
    scope: Scope,
    place: Place,
    env: Env,
}

/// Why a client id that is a URL names no application. For the log and the inspector.
type Unusable = Box<dyn std::error::Error + Send + Sync>;

impl ClientIdDocuments {
    /// `None` when the operator switched them off.
    pub(crate) fn new(settings: &Settings, http: &Arc<GuardedHttp>, env: &Env) -> Option<Self> {
        let registration = &settings.registration;
        // CIMD §6: small documents, soon there, a few at a time; the memory of them is bounded, and that of failures too
        let limits = DocumentLimits {
            largest: 10 * 1024,
            timeout: Duration::from_secs(3),
            keeping: Keeping::default(),
            ..DocumentLimits::default()
        };
        registration.client_id_documents.then(|| Self {
            documents: Documents::new(Arc::clone(http), limits),
            sectors: Documents::new(Arc::clone(http), DocumentLimits::default()),
            hosts: registration.document_hosts.clone(),
            scope: registration.allowed_scope(),
            place: super::place_of(settings),
            env: env.clone(),
        })
    }

    /// The application at this URL; `None` when there is no good one.
    pub(crate) async fn application(&self, client_id: &str) -> Option<RegisteredClient> {
        self.find(client_id).await.ok()
    }

    /// True when this document was asked for before: then it costs nobody a call.
    pub(crate) fn knows(&self, client_id: &str) -> bool {
        self.documents.knows(client_id)
    }

    /// Why there is none, for the log and the developer who asks. Nothing is fetched for it that was not fetched a moment ago.
    pub(crate) async fn why_not(&self, client_id: &str) -> Option<String> {
        let error = self.find(client_id).await.err()?;
        // as Debug: what came from outside must not write lines of its own
        tracing::info!(?client_id, %error, "a client id that is a URL names no application");
        Some(error.to_string())
    }

    async fn find(&self, client_id: &str) -> Result<RegisteredClient, Unusable> {
        let url = client_id_document::check_url(client_id)?;
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| url.host_str() == Some(host)) {
            return Err("its host is not among those that the operator listed".into());
        }
        let document = self.documents.get(client_id, &self.env).await?;
        check_media_type(&document.media_type)?;
        let application = client_id_document::read(client_id, &document.body, Allowed { scope: &self.scope, place: self.place })?;
        super::sector::check(&application, &self.sectors, &self.env).await?;
        Ok(application)
    }
}

/// CIMD §4.1: JSON says that it is. What a site lets its users upload, a picture or a text, is no metadata whatever it holds.
fn check_media_type(media_type: &str) -> Result<(), Unusable> {
    match media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json")) {
        true => Ok(()),
        false => Err(format!("its media type is {media_type:?}: it must be application/json, or application/…+json").into()),
    }
}

/// Keeps what a document says for as long as somebody signs in with it: pages, and those who are told of a logout, look for the row. What
/// decides about a request is always the document, except that an operator may shut the row out.
///
/// # Errors
/// A fault of the store.
pub(crate) async fn keep_snapshot(client: &RegisteredClient, shared: &Shared) -> Result<(), Failure> {
    if client.settings.registered_by != RegisteredBy::Document
        || shared.store.find_application(&client.client_id).await?.as_ref() == Some(client)
    {
        return Ok(());
    }
    let (client, now) = (client.clone(), shared.env.now());
    let expires_at = now + shared.settings.registration.unused_lifetime;
    let kept = shared.store.transaction("keep_document", move |verbs| {
        let client = client.clone();
        Box::pin(async move {
            let registration = Registration {
                client_id: client.client_id.clone(),
                token_hash: None,
                // nobody can send the same by registering
                fingerprint: [0; 32],
                created_at: now,
                used_at: None,
                expires_at,
            };
            if !verbs.touch_registration(&client.client_id, now, expires_at).await? {
                verbs.insert_registration(registration).await?;
            }
            verbs.put_application(client).await?;
            Ok(())
        })
    });
    kept.await
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: cimd
    #[test]
    fn a_document_says_that_it_is_json() {
        for (media_type, good) in [
            ("application/json", true),
            ("application/client-metadata+json", true),
            ("text/html", false),
            ("text/plain", false),
            ("image/svg+json", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(check_media_type(media_type).is_ok(), good, "{media_type}");
        }
    }
}
