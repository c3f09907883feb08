//! Looks for what other processes changed: one statement a second for keys, applications and APIs.

use std::time::Duration;

use chabi_spec::Fault;

use crate::{respond::log_fault, server::AuthorizationServer};

const EVERY: Duration = Duration::from_secs(1);

impl AuthorizationServer {
    /// Looks each second, for ever: to be spawned. A fault is logged once an outage; what is at hand stays in use, applications and APIs
    /// for five seconds at the most.
    pub async fn watch(self) {
        let mut failing = false;
        loop {
            let outcome = self.look().await;
            if let (Err(fault), false) = (&outcome, failing) {
                log_fault(fault);
            }
            failing = outcome.is_err();
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn look(&self) -> Result<(), Fault> {
        let shared = self.shared();
        let now = shared.env.now();
        let versions = shared.store.list_versions().await?;
        shared.registry.look(&versions, now);
        shared.keys.follow(&versions).await
    }
}
