//! What must be remembered: records, and the atomic verbs on them, with their executable contract.
//!
//! A verb is one conditional statement whose row says what happened (a rotation that changed nothing asks a second one why). There
//! are two doors to writes and no third: a verb called on [`Store`] is a statement by itself, which the engine may commit together
//! with others; [`Store::transaction`] takes a closure for what needs several. Neither answers before the commit is durable.

pub mod account;
pub mod api;
pub mod application;
pub mod application_settings;
pub mod audit;
pub mod audit_chain;
pub mod authorization_code;
pub mod authorization_transaction;
pub mod browser_session;
pub mod consent;
#[cfg(feature = "contract")]
pub mod contract;
pub mod device_grant;
pub mod email_verification;
pub mod expiry;
pub mod grant_details;
pub mod idempotency_key;
pub mod installation;
pub mod logout_delivery;
pub mod password;
pub mod password_reset;
pub mod people;
pub mod provider_link;
pub mod pushed_request;
pub mod refusal;
pub mod registration;
pub mod replay;
pub mod revocation;
pub mod role_grant;
pub mod setup_link;
pub mod signing_key;
pub mod site;
pub mod social_application;
pub mod status_index;
pub mod store;
pub mod throttle;
pub mod token_family;
pub mod upstream_login;
pub mod upstream_tokens;

pub use store::{Engine, Store, TransactionBody, Verbs};

use chabi_spec::Fault;
use futures_util::future::BoxFuture;

/// What a verb gives back: its outcome, or a fault of the engine.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Fault>>;
