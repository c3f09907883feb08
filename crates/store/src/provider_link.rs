//! Accounts tied to people at other providers.

use chabi_token::Timestamp;

use crate::{
    Answer,
    account::{AccountId, Insertion, Realm},
};

/// A link. Its key is (provider, issuer, subject) in the account's realm: never an e-mail address or a login name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLink {
    /// Such as `google`.
    pub provider: String,
    /// `iss`, or the provider's base URL where it has none.
    pub issuer: String,
    /// `sub`, or the provider's stable id.
    pub subject: String,
    /// Whose.
    pub account: AccountId,
    /// The address the provider last told; may be empty.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
}

/// Verbs on provider links.
pub trait ProviderLinkVerbs {
    /// By its key, in a realm.
    fn find_provider_link(&self, realm: &Realm, provider: &str, issuer: &str, subject: &str) -> Answer<'_, Option<ProviderLink>>;
    /// Adds one.
    fn insert_provider_link(&self, link: ProviderLink) -> Answer<'_, Insertion>;
    /// Notes a use, and the address that the provider told.
    fn touch_provider_link(&self, link: ProviderLink) -> Answer<'_, ()>;
    /// The account's links.
    fn list_provider_links(&self, account: AccountId) -> Answer<'_, Vec<ProviderLink>>;
    /// Removes the account's links to one provider; how many.
    fn delete_links_to_provider(&self, account: AccountId, provider: &str) -> Answer<'_, i64>;
    /// Removes all links of an account; how many.
    fn delete_provider_links(&self, account: AccountId) -> Answer<'_, i64>;
}
