//! The handle that operations work with.

use std::{net::IpAddr, ops::Deref, sync::Arc};

use chabi_authorization_server::{AuthorizationServer, SigningKeys};
use chabi_registration::Place;
use chabi_resource_owner::ResourceOwner;
use chabi_spec::Fault;
use chabi_store::{Store, account::Account};
use chabi_token::{Env, MasterSecret, Sealer, SecretText};

use crate::{
    Actor, ActorKind, OperationError, Role, RoleGrant,
    installation::setup,
    operation::{self, Operation, statistics::Counts},
};

/// What an administration is made of.
pub struct Parts {
    /// The issuer of the main site.
    pub issuer: String,
    /// The store.
    pub store: Store,
    /// The main site's authorization server.
    pub server: AuthorizationServer,
    /// The main site's people.
    pub owner: ResourceOwner,
    /// The signing keys.
    pub keys: Arc<SigningKeys>,
    /// The ids of providers that the configuration has: no social application gets one of them.
    pub configured_providers: Vec<String>,
    /// Whether this is development mode, whose rules for redirect URIs are those of this machine.
    pub development: bool,
    /// Time and randomness.
    pub env: Env,
}

/// The administration of an installation; a handle that is cheap to clone.
#[derive(Clone)]
pub struct Admin(Arc<Shared>);

/// What the handle points at. Reached through [`Deref`]: `admin.store`.
pub struct Shared {
    /// The issuer of the main site.
    pub issuer: String,
    /// The store.
    pub store: Store,
    /// The main site's authorization server.
    pub server: AuthorizationServer,
    /// The main site's people.
    pub owner: ResourceOwner,
    /// The signing keys.
    pub keys: Arc<SigningKeys>,
    /// Seals what must come back in clear text, such as the secret of a social application.
    pub sealer: Sealer,
    /// The ids of providers that the configuration has.
    pub configured_providers: Vec<String>,
    /// The key of set-up links.
    pub(crate) setup_key: [u8; 32],
    /// What was counted lately.
    pub(crate) counts: Arc<Counts>,
    /// Which redirect URIs the rules take.
    pub place: Place,
    /// Time and randomness.
    pub env: Env,
}

impl Admin {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts, secret: &MasterSecret) -> Self {
        // development mode listens on this machine alone, whatever it is called
        let place = if parts.development { Place::ThisMachine } else { Place::of(&parts.issuer) };
        let Parts { issuer, store, server, owner, keys, configured_providers, env, .. } = parts;
        Self(Arc::new(Shared {
            issuer,
            store,
            server,
            owner,
            keys,
            sealer: Sealer::new(secret),
            configured_providers,
            setup_key: secret.derive("admin set-up link"),
            counts: Arc::default(),
            place,
            env,
        }))
    }

    /// The same installation by the main site as its operator has changed it since.
    #[must_use]
    pub fn at(&self, server: AuthorizationServer, owner: ResourceOwner) -> Self {
        Self(Arc::new(Shared {
            issuer: self.issuer.clone(),
            store: self.store.clone(),
            server,
            owner,
            keys: Arc::clone(&self.keys),
            sealer: self.sealer.clone(),
            configured_providers: self.configured_providers.clone(),
            setup_key: self.setup_key,
            counts: Arc::clone(&self.counts),
            place: self.place,
            env: self.env.clone(),
        }))
    }

    /// Runs an operation, if the actor may.
    ///
    /// # Errors
    /// [`OperationError`]; forbidden before anything is looked at.
    pub async fn run<O: Operation>(&self, actor: &Actor, input: O::Input) -> Result<O::Output, OperationError> {
        operation::run::<O>(self, actor, None, input).await
    }

    /// The same for a change of what was read with this tag, and must not have been changed since: see [`crate::Call::check_unchanged`].
    ///
    /// # Errors
    /// [`OperationError`]; [`OperationError::Changed`] when it was changed.
    pub async fn run_if_unchanged<O: Operation>(&self, actor: &Actor, tag: &str, input: O::Input) -> Result<O::Output, OperationError> {
        operation::run::<O>(self, actor, Some(tag), input).await
    }

    /// A person with the roles that they have.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn actor_of_account(&self, account: &Account, address: Option<IpAddr>) -> Result<Actor, Fault> {
        let grants = self.grants(&format!("account:{}", account.subject)).await?;
        Ok(Actor { kind: ActorKind::Account { id: account.id, subject: account.subject.clone() }, grants, address })
    }

    /// An application with the roles that it has.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn actor_of_application(&self, client_id: &str, address: Option<IpAddr>) -> Result<Actor, Fault> {
        let grants = self.grants(&format!("application:{client_id}")).await?;
        Ok(Actor { kind: ActorKind::Application { client_id: client_id.to_owned() }, grants, address })
    }

    /// What a newer version wrote counts for nothing here.
    async fn grants(&self, holder: &str) -> Result<Vec<RoleGrant>, Fault> {
        let grants = self.store.list_role_grants_of(holder).await?;
        Ok(grants.into_iter().filter_map(|grant| Some(RoleGrant { role: Role::parse(&grant.role)?, site: grant.site })).collect())
    }

    /// The audience of the tokens that the REST API takes.
    #[must_use]
    pub fn audience(&self) -> String {
        format!("{}/api/v1", self.issuer)
    }

    /// The link by which the first owner gets in, the same until it is used; `None` once there is an owner.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn setup_link(&self) -> Result<Option<SecretText>, Fault> {
        setup::link(self).await
    }
}

impl Deref for Admin {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admin")
    }
}
