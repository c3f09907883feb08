//! Who calls: an access token of ours for this API, and the roles of its person or application.

use chabi_resource_server::{Bearer, Principal};
use chabi_spec::ClientAddress;
use chabi_store::application_settings::RegisteredBy;
use http::request::Parts;

use super::{READ, WRITE, answer::Problem};
use crate::{
    Actor, Admin,
    operation::{Entry, Method},
};

/// The caller with their roles, when the token's scope allows this operation.
pub(super) async fn actor(admin: &Admin, bearer: &Bearer, parts: &Parts, entry: &Entry) -> Result<Actor, Problem> {
    // RFC 6750 §3.1: a token whose scope is too narrow is told which it needs
    let scope = bearer.scope();
    let (allowed, needed) = match entry.method {
        Method::Get => (scope.contains(READ) || scope.contains(WRITE), READ),
        Method::Post | Method::Put | Method::Delete => (scope.contains(WRITE), WRITE),
    };
    if !allowed {
        return Err(Problem::insufficient_scope(needed));
    }
    // an application that a stranger registered gets nothing here, whatever an owner was made to consent to
    let application = admin.store.find_application(bearer.client_id()).await?;
    if !application.is_some_and(|known| known.settings.registered_by == RegisteredBy::Operator && known.disabled_at.is_none()) {
        return Err(Problem::no_application());
    }
    let address = parts.extensions.get::<ClientAddress>().map(|address| address.0);
    match bearer.principal() {
        Principal::Application { client_id, .. } => Ok(admin.actor_of_application(&client_id, address).await?),
        Principal::Person { subject, .. } => {
            // an application that knows people by subjects of its own cannot name them here
            let account = admin.store.find_account_by_subject(&subject).await?.filter(|account| account.disabled_at.is_none());
            Ok(admin.actor_of_account(&account.ok_or_else(Problem::unauthorized)?, address).await?)
        }
    }
}
