//! A provider's tokens that are kept no more are given back where the provider has a place for that (RFC 7009).
//!
//! They are forgotten in the transaction that wants it so, whoever wants it: the person, an operator, somebody who proves that an account
//! is theirs. What becomes of them at the provider is its affair, comes after that, and keeps nobody waiting.

use std::{sync::Arc, time::Duration};

use chabi_client::{Provider, UpstreamRefusal};
use chabi_spec::{Fault, SecretText};
use chabi_store::{
    Verbs,
    social_application::SocialApplication,
    upstream_tokens::{UpstreamTokens, UpstreamTokensOf},
};

use super::{kept_tokens, providers::OfferedProvider};
use crate::ResourceOwner;

/// So many of one social application that is removed are given back, the newest first; the others end by themselves.
const MOST: i64 = 10_000;
/// How long a provider that is down is left alone before each further try. When all have failed, the rest is not tried.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(40)];

/// What was kept of people at providers until it was forgotten.
#[derive(Debug, Default)]
#[must_use]
pub struct ToGiveBack {
    rows: Vec<UpstreamTokens>,
    /// As they were when the tokens were forgotten: those of another site, and one that is removed or leads elsewhere now, too.
    applications: Vec<SocialApplication>,
}

/// Forgets tokens, and reads them before, with the social applications that they are of: so it comes before those are changed. For use
/// inside a transaction.
///
/// # Errors
/// The store's fault.
pub async fn forget_tokens(verbs: &dyn Verbs, of: UpstreamTokensOf<'_>) -> Result<ToGiveBack, Fault> {
    let rows = verbs.list_upstream_tokens_of(of, MOST).await?;
    let mut applications: Vec<SocialApplication> = Vec::new();
    for row in &rows {
        if !applications.iter().any(|application| application.id == row.provider) {
            applications.extend(verbs.find_social_application(&row.provider).await?);
        }
    }
    verbs.delete_upstream_tokens(of).await?;
    Ok(ToGiveBack { rows, applications })
}

impl ResourceOwner {
    /// Gives them back, beside whatever goes on: that we hold them no more does not hang on whether the provider answers.
    pub fn give_back(&self, forgotten: ToGiveBack) {
        if forgotten.rows.is_empty() {
            return;
        }
        let owner = self.clone();
        tokio::spawn(async move {
            for application in &forgotten.applications {
                match owner.providers.make(application) {
                    Ok(offered) => {
                        let rows = forgotten.rows.iter().filter(|row| row.provider == application.id);
                        // one that another secret sealed is lost to us anyway
                        let tokens: Vec<SecretText> =
                            rows.filter_map(|row| kept_tokens::to_give_back(&owner, row, &offered).ok().flatten()).collect();
                        owner.give_all_back(&offered.provider, tokens).await;
                    }
                    Err(why) => tracing::info!(provider = %application.id, %why, "a provider's tokens could not be given back"),
                }
            }
        });
    }

    /// One that is kept nowhere.
    pub(super) fn give_one(&self, offered: &Arc<OfferedProvider>, token: SecretText) {
        let (owner, offered) = (self.clone(), Arc::clone(offered));
        tokio::spawn(async move { owner.give_all_back(&offered.provider, vec![token]).await });
    }

    async fn give_all_back(&self, provider: &Provider, tokens: Vec<SecretText>) {
        for (given, token) in tokens.iter().enumerate() {
            if let Err(refusal) = self.give_one_back(provider, token).await {
                let left = tokens.len().saturating_sub(given);
                tracing::info!(provider = %provider.id, %refusal, left, "a provider's token could not be given back");
                if is_down(&refusal) {
                    return;
                }
            }
        }
    }

    async fn give_one_back(&self, provider: &Provider, token: &SecretText) -> Result<(), UpstreamRefusal> {
        let mut waits = AGAIN_AFTER.into_iter();
        loop {
            // RFC 7009 §2.1: nobody has use for it now
            match self.upstream.revoke(provider, token.expose(), &self.env).await {
                // RFC 7009 §2.2.1: it still counts as good there, and is to be tried again
                Err(refusal) if is_down(&refusal) => match waits.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(refusal),
                },
                outcome => return outcome.map(drop),
            }
        }
    }
}

fn is_down(refusal: &UpstreamRefusal) -> bool {
    matches!(refusal, UpstreamRefusal::Down { .. })
}
