//! The console `/admin/`: pages over the operations of `chabi-admin`, and no rule of its own.
//!
//! A handler reads what was posted, runs one operation, and answers with a [`Screen`](chabi_pages::admin::Screen) or a redirect. Who may do
//! what is asked by the operation; a page asks the same [`Permission`](chabi_admin::Permission) only so as not to show a button that would be
//! refused. Whoever holds a `Desk` is signed in and has a role; whoever holds a `Posted` sent our own form, a moment after they signed in.

mod accounts;
mod apis;
mod applications;
mod audit;
mod charts;
mod dashboard;
mod desk;
mod form;
mod held;
mod initial_access_tokens;
mod keys;
mod names;
mod preview;
mod problems;
mod revoke;
mod roles;
mod router;
mod screen;
mod sessions;
mod setup;
mod showing;
mod sites;
mod snippets;
mod social;
mod tokens;

pub use router::router;
