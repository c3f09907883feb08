//! The one way into an operation: what the actor may do is asked here, and an operation that has a [`Call`] was permitted.

use std::{collections::BTreeSet, sync::Arc};

use chabi_spec::Fault;
use chabi_token::{base64url, hash::sha256};
use serde::Serialize;

use super::Operation;
use crate::{Actor, ActorKind, Admin, OperationError, Permission};

/// A permitted call: made here alone. Transactions take a clone of it with them.
#[derive(Clone)]
pub struct Call {
    /// The installation.
    pub admin: Admin,
    /// Who calls.
    pub actor: Arc<Actor>,
    /// The operation's name.
    pub(crate) operation: &'static str,
    permission: Permission,
    reach: Reach,
    tag: Option<Arc<str>>,
}

/// At which sites the actor has the permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At all.
    All,
    /// At these.
    Sites(BTreeSet<String>),
}

impl Reach {
    /// Where an actor has a permission; `None`: nowhere.
    #[must_use]
    pub fn of(actor: &Actor, permission: Permission) -> Option<Self> {
        if actor.kind == ActorKind::Operator {
            return Some(Self::All);
        }
        let mut sites = BTreeSet::new();
        for grant in actor.grants.iter().filter(|grant| grant.role.may(permission)) {
            match &grant.site {
                None => return Some(Self::All),
                Some(site) if !permission.is_of_the_installation() => {
                    sites.insert(site.clone());
                }
                Some(_) => {}
            }
        }
        (!sites.is_empty()).then_some(Self::Sites(sites))
    }
}

/// Forbidden, unless the actor has the operation's permission somewhere.
pub(super) fn check_permitted<O: Operation>(actor: &Actor) -> Result<Reach, OperationError> {
    Reach::of(actor, O::PERMISSION).ok_or(OperationError::Forbidden(O::PERMISSION))
}

/// Runs an operation, if the actor may.
pub(crate) async fn run<O: Operation>(
    admin: &Admin,
    actor: &Actor,
    tag: Option<&str>,
    input: O::Input,
) -> Result<O::Output, OperationError> {
    let reach = check_permitted::<O>(actor)?;
    let (admin, actor, tag) = (admin.clone(), Arc::new(actor.clone()), tag.map(Arc::from));
    let call = Call { admin, actor, operation: O::NAME, permission: O::PERMISSION, reach, tag };
    O::run(&call, input).await
}

impl Call {
    /// At which sites the actor has the permission.
    #[must_use]
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Whether the actor may see what belongs to these sites: to one of theirs.
    #[must_use]
    pub fn sees(&self, sites: &[String]) -> bool {
        match &self.reach {
            Reach::All => true,
            Reach::Sites(own) => sites.iter().any(|site| own.contains(site)),
        }
    }

    /// Whether the actor may change what belongs to these sites: to theirs, and to no other.
    ///
    /// # Errors
    /// [`OperationError::Above`], when it belongs to others too, or to none.
    pub fn check_all_theirs(&self, sites: &[String]) -> Result<(), OperationError> {
        match &self.reach {
            Reach::Sites(own) if sites.is_empty() || !sites.iter().all(|site| own.contains(site)) => {
                let own: Vec<_> = own.iter().map(String::as_str).collect();
                let words = format!("it belongs to sites that you have no role at; yours: {}", own.join(", "));
                Err(OperationError::Above(words))
            }
            _ => Ok(()),
        }
    }

    /// Forbidden, unless the actor has the permission at all sites: for what belongs to none.
    ///
    /// # Errors
    /// [`OperationError::Forbidden`].
    pub fn check_at_all_sites(&self) -> Result<(), OperationError> {
        if self.reach == Reach::All { Ok(()) } else { Err(OperationError::Forbidden(self.permission)) }
    }

    /// Whether the caller said what they had read.
    pub(crate) fn names_a_version(&self) -> bool {
        self.tag.is_some()
    }

    /// Whether what is there is what the caller read, where the caller said so. To be asked where nobody else can change it meanwhile.
    ///
    /// # Errors
    /// [`OperationError::Changed`].
    pub fn check_unchanged<T: Serialize>(&self, shown: &T) -> Result<(), OperationError> {
        // RFC 9110 §13.1.1: If-Match
        match self.tag.as_deref() {
            Some("*") | None => Ok(()),
            Some(tag) if tag == tag_of(shown)? => Ok(()),
            Some(_) => Err(OperationError::Changed),
        }
    }
}

/// The tag of something as it is shown, without quotes: what [`Admin::run_if_unchanged`] takes, and the `ETag` of the REST API.
///
/// # Errors
/// An internal fault, when it cannot be written as JSON.
pub fn tag_of<T: Serialize>(shown: &T) -> Result<String, Fault> {
    let value = serde_json::to_value(shown).map_err(|error| Fault::internal("writing what is shown").because(error))?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = sha256(value.to_string().as_bytes());
    Ok(base64url::encode([a, b, c, d, e, f, g, h, i, j, k, l]))
}
