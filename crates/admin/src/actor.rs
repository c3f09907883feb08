//! Who runs an operation.

use std::net::IpAddr;

use chabi_store::account::AccountId;

use crate::{Role, RoleGrant};

/// Somebody, with the roles that they were given, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub kind: ActorKind,
    /// What they were given; an operator needs none.
    pub grants: Vec<RoleGrant>,
    /// From where, as far as it is known.
    pub address: Option<IpAddr>,
}

/// Who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// Whoever owns the machine: the command line.
    Operator,
    /// A person.
    Account {
        /// Their row.
        id: AccountId,
        /// Their `sub`.
        subject: String,
    },
    /// An application that acts for itself.
    Application {
        /// Its `client_id`.
        client_id: String,
    },
}

impl Actor {
    /// The owner of the machine: may do everything.
    #[must_use]
    pub const fn operator() -> Self {
        Self { kind: ActorKind::Operator, grants: Vec::new(), address: None }
    }

    /// As the audit log names them: `operator`, `account:<sub>`, `application:<client_id>`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.kind {
            ActorKind::Operator => "operator".to_owned(),
            ActorKind::Account { subject, .. } => format!("account:{subject}"),
            ActorKind::Application { client_id } => format!("application:{client_id}"),
        }
    }

    /// The mightiest role that they have for all sites; an operator is an owner.
    #[must_use]
    pub fn rank(&self) -> Option<Role> {
        match self.kind {
            ActorKind::Operator => Some(Role::Owner),
            _ => self.grants.iter().filter(|grant| grant.site.is_none()).map(|grant| grant.role).max(),
        }
    }

    /// Whether they have any role at all: whether the console is there for them.
    #[must_use]
    pub fn has_a_role(&self) -> bool {
        self.kind == ActorKind::Operator || !self.grants.is_empty()
    }
}
