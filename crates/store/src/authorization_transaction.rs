//! An authorization request that waits for a person: to sign in, to consent, to sign out.

use chabi_spec::Scope;
use chabi_token::{Timestamp, id_type};

use crate::{Answer, account::AccountId, pushed_request::PushedRequestId};

id_type!(
    /// A transaction's row.
    TransactionId
);

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// Allow.
    Allowed,
    /// Deny.
    Denied,
}

/// A person's word on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What they said.
    pub decision: Decision,
    /// Who.
    pub account: AccountId,
    /// Of what was asked for, what they allow; empty when nothing is asked for, or they do not.
    pub granted: Scope,
}

/// A validated request, kept on our side, so that nothing in a form can change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationTransaction {
    /// Its row; part of the resume URL. Useless without the browser's cookie.
    pub id: TransactionId,
    /// Hash of the cookie of the browser that started it.
    pub browser_hash: [u8; 32],
    /// `authorize` or `logout`.
    pub purpose: String,
    /// The application.
    pub client_id: String,
    /// The request's parameters as they were sent (form encoding), to be parsed and checked again at every step.
    /// Of a pushed request only `client_id` stands here.
    pub parameters: String,
    /// The pushed request that this is (RFC 9126): the parameters stand there.
    pub pushed_request: Option<PushedRequestId>,
    /// What the person decided.
    pub decision: Decision,
    /// By whom.
    pub decided_by: Option<AccountId>,
    /// What they allowed; `None` before they decided.
    pub granted_scope: Option<Scope>,
    /// When it began: a sign-in counts for `prompt=login` only if it is later than this.
    pub created_at: Timestamp,
    /// Checked at use.
    pub expires_at: Timestamp,
}

/// Verbs on authorization transactions.
pub trait AuthorizationTransactionVerbs {
    /// Adds one.
    fn insert_transaction(&self, transaction: AuthorizationTransaction) -> Answer<'_, ()>;
    /// Finds one that began in this browser and has neither expired nor been finished.
    fn find_transaction(&self, id: TransactionId, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<AuthorizationTransaction>>;
    /// Records what the person decided, once: `false` when it is gone, another browser's, or decided by them already. What somebody
    /// else decided before gives way: it says nothing about this person.
    fn decide_transaction(&self, id: TransactionId, browser_hash: [u8; 32], verdict: Verdict, now: Timestamp) -> Answer<'_, bool>;
    /// Ends it: `true` for exactly one caller, who may then answer the application.
    fn finish_transaction(&self, id: TransactionId, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool>;
}
