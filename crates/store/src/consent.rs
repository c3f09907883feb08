//! What a person allowed an application, remembered.

use chabi_spec::Scope;
use chabi_token::Timestamp;

use crate::{Answer, account::AccountId};

/// One person's consent to one application for one set of audiences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who.
    pub account: AccountId,
    /// To whom.
    pub client_id: String,
    /// For what audiences, joined by spaces in alphabetical order; empty: none named.
    pub resource: String,
    /// To what.
    pub scope: Scope,
    /// What was asked for beside it and not allowed: not asked for again.
    pub declined: Scope,
    /// Claims that were asked for one by one (OpenID Connect Core §5.5) and allowed; their names.
    pub claims: Vec<String>,
    /// When last given.
    pub given_at: Timestamp,
}

/// Verbs on consents.
pub trait ConsentVerbs {
    /// What was allowed.
    fn find_consent(&self, account: AccountId, client_id: &str, resource: &str) -> Answer<'_, Option<Consent>>;
    /// All that an account allowed, by application.
    fn list_consents(&self, account: AccountId) -> Answer<'_, Vec<Consent>>;
    /// Remembers it, in place of an older one.
    fn put_consent(&self, consent: Consent) -> Answer<'_, ()>;
    /// Takes all consents to this application back; how many. Families are revoked by the caller in the same transaction.
    fn delete_consents(&self, account: AccountId, client_id: &str) -> Answer<'_, i64>;
    /// Takes all consents of an account back; how many. Families are revoked by the caller in the same transaction.
    fn delete_consents_of_account(&self, account: AccountId) -> Answer<'_, i64>;
}
