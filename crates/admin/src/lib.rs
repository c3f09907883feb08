//! Administration: one set of operations, which the REST API `/api/v1`, the console `/admin/` and the command line all run.
//!
//! An [`Operation`](operation::Operation) is one thing that an administrator can do: a type with an input, an output, a [`Permission`] and a
//! function. [`operation::table`] lists all of them; the routes, the OpenAPI document, the test of every role and the audit log come
//! from it. An operation runs by [`Admin::run`] and in no other way, which asks first what its [`Actor`] may do:
//!
//! ```ignore
//! let actor = admin.actor_of_account(&account, address).await?;           // a browser session, a token
//! let page = admin.run::<ListApplications>(&actor, ListApplicationsInput::default()).await?;
//! ```
//!
//! What it cannot do is told by an [`OperationError`], in words that say how to mend it. [`installation`] holds what the owner of the
//! machine does without being asked who they are: the builder, development mode, and commands that make things.

mod actor;
mod admin;
pub mod chain;
mod changing;
mod error;
pub mod installation;
pub mod operation;
pub mod rest;
mod role;

pub use actor::{Actor, ActorKind};
pub use admin::{Admin, Parts, Shared};
pub use error::{OperationError, Problem};
pub use operation::{Call, Reach, tag_of};
pub use role::{Permission, Role, RoleGrant};
