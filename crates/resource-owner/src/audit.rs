//! Events for those who must answer for what happened.

use std::net::IpAddr;

use chabi_store::{account::AccountId, audit::AuditEvent};
use chabi_token::Env;

/// An event about a person. `kind` such as `login.succeeded`; `detail` holds no secret.
pub(crate) fn event(
    kind: &'static str,
    account: Option<AccountId>,
    address: Option<IpAddr>,
    detail: impl Into<String>,
    env: &Env,
) -> AuditEvent {
    AuditEvent {
        id: env.new_id(),
        at: env.now(),
        kind: kind.to_owned(),
        actor: None,
        account,
        client_id: None,
        address: address.map(|address| address.to_string()),
        detail: detail.into(),
    }
}
