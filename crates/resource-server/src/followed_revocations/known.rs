//! What is known of revocations, in memory.

use std::collections::{HashMap, HashSet};

use chabi_token::{Seconds, StatusIndex, StatusList, StatusListTokenClaims, Timestamp, VerifiedAccessToken};
use serde::Deserialize;

use crate::Standing;

/// Entries altogether; some 100 bytes each. Whoever takes back more at once than that is not followed further.
const MOST_ENTRIES: usize = 1_000_000;
/// However long the issuer wants them kept: no access token lives as long.
const LONGEST_KEPT: Seconds = Seconds::days(1);
/// Between two looks for what may be forgotten.
const BETWEEN_SWEEPS: Seconds = Seconds(30);
/// How far the issuer's clock and ours may differ.
const CLOCKS: Seconds = Seconds::minutes(1);

/// `data` of `snapshot` and `revoked`.
#[derive(Debug, Deserialize)]
pub(super) struct TakenBack {
    #[serde(default)]
    lists: HashMap<i64, Vec<i64>>,
    #[serde(default)]
    jti: Vec<Box<str>>,
    /// Seconds since 1970 from which on no token that is meant lives.
    until: i64,
}

/// `data` of `alive`: everything that was taken back before this moment (microseconds since 1970) was told.
#[derive(Debug, Deserialize)]
pub(super) struct Alive {
    fresh: i64,
}

/// A list as it was fetched.
pub(super) struct PolledList {
    list: StatusList,
    denied: HashSet<String>,
    fetched_at: Timestamp,
}

impl PolledList {
    pub(super) fn new(list: StatusList, claims: StatusListTokenClaims, fetched_at: Timestamp) -> Self {
        Self { list, denied: claims.denied_jti.into_iter().collect(), fetched_at }
    }
}

/// All of it.
#[derive(Default)]
pub(super) struct Known {
    indexes: HashMap<StatusIndex, Timestamp>,
    jtis: HashMap<Box<str>, Timestamp>,
    lists: HashMap<String, PolledList>,
    /// When following began, and then up to when the stream has told everything; by our clock.
    fresh_at: Option<Timestamp>,
    /// The newest `fresh` that came, by the issuer's clock.
    issuer_fresh: i64,
    swept_at: Timestamp,
}

/// More than a million.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("more was taken back than can be remembered")]
pub(super) struct TooMany;

impl Known {
    /// From here on knowledge grows old.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.fresh_at.get_or_insert(now);
    }

    /// `limit`: how old knowledge may be; `None` for any age.
    pub(super) fn standing(&self, token: &VerifiedAccessToken, limit: Option<Seconds>, now: Timestamp) -> Standing {
        let reference = token.claims().status.as_ref().and_then(|status| status.status_list.as_ref());
        let polled = reference.and_then(|reference| Some((self.lists.get(&reference.uri)?, reference.idx)));
        let is_in_list = |(polled, index): (&PolledList, i64)| {
            // Token Status List §8.3: a place that the list does not have is no good place
            polled.list.status(index) != Some(0) || polled.denied.contains(token.jti())
        };
        if self.jtis.contains_key(token.jti())
            || token.status().is_some_and(|index| self.indexes.contains_key(&index))
            || polled.is_some_and(is_in_list)
        {
            return Standing::Revoked;
        }
        let known_at = polled.map(|(polled, _)| polled.fetched_at).max(self.fresh_at);
        match (limit, known_at) {
            (Some(limit), Some(known_at)) if now > known_at + limit => Standing::Unknown,
            // following has not begun: it does with the first token
            _ => Standing::Good,
        }
    }

    /// What was taken back stays so: applying it twice, late or out of order changes nothing. A snapshot is applied likewise, so that
    /// nothing is forgotten between its pages.
    pub(super) fn apply(&mut self, taken_back: TakenBack, now: Timestamp) -> Result<(), TooMany> {
        self.sweep(now);
        let until = Timestamp::from_seconds(taken_back.until).min(now + LONGEST_KEPT);
        if until <= now {
            return Ok(());
        }
        let places = taken_back.lists.into_iter().flat_map(|(list, positions)| positions.into_iter().map(move |position| (list, position)));
        for (list, position) in places {
            if let Some(index) = StatusIndex::at(list, position) {
                let kept = self.indexes.entry(index).or_insert(until);
                *kept = until.max(*kept);
            }
        }
        for jti in taken_back.jti {
            let kept = self.jtis.entry(jti).or_insert(until);
            *kept = until.max(*kept);
        }
        if self.indexes.len() + self.jtis.len() > MOST_ENTRIES { Err(TooMany) } else { Ok(()) }
    }

    /// The stream has told everything. Only a moment that moves proves that the issuer itself still knows.
    pub(super) fn alive(&mut self, alive: &Alive, now: Timestamp) {
        if alive.fresh > self.issuer_fresh {
            self.issuer_fresh = alive.fresh;
            self.fresh_at = self.fresh_at.max(Some(now.min(Timestamp(alive.fresh) + CLOCKS)));
            // the stream has all that they say
            self.lists.clear();
        }
        self.sweep(now);
    }

    pub(super) fn put_list(&mut self, uri: &str, list: PolledList) {
        self.lists.insert(uri.to_owned(), list);
    }

    /// Fetched again, and still the same.
    pub(super) fn list_is_unchanged(&mut self, uri: &str, now: Timestamp) {
        if let Some(list) = self.lists.get_mut(uri) {
            list.fetched_at = now;
        }
    }

    /// Lists that are not among these are forgotten.
    pub(super) fn keep_lists(&mut self, wanted: impl Fn(&str) -> bool) {
        self.lists.retain(|uri, _| wanted(uri));
    }

    pub(super) fn has_list(&self, uri: &str) -> bool {
        self.lists.contains_key(uri)
    }

    fn sweep(&mut self, now: Timestamp) {
        if now < self.swept_at + BETWEEN_SWEEPS {
            return;
        }
        self.swept_at = now;
        self.indexes.retain(|_, until| *until > now);
        self.jtis.retain(|_, until| *until > now);
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.indexes.len() + self.jtis.len()
    }
}
