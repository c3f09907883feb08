//! People: the account and its e-mail addresses.

use std::borrow::Cow;

use chabi_token::{Timestamp, id_type};
use serde::{Deserialize, Serialize};

use crate::{Answer, browser_session::SessionId};

id_type!(
    /// An account's row. Never shown to applications: they get [`Account::subject`].
    AccountId
);

/// Among whom a person is known: all sites of an installation that share their accounts are one realm, and each other site is its own.
///
/// Whoever looks for a person by an address or by a provider says in which realm. Nobody is found in another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Realm(Cow<'static, str>);

impl Realm {
    /// That of the sites that share their accounts: the main site's.
    pub const SHARED: Self = Self(Cow::Borrowed(""));

    /// The realm of a site with accounts of its own.
    #[must_use]
    pub fn of_site(id: &str) -> Self {
        Self(Cow::Owned(id.to_owned()))
    }

    /// As the store keeps it: empty for [`Self::SHARED`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is unique in the store: the name within the realm, which stands in front. Neither a site's id nor what stands behind it (an
    /// address, an issuer) holds a space, so that no two realms share a key. The statements that write rows make the same of the account.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        match self.0.is_empty() {
            true => name.to_owned(),
            false => format!("{} {name}", self.0),
        }
    }

    /// The name in such a key.
    #[must_use]
    pub fn name_in(key: &str) -> &str {
        key.split_once(' ').map_or(key, |(_, name)| name)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its row.
    pub id: AccountId,
    /// `sub` in tokens: random, opaque, never reused (OpenID Connect Core §2).
    pub subject: String,
    /// Among whom they are known. Never changed.
    pub realm: Realm,
    /// `name`, as the person or their provider gave it; may be empty.
    pub name: String,
    /// Preferred language (BCP 47), such as `bn`; empty when never chosen.
    pub locale: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When what applications are told of the person changed last; the epoch: not since it was made. The store sets it.
    pub updated_at: Timestamp,
    /// Set: nobody can enter by any door.
    pub disabled_at: Option<Timestamp>,
    /// What else is known of the person; `None` for the many of whom nothing is.
    pub profile: Option<Box<Profile>>,
}

/// The standard claims (OpenID Connect Core §5.1) that nothing in Chabi depends on: kept as one JSON text. Empty: unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// `given_name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_name: String,
    /// `family_name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family_name: String,
    /// `middle_name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub middle_name: String,
    /// `nickname`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub nickname: String,
    /// `[A-Za-z0-9._-]+`; empty: made from the name or the address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub preferred_username: String,
    /// URL of a page about the person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub profile: String,
    /// URL of a picture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub picture: String,
    /// `website`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub website: String,
    /// `gender`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub gender: String,
    /// `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub birthdate: String,
    /// IANA time zone, such as `Asia/Dhaka`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zoneinfo: String,
    /// E.164.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone_number: String,
    /// `phone_number_verified`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub phone_number_verified: bool,
    /// OpenID Connect Core §5.1.1; `None`: unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// A postal address (OpenID Connect Core §5.1.1). Empty: unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// `formatted`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub formatted: String,
    /// `street_address`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street_address: String,
    /// `locality`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub locality: String,
    /// `region`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// `postal_code`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// `country`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

/// One address of an account. An address belongs to one account of a realm at the most.
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

/// The address that counts: the oldest proven one, else the oldest. `emails`: the oldest first.
#[must_use]
pub fn main_address(emails: &[AccountEmail]) -> Option<&AccountEmail> {
    emails.iter().find(|email| email.verified_at.is_some()).or_else(|| emails.first())
}

/// A person with their addresses, and when a browser session was last seen; `None`: it has ended.
pub type PersonInSession = (Account, Vec<AccountEmail>, Option<Timestamp>);

/// Verbs on accounts and their addresses.
pub trait AccountVerbs {
    /// Adds an account.
    fn insert_account(&self, account: Account) -> Answer<'_, ()>;
    /// By row.
    fn find_account(&self, id: AccountId) -> Answer<'_, Option<Account>>;
    /// By `sub`, in whichever realm: whoever lets somebody in by it looks at [`Account::realm`].
    fn find_account_by_subject(&self, subject: &str) -> Answer<'_, Option<Account>>;
    /// By row, with its addresses, the oldest first: one look, at every token that is about a person.
    fn find_person(&self, id: AccountId) -> Answer<'_, Option<(Account, Vec<AccountEmail>)>>;
    /// The same, and when a browser session was last seen, unless it has ended: one look, before anything is issued in it.
    fn find_person_in_session(&self, id: AccountId, session: SessionId, now: Timestamp) -> Answer<'_, Option<PersonInSession>>;
    /// By row, and held until the transaction ends: whoever else would hold it waits. What was read of the account before this must be
    /// read again after it.
    fn hold_account(&self, id: AccountId) -> Answer<'_, Option<Account>>;
    /// By canonical address in a realm, with the address.
    fn find_account_by_email(&self, realm: &Realm, canonical: &str) -> Answer<'_, Option<(Account, AccountEmail)>>;
    /// The account's addresses, the oldest first.
    fn list_emails(&self, account: AccountId) -> Answer<'_, Vec<AccountEmail>>;
    /// Adds an address to an account, in the account's realm.
    fn insert_email(&self, email: AccountEmail) -> Answer<'_, Insertion>;
    /// Takes note that what applications are told of the person changed: an address came. The verbs below do so themselves.
    fn touch_account(&self, account: AccountId, now: Timestamp) -> Answer<'_, ()>;
    /// Marks an address of this account as proven; `false` when it is no longer this account's.
    fn verify_email(&self, account: AccountId, canonical: &str, now: Timestamp) -> Answer<'_, bool>;
    /// Removes this account's address; `false` when it had none such.
    fn delete_email(&self, account: AccountId, canonical: &str, now: Timestamp) -> Answer<'_, bool>;
    /// Changes the name and the preferred language.
    fn update_profile(&self, account: AccountId, name: &str, locale: &str, now: Timestamp) -> Answer<'_, ()>;
    /// Changes the other standard claims.
    fn update_claims(&self, account: AccountId, profile: Option<Box<Profile>>, now: Timestamp) -> Answer<'_, ()>;
    /// Shuts or opens every door (`Some`: shut at that moment). Sessions and families are ended by the caller in the same transaction.
    fn set_account_disabled(&self, account: AccountId, disabled_at: Option<Timestamp>) -> Answer<'_, bool>;
    /// How many accounts there are.
    fn count_accounts(&self) -> Answer<'_, i64>;
}
