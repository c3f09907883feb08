//! A provider's tokens that are kept no more are given back where the provider has a place for that (RFC 7009).

use std::sync::Arc;

use chabi_spec::{Fault, SecretText};
use chabi_store::account::AccountId;

use super::{kept_tokens, providers::OfferedProvider};
use crate::ResourceOwner;

/// What was kept of a person at a provider when they were disconnected.
#[derive(Debug)]
pub struct ToGiveBack {
    offered: Arc<OfferedProvider>,
    /// One of each grant: the refresh token, with which a provider takes back all that came of it, or else the access token.
    tokens: Vec<SecretText>,
}

impl ResourceOwner {
    /// What is kept of this person at a provider: to be read before it is forgotten, and given back after that. Nothing, where nothing is kept
    /// or the provider is not known here any more.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn tokens_to_give_back(&self, account: AccountId, provider: &str) -> Result<Option<ToGiveBack>, Fault> {
        let rows = self.store.list_upstream_tokens(account, provider).await?;
        let all = if rows.is_empty() { return Ok(None) } else { self.providers.all(&self.store, &self.env).await };
        let Some(offered) = all.iter().find(|offered| offered.provider.id == provider).cloned() else { return Ok(None) };
        // one that another secret sealed is lost to us anyway, and keeps nobody from disconnecting
        let tokens: Vec<_> = rows.iter().filter_map(|row| kept_tokens::to_give_back(self, row).ok()).collect();
        Ok(Some(ToGiveBack { offered, tokens }))
    }

    /// Gives them back, beside whatever goes on: that we hold them no more does not hang on whether the provider answers.
    pub fn give_back(&self, given: Option<ToGiveBack>) {
        let Some(ToGiveBack { offered, tokens }) = given else { return };
        let owner = self.clone();
        tokio::spawn(async move {
            for token in tokens {
                // RFC 7009 §2.1: nobody has use for them now
                if let Err(refusal) = owner.upstream.revoke(&offered.provider, token.expose(), &owner.env).await {
                    tracing::info!(provider = %offered.provider.id, %refusal, "a provider's token could not be given back");
                }
            }
        });
    }
}
