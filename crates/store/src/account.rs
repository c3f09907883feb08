//! People: the account and its e-mail addresses.

use chabi_token::{Timestamp, id_type};

use crate::Answer;

id_type!(
    /// An account's row. Never shown to applications: they get [`Account::subject`].
    AccountId
);

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its row.
    pub id: AccountId,
    /// `sub` in tokens: random, opaque, never reused (OpenID Connect Core §2).
    pub subject: String,
    /// `name`, as the person or their provider gave it; may be empty.
    pub name: String,
    /// Preferred language (BCP 47), such as `bn`; empty when never chosen.
    pub locale: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Set: nobody can enter by any door.
    pub disabled_at: Option<Timestamp>,
}

/// One address of an account. An address belongs to one account at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEmail {
    /// Canonical form (NFC, lower case, ASCII domain): the key.
    pub canonical: String,
    /// As the person wrote it.
    pub address: String,
    /// Whose.
    pub account: AccountId,
    /// When its owner proved it; `None`: not yet.
    pub verified_at: Option<Timestamp>,
}

/// What became of an insertion under a unique key.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It is there now.
    Done,
    /// The key was taken by another row; nothing changed.
    Taken,
}

/// Verbs on accounts and their addresses.
pub trait AccountVerbs {
    /// Adds an account.
    fn insert_account(&self, account: Account) -> Answer<'_, ()>;
    /// By row.
    fn find_account(&self, id: AccountId) -> Answer<'_, Option<Account>>;
    /// By row, with its addresses, the oldest first: one look, at every token that is about a person.
    fn find_person(&self, id: AccountId) -> Answer<'_, Option<(Account, Vec<AccountEmail>)>>;
    /// By row, and held until the transaction ends: whoever else would hold it waits. What was read of the account before this must be
    /// read again after it.
    fn hold_account(&self, id: AccountId) -> Answer<'_, Option<Account>>;
    /// By canonical address, with the address.
    fn find_account_by_email(&self, canonical: &str) -> Answer<'_, Option<(Account, AccountEmail)>>;
    /// The account's addresses, the oldest first.
    fn list_emails(&self, account: AccountId) -> Answer<'_, Vec<AccountEmail>>;
    /// Adds an address to an account.
    fn insert_email(&self, email: AccountEmail) -> Answer<'_, Insertion>;
    /// Marks an address of this account as proven; `false` when it is no longer this account's.
    fn verify_email(&self, account: AccountId, canonical: &str, now: Timestamp) -> Answer<'_, bool>;
    /// Removes this account's address; `false` when it had none such.
    fn delete_email(&self, account: AccountId, canonical: &str) -> Answer<'_, bool>;
    /// Changes the name and the preferred language.
    fn update_profile(&self, account: AccountId, name: &str, locale: &str) -> Answer<'_, ()>;
    /// Shuts or opens every door (`Some`: shut at that moment). Sessions and families are ended by the caller in the same transaction.
    fn set_account_disabled(&self, account: AccountId, disabled_at: Option<Timestamp>) -> Answer<'_, bool>;
    /// How many accounts there are.
    fn count_accounts(&self) -> Answer<'_, i64>;
}
