//! The two doors to writes.

use std::{
    ops::Deref,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chabi_spec::{Failure, Fault};
use futures_util::future::BoxFuture;

use crate::{
    account::AccountVerbs, api::ApiVerbs, application::ApplicationVerbs, audit::AuditVerbs, audit_chain::AuditChainVerbs,
    authorization_code::AuthorizationCodeVerbs, authorization_transaction::AuthorizationTransactionVerbs,
    browser_session::BrowserSessionVerbs, consent::ConsentVerbs, device_grant::DeviceGrantVerbs,
    email_verification::EmailVerificationVerbs, expiry::ExpiryVerbs, idempotency_key::IdempotencyKeyVerbs, installation::InstallationVerbs,
    logout_delivery::LogoutDeliveryVerbs, password::PasswordVerbs, password_reset::PasswordResetVerbs, people::PeopleVerbs,
    provider_link::ProviderLinkVerbs, pushed_request::PushedRequestVerbs, refusal::RefusalVerbs, registration::RegistrationVerbs,
    replay::ReplayVerbs, revocation::RevocationVerbs, role_grant::RoleGrantVerbs, setup_link::SetupLinkVerbs, signing_key::SigningKeyVerbs,
    site::SiteVerbs, social_application::SocialApplicationVerbs, status_index::StatusIndexVerbs, throttle::ThrottleVerbs,
    token_family::TokenFamilyVerbs, upstream_login::UpstreamLoginVerbs, upstream_tokens::UpstreamTokensVerbs,
};

/// Every verb on every noun. What a transaction's closure is handed, and what [`Store`] derefs to.
pub trait Verbs:
    AccountVerbs
    + ApiVerbs
    + ApplicationVerbs
    + AuditVerbs
    + AuditChainVerbs
    + IdempotencyKeyVerbs
    + PeopleVerbs
    + RoleGrantVerbs
    + SetupLinkVerbs
    + AuthorizationCodeVerbs
    + AuthorizationTransactionVerbs
    + BrowserSessionVerbs
    + ConsentVerbs
    + DeviceGrantVerbs
    + RefusalVerbs
    + RegistrationVerbs
    + ReplayVerbs
    + RevocationVerbs
    + StatusIndexVerbs
    + EmailVerificationVerbs
    + ExpiryVerbs
    + InstallationVerbs
    + LogoutDeliveryVerbs
    + PasswordVerbs
    + PasswordResetVerbs
    + ProviderLinkVerbs
    + PushedRequestVerbs
    + SigningKeyVerbs
    + SiteVerbs
    + SocialApplicationVerbs
    + ThrottleVerbs
    + TokenFamilyVerbs
    + UpstreamLoginVerbs
    + UpstreamTokensVerbs
    + Send
    + Sync
{
}

impl<T> Verbs for T where
    T: AccountVerbs
        + ApiVerbs
        + ApplicationVerbs
        + AuditVerbs
        + AuditChainVerbs
        + IdempotencyKeyVerbs
        + PeopleVerbs
        + RoleGrantVerbs
        + SetupLinkVerbs
        + AuthorizationCodeVerbs
        + AuthorizationTransactionVerbs
        + BrowserSessionVerbs
        + ConsentVerbs
        + DeviceGrantVerbs
        + RefusalVerbs
        + RegistrationVerbs
        + ReplayVerbs
        + RevocationVerbs
        + StatusIndexVerbs
        + EmailVerificationVerbs
        + ExpiryVerbs
        + InstallationVerbs
        + LogoutDeliveryVerbs
        + PasswordVerbs
        + PasswordResetVerbs
        + ProviderLinkVerbs
        + PushedRequestVerbs
        + SigningKeyVerbs
        + SiteVerbs
        + SocialApplicationVerbs
        + ThrottleVerbs
        + TokenFamilyVerbs
        + UpstreamLoginVerbs
        + UpstreamTokensVerbs
        + Send
        + Sync
        + ?Sized
{
}

/// What runs inside a transaction. It may run several times, so it owns its inputs and has no effect but through the verbs it
/// is handed; `Err` rolls everything back.
pub type TransactionBody = Arc<dyn for<'t> Fn(&'t dyn Verbs) -> BoxFuture<'t, Result<(), Fault>> + Send + Sync>;

/// A database: SQLite or PostgreSQL. Called directly, a verb is one statement, durable when it answers.
pub trait Engine: Verbs + 'static {
    /// Runs `body` in one transaction, again on busy and serialization failures (bounded, counted under `name`), and answers once
    /// the commit is durable.
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>>;

    /// Answers when the engine can be asked: what `/readyz` reports.
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>>;

    /// Such as `SQLite 3.54.1` or `PostgreSQL 15.18`.
    fn version(&self) -> BoxFuture<'_, Result<String, Fault>>;

    /// Microseconds that this machine's clock must be moved by to agree with the database's; zero where they are one machine.
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>>;
}

/// The store, as everybody above holds it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    configurations: Arc<AtomicU64>,
}

impl Store {
    /// Wraps an engine.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, configurations: Arc::default() }
    }

    /// The engine itself, for readiness and version.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// To be called once applications or APIs were changed through this store: whoever keeps them in memory in this process reads them
    /// anew at once. Other processes see the version [`crate::installation::CONFIGURATION`] move.
    pub fn configuration_changed(&self) {
        self.configurations.fetch_add(1, Ordering::AcqRel);
    }

    /// How often applications or APIs were changed through this store and its clones.
    #[must_use]
    pub fn configuration_changes(&self) -> u64 {
        self.configurations.load(Ordering::Acquire)
    }

    /// Several statements that stand or fall together.
    ///
    /// A refusal commits what was written before it (a replayed code revokes its family and is then refused); a fault rolls back.
    /// The closure may run several times: it owns its inputs and awaits the verbs it is handed, nothing else. No password hashing,
    /// no signing and no HTTP inside.
    ///
    /// Others may write between two of its statements (PostgreSQL, READ COMMITTED): what must not change meanwhile is decided by the
    /// verb that writes, through its outcome, and never by what a `find_…` said before. A closure that hides the fault of a verb does
    /// not commit.
    ///
    /// # Errors
    /// The closure's refusal or fault, or the engine's fault.
    pub async fn transaction<T, F>(&self, name: &'static str, body: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t dyn Verbs) -> BoxFuture<'t, Result<T, Failure>> + Send + Sync + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let erased: TransactionBody = Arc::new(move |verbs| {
            let running = body(verbs);
            let filled = Arc::clone(&filled);
            Box::pin(async move {
                let outcome = match running.await {
                    Ok(value) => Ok(value),
                    Err(Failure::Refusal(refusal)) => Err(refusal),
                    Err(Failure::Fault(fault)) => return Err(fault),
                };
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                Ok(())
            })
        });
        self.engine.transaction(name, erased).await?;
        let outcome = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Some(outcome) => outcome.map_err(Failure::Refusal),
            None => Err(Fault::internal("a transaction committed without having run").into()),
        }
    }
}

impl Deref for Store {
    type Target = dyn Verbs;
    fn deref(&self) -> &(dyn Verbs + 'static) {
        &*self.engine
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
