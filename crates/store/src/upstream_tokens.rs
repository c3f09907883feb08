//! A provider's own tokens for a person, kept where an operator says so.

use chabi_token::Timestamp;

use crate::{Answer, account::AccountId};

/// What a provider gave at a sign-in. One row for each person there, however often they sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamTokens {
    /// Whose here.
    pub account: AccountId,
    /// Such as `google`.
    pub provider: String,
    /// As in the link.
    pub issuer: String,
    /// As in the link.
    pub subject: String,
    /// Sealed for `upstream_tokens` and the account.
    pub sealed_tokens: Vec<u8>,
    /// When the access token ends, if the provider said.
    pub expires_at: Option<Timestamp>,
    /// When they were given or refreshed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for UpstreamTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamTokens").field("account", &self.account).field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Whose tokens go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamTokensOf<'a> {
    /// All of an account.
    Account(AccountId),
    /// Those of an account at one provider.
    AccountAt(AccountId, &'a str),
    /// All of a provider.
    Provider(&'a str),
}

/// Verbs on the tokens of providers.
pub trait UpstreamTokensVerbs {
    /// Keeps them, in place of those of the same person there.
    fn put_upstream_tokens(&self, tokens: UpstreamTokens) -> Answer<'_, ()>;
    /// Keeps refreshed ones if those of `was` are still there: of two that refresh at once, one is heard.
    fn renew_upstream_tokens(&self, tokens: UpstreamTokens, was: Timestamp) -> Answer<'_, bool>;
    /// The account's tokens at a provider, the newest first: a person may have connected several of theirs there.
    fn list_upstream_tokens(&self, account: AccountId, provider: &str) -> Answer<'_, Vec<UpstreamTokens>>;
    /// So many of them, the newest first.
    fn list_upstream_tokens_of(&self, of: UpstreamTokensOf<'_>, limit: i64) -> Answer<'_, Vec<UpstreamTokens>>;
    /// Forgets them; how many.
    fn delete_upstream_tokens(&self, of: UpstreamTokensOf<'_>) -> Answer<'_, i64>;
}
