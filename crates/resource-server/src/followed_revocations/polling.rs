//! Status lists, asked for one by one: for an issuer without a stream, and while the stream is broken.

use std::collections::HashMap;

use chabi_token::{Seconds, StatusList, Timestamp, TokenError, jws, status_list_token};

use super::{Shared, connection::FetchedList, known::PolledList};
use crate::fetched_keys::download::Trouble;

/// Lists of tokens that were seen lately. Ours have 131,072 tokens each.
const MOST_LISTS: usize = 64;
/// A list is asked for as long as one of its tokens was seen in this time.
const SEEN_LATELY: Seconds = Seconds::minutes(10);
/// Where a list has no `ttl`, and the bounds of what it may say.
const USUAL_TTL: Seconds = Seconds(60);
const SHORTEST_TTL: Seconds = Seconds(5);
const LONGEST_TTL: Seconds = Seconds::hours(1);
/// After a failure.
const RETRY: Seconds = Seconds(5);

/// The lists that are wanted.
#[derive(Default)]
pub(super) struct Wanted(HashMap<String, List>);

struct List {
    seen_at: Timestamp,
    due_at: Timestamp,
    /// Of the copy that we have.
    kept: Kept,
}

/// How a list was answered.
#[derive(Clone, Default)]
struct Kept {
    etag: Option<String>,
    ttl: Option<i64>,
}

impl Wanted {
    /// A token of this list came.
    pub(super) fn note(&mut self, uri: &str, now: Timestamp) {
        if let Some(list) = self.0.get_mut(uri) {
            list.seen_at = now;
            return;
        }
        if self.0.len() >= MOST_LISTS {
            self.0.retain(|_, list| now < list.seen_at + SEEN_LATELY);
        }
        if self.0.len() < MOST_LISTS {
            self.0.insert(uri.to_owned(), List { seen_at: now, due_at: now, kept: Kept::default() });
        }
    }

    fn due(&mut self, now: Timestamp) -> Vec<(String, Kept)> {
        self.0.retain(|_, list| now < list.seen_at + SEEN_LATELY);
        self.0.iter().filter(|(_, list)| now >= list.due_at).map(|(uri, list)| (uri.clone(), list.kept.clone())).collect()
    }

    fn fetched(&mut self, uri: &str, due_at: Timestamp, kept: Kept) {
        if let Some(list) = self.0.get_mut(uri) {
            list.due_at = due_at;
            list.kept = kept;
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Shared {
    /// Fetches the lists whose time has come.
    pub(super) async fn poll_lists(&self) {
        let due = self.wanted().due(self.env.now());
        for (uri, kept) in due {
            let kept = if self.read(|known| known.has_list(&uri)) { kept } else { Kept::default() };
            let outcome = self.poll_list(&uri, kept).await;
            let now = self.env.now();
            match outcome {
                Ok(kept) => self.wanted().fetched(&uri, now + self.between_polls(kept.ttl), kept),
                Err(trouble) => {
                    tracing::warn!(uri, %trouble, "a status list could not be had");
                    self.wanted().fetched(&uri, now + RETRY, Kept::default());
                }
            }
            self.changed();
        }
        let wanted: std::collections::HashSet<String> = self.wanted().0.keys().cloned().collect();
        self.write(|known| known.keep_lists(|uri| wanted.contains(uri)));
    }

    async fn poll_list(&self, uri: &str, kept: Kept) -> Result<Kept, Trouble> {
        let malformed = |error: String| Trouble::Malformed(error);
        let url = self.connection.is_of_issuer(uri).ok_or_else(|| malformed("the list is of another origin".to_owned()))?;
        let asked_at = self.env.now();
        match self.connection.list(&url, kept.etag.as_deref()).await? {
            FetchedList::Unchanged => {
                self.write(|known| known.list_is_unchanged(uri, asked_at));
                Ok(kept)
            }
            FetchedList::New { text, etag } => {
                let claims = self.verify_list(text.trim(), uri).await.map_err(|error| malformed(error.to_string()))?;
                let list = StatusList::parse(&claims.status_list).map_err(|error| malformed(error.to_string()))?;
                let ttl = claims.ttl;
                self.write(|known| known.put_list(uri, PolledList::new(list, claims, asked_at)));
                Ok(Kept { etag, ttl })
            }
        }
    }

    async fn verify_list(&self, text: &str, uri: &str) -> Result<chabi_token::StatusListTokenClaims, jws::TokenError> {
        let keys = self.keys.keys().await.map_err(|_| TokenError::UnknownKey)?;
        match status_list_token::verify(text, keys.set(), uri, self.env.now()) {
            Err(TokenError::UnknownKey) => {
                let newer = self.keys.newer_than(&keys).await.ok_or(TokenError::UnknownKey)?;
                status_list_token::verify(text, newer.set(), uri, self.env.now())
            }
            verified => verified,
        }
    }

    /// As the list says, within reason; and twice within the time for which old knowledge is good.
    fn between_polls(&self, ttl: Option<i64>) -> Seconds {
        let ttl = ttl.map_or(USUAL_TTL, Seconds).clamp(SHORTEST_TTL, LONGEST_TTL);
        self.limit.map_or(ttl, |limit| ttl.min(Seconds((limit.0 / 2).max(1))))
    }
}
