//! How an operation writes: one transaction, in which nobody else changes the same kind of thing, with its audit event.

use std::sync::Arc;

use chabi_spec::Failure;
use chabi_store::{Verbs, account::AccountId, audit::AuditEvent, installation::CONFIGURATION};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::{Call, OperationError};

/// What was changed, for the audit log.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What: `application notes`.
    pub object: String,
    /// Whose account it is about.
    pub account: Option<AccountId>,
    /// Which application it is about.
    pub client_id: Option<String>,
    /// How it was; null where there was none.
    pub before: Value,
    /// How it is; null where it is gone.
    pub after: Value,
}

impl Change {
    /// Of an object, and nobody's in particular.
    pub(crate) fn of(object: impl Into<String>) -> Self {
        Self { object: object.into(), account: None, client_id: None, before: Value::Null, after: Value::Null }
    }

    /// How it was, and how it is.
    pub(crate) fn from(mut self, before: Value, after: Value) -> Self {
        (self.before, self.after) = (before, after);
        self
    }
}

/// The version that every change of an operation bumps first: so they come one after the other, on all nodes, and what was read within
/// one is still so when it writes.
pub(crate) const ADMINISTRATION: &str = "administration";

impl Call {
    /// Several statements that stand or fall together, while no other operation writes. What it must refuse it refuses before its first
    /// write: a fault alone rolls back. `body` may run several times.
    pub(crate) async fn transaction<T, F>(&self, body: F) -> Result<T, OperationError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t dyn Verbs) -> BoxFuture<'t, Result<T, OperationError>> + Send + Sync + 'static,
    {
        let body = Arc::new(body);
        let done = self.admin.store.transaction(self.operation, move |verbs| {
            let body = Arc::clone(&body);
            Box::pin(async move {
                verbs.bump_version(ADMINISTRATION).await?;
                match body(verbs).await {
                    Err(OperationError::Fault(fault)) => Err(Failure::Fault(fault)),
                    outcome => Ok(outcome),
                }
            })
        });
        done.await?
    }

    /// The same for what servers keep in memory: every node reads it anew.
    pub(crate) async fn configure<T, F>(&self, body: F) -> Result<T, OperationError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t dyn Verbs) -> BoxFuture<'t, Result<T, OperationError>> + Send + Sync + 'static,
    {
        let body = Arc::new(body);
        let done = self.transaction(move |verbs| {
            let body = Arc::clone(&body);
            Box::pin(async move {
                let value = body(verbs).await?;
                verbs.bump_version(CONFIGURATION).await?;
                Ok(value)
            })
        });
        let done = done.await?;
        self.admin.store.configuration_changed();
        Ok(done)
    }

    /// The event of what this call does. What is shown of a thing holds no secret, and nothing else goes in.
    pub(crate) fn event(&self, change: Change) -> AuditEvent {
        let env = &self.admin.env;
        let words = json!({
            "object": change.object,
            "before": change.before,
            "after": change.after,
        });
        AuditEvent {
            id: env.new_id(),
            at: env.now(),
            kind: format!("admin.{}", self.operation),
            actor: Some(self.actor.name()),
            account: change.account,
            client_id: change.client_id,
            address: self.actor.address.map(|address| address.to_string()),
            detail: words.to_string(),
        }
    }
}
