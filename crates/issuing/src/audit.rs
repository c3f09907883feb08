//! Events for those who must answer for what happened.

use chabi_store::{account::AccountId, audit::AuditEvent};
use chabi_token::Env;

/// An event, now. `detail` holds no secret.
pub fn event(kind: &'static str, account: Option<AccountId>, client_id: Option<&str>, detail: &str, env: &Env) -> AuditEvent {
    AuditEvent {
        id: env.new_id(),
        at: env.now(),
        kind: kind.to_owned(),
        actor: None,
        account,
        client_id: client_id.map(str::to_owned),
        address: None,
        detail: detail.to_owned(),
    }
}
