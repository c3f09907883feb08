//! The providers' own tokens: kept only where an operator says so, sealed, and made to live on when somebody asks for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chabi_client::{ProviderTokens, UpstreamRefusal, VerifiedIdentity};
use chabi_spec::{Fault, SecretText};
use chabi_store::{account::AccountId, upstream_tokens::UpstreamTokens};
use chabi_token::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

use super::providers::OfferedProvider;
use crate::ResourceOwner;

/// What they are sealed for, in the row of (provider, issuer, subject).
const SEALED_FOR: &str = "upstream_tokens";
/// One that ends so soon would end on the way.
const SOON: Seconds = Seconds(60);

/// An access token for the provider's own API. Secret: never for a browser.
#[derive(Debug)]
pub struct UpstreamAccess {
    /// For calls.
    pub access_token: SecretText,
    /// When it ends, if the provider said.
    pub expires_at: Option<Timestamp>,
    /// What the person granted, if the provider said.
    pub scopes: Option<Vec<String>>,
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access_token: String,
    refresh_token: Option<String>,
    scopes: Option<Vec<String>>,
    /// To whom they may be shown; empty in what an older version kept.
    #[serde(default)]
    destination: String,
}

/// Sealed and kept, refreshes in this process one after the other for each person there.
#[derive(Debug, Default)]
pub struct Refreshing(Mutex<HashMap<[u8; 16], Arc<tokio::sync::Mutex<()>>>>);

impl Refreshing {
    fn of(&self, account: AccountId) -> Arc<tokio::sync::Mutex<()>> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|_, one| Arc::strong_count(one) > 1);
        Arc::clone(under_way.entry(*account.0.as_bytes()).or_default())
    }
}

/// The row to keep; `None` where nothing is to be kept. The account is filled in when it is known.
pub(super) fn to_keep(
    owner: &ResourceOwner,
    offered: &OfferedProvider,
    identity: &VerifiedIdentity,
    tokens: Option<&ProviderTokens>,
    account: AccountId,
) -> Result<Option<UpstreamTokens>, Fault> {
    let Some(tokens) = tokens.filter(|_| offered.keep_tokens) else { return Ok(None) };
    let row = UpstreamTokens {
        account,
        provider: identity.provider().to_owned(),
        issuer: identity.issuer().to_owned(),
        subject: identity.subject().to_owned(),
        sealed_tokens: Vec::new(),
        expires_at: tokens.expires_at,
        updated_at: owner.env.now(),
    };
    seal(owner, row, tokens, (None, offered)).map(Some)
}

impl ResourceOwner {
    /// An access token of this person's at a provider, refreshed if it is about to end; `None`: none is kept, it is not to be kept any
    /// more, or the provider takes its refresh token no more, and the person must sign in there again.
    ///
    /// # Errors
    /// The store's fault; an unavailable one when the provider cannot be reached.
    pub async fn upstream_token(&self, account: AccountId, provider: &str) -> Result<Option<UpstreamAccess>, Fault> {
        let offered = self.offered_provider(provider).await.filter(|offered| offered.keep_tokens);
        let Some(offered) = offered else { return Ok(None) };
        if let Some(fresh) = self.fresh(account, &offered).await? {
            return Ok(fresh);
        }
        let one_at_a_time = self.refreshing.of(account);
        let _turn = one_at_a_time.lock().await;
        // whoever came first has refreshed it
        match self.fresh(account, &offered).await? {
            Some(fresh) => Ok(fresh),
            None => self.refresh(&offered, account).await,
        }
    }

    /// `Some`: the answer, without asking the provider. `None`: it must be asked.
    async fn fresh(&self, account: AccountId, offered: &OfferedProvider) -> Result<Option<Option<UpstreamAccess>>, Fault> {
        let Some(row) = self.newest_tokens(account, &offered.provider.id).await? else { return Ok(Some(None)) };
        let kept = open(self, &row)?;
        // given by another than the one that is there now: it would be shown to a stranger
        if !kept.is_for(offered) {
            return Ok(Some(None));
        }
        let ends_soon = row.expires_at.is_some_and(|end| end <= self.env.now() + SOON);
        Ok(if ends_soon { None } else { Some(Some(access(kept, row.expires_at))) })
    }

    async fn newest_tokens(&self, account: AccountId, provider: &str) -> Result<Option<UpstreamTokens>, Fault> {
        Ok(self.store.list_upstream_tokens(account, provider).await?.into_iter().next())
    }

    async fn refresh(&self, offered: &Arc<OfferedProvider>, account: AccountId) -> Result<Option<UpstreamAccess>, Fault> {
        let provider = &offered.provider;
        let Some(row) = self.newest_tokens(account, &provider.id).await? else { return Ok(None) };
        let kept = open(self, &row)?;
        let Some(refresh_token) = kept.refresh_token.clone().filter(|_| kept.is_for(offered)) else { return Ok(None) };
        match self.upstream.refresh(provider, &refresh_token, &self.env).await {
            Ok(tokens) => {
                let was = row.updated_at;
                let renewed = UpstreamTokens { expires_at: tokens.expires_at, updated_at: self.env.now().max(was + Seconds(1)), ..row };
                let renewed = seal(self, renewed, &tokens, (Some(refresh_token), offered))?;
                if self.store.renew_upstream_tokens(renewed.clone(), was).await? {
                    return Ok(Some(access(open(self, &renewed)?, renewed.expires_at)));
                }
                // another node was faster; or it was forgotten meanwhile, and what came in its place goes after it
                if self.newest_tokens(account, &provider.id).await?.is_none() {
                    to_give_back(self, &renewed, offered)?.into_iter().for_each(|token| self.give_one(offered, token));
                }
                self.fresh(account, offered).await.map(Option::flatten)
            }
            Err(UpstreamRefusal::Down { .. }) => Err(Fault::unavailable("refreshing a provider's token: it does not answer")),
            Err(refusal) => {
                // another node may have used the refresh token: what it got counts
                let now_kept = self.newest_tokens(account, &provider.id).await?;
                if now_kept.is_some_and(|newer| newer.updated_at != row.updated_at) {
                    return self.fresh(account, offered).await.map(Option::flatten);
                }
                tracing::info!(provider = %provider.id, %refusal, "a provider's token could not be refreshed");
                Ok(None)
            }
        }
    }
}

impl Kept {
    fn is_for(&self, offered: &OfferedProvider) -> bool {
        self.destination.is_empty() || self.destination == offered.destination
    }
}

fn access(kept: Kept, expires_at: Option<Timestamp>) -> UpstreamAccess {
    UpstreamAccess { access_token: SecretText::new(kept.access_token), expires_at, scopes: kept.scopes }
}

/// `before`: the refresh token that goes on where the answer has none (RFC 6749 §6).
fn seal(
    owner: &ResourceOwner,
    row: UpstreamTokens,
    tokens: &ProviderTokens,
    (before, offered): (Option<String>, &OfferedProvider),
) -> Result<UpstreamTokens, Fault> {
    let kept = Kept {
        access_token: tokens.access_token.expose().to_owned(),
        refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()).or(before),
        scopes: tokens.scopes.clone(),
        destination: offered.destination.clone(),
    };
    let plain = serde_json::to_vec(&kept).map_err(|error| Fault::internal("keeping a provider's tokens").because(error))?;
    let sealed_tokens = owner.client_secrets.seal(SEALED_FOR, &place(&row), &plain, &owner.env)?;
    Ok(UpstreamTokens { sealed_tokens, ..row })
}

fn open(owner: &ResourceOwner, row: &UpstreamTokens) -> Result<Kept, Fault> {
    let plain = owner.client_secrets.open(SEALED_FOR, &place(row), &row.sealed_tokens)?;
    serde_json::from_slice(&plain).map_err(|error| Fault::internal("reading a provider's tokens").because(error))
}

/// The token with which a provider takes back a whole grant: the refresh token (RFC 7009 §2.1), where there is one. `None`: another than
/// the one that is asked gave it, and it would be shown to a stranger.
pub(super) fn to_give_back(owner: &ResourceOwner, row: &UpstreamTokens, offered: &OfferedProvider) -> Result<Option<SecretText>, Fault> {
    let kept = open(owner, row)?;
    let is_theirs = kept.is_for(offered);
    Ok(is_theirs.then(|| SecretText::new(kept.refresh_token.unwrap_or(kept.access_token))))
}

/// What was sealed for one person there opens for nobody else.
fn place(row: &UpstreamTokens) -> String {
    super::upstream_key(&row.provider, &row.issuer, &row.subject)
}
