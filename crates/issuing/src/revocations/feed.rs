//! Follows the log of revocations in the store.
//!
//! Rows become visible late, by as much as their transaction took. So what was read before is read again: the last two seconds each time,
//! the last minute each five seconds, all that may still be met each five minutes. Adding what is known changes nothing.

use std::{
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chabi_spec::Fault;
use chabi_store::{
    Store,
    revocation::{DeniedToken, RevokedStatus},
};
use chabi_token::{Env, Seconds, StatusIndex, Timestamp, VerifiedAccessToken};
use tokio::sync::{Mutex, Notify, watch};

use super::{
    MARGIN,
    lists::Lists,
    live::Live,
    log::{Entries, Log, MOST_ENTRIES},
    over_at,
};
use crate::LONGEST_ACCESS_TOKEN;

const EVERY: Duration = Duration::from_millis(200);
/// After a revocation by this very process; several at once are read together.
const SOON: Duration = Duration::from_millis(5);
const OVERLAP: Seconds = Seconds(2);
const WIDE_OVERLAP: Seconds = Seconds::minutes(1);
const WIDE_EVERY: Seconds = Seconds(5);
const ALL_EVERY: Seconds = Seconds::minutes(5);
/// Rows of one statement: those of one event.
const PAGE: i64 = 1_000;
/// Of one poll, so that a million revocations at once leave the store to others too.
const MOST_PAGES: usize = 10;

/// What was taken back, in memory: only what may still be met. [`Feed::watch`] keeps it up to date.
pub struct Feed {
    store: Store,
    env: Env,
    pub(super) known: RwLock<Known>,
    pub(super) lists: Lists,
    place: Mutex<Place>,
    /// When the last poll began after which nothing was left to read; `i64::MIN` before the first.
    fresh: AtomicI64,
    news: watch::Sender<()>,
    soon: Notify,
}

#[derive(Default)]
pub(super) struct Known {
    pub live: Live,
    pub log: Log,
}

/// How far it has read.
struct Place {
    /// The last row in the order of time.
    tail: RevokedStatus,
    /// A second reading that is not at its end yet.
    walk: Option<RevokedStatus>,
    wide_at: Timestamp,
    all_at: Timestamp,
}

/// Before every row of this moment.
fn just_before(moment: Timestamp) -> RevokedStatus {
    RevokedStatus { revoked_at: moment, status: StatusIndex(i64::MIN) }
}

impl Place {
    /// Since when everything is to be read again, now that the last reading is at its end.
    fn begin(&mut self, now: Timestamp, fresh: Timestamp) -> Timestamp {
        let passed = |since: Timestamp, span: Seconds| !(Seconds(0)..span).contains(&now.since(since));
        if passed(self.all_at, ALL_EVERY) {
            (self.all_at, self.wide_at) = (now, now);
            return now - LONGEST_ACCESS_TOKEN - MARGIN;
        }
        let wide = passed(self.wide_at, WIDE_EVERY);
        let since = if wide { self.wide_at.min(fresh) - WIDE_OVERLAP } else { fresh - OVERLAP };
        if wide {
            self.wide_at = now;
        }
        since
    }
}

impl Feed {
    /// Without anything known yet: it must be followed, by [`Feed::watch`].
    #[must_use]
    pub fn new(store: Store, env: Env) -> Arc<Self> {
        let never = Timestamp(i64::MIN);
        Arc::new(Self {
            store,
            env,
            known: RwLock::default(),
            lists: Lists::default(),
            place: Mutex::new(Place { tail: just_before(never), walk: None, wide_at: never, all_at: never }),
            fresh: AtomicI64::new(never.0),
            news: watch::Sender::new(()),
            soon: Notify::new(),
        })
    }

    /// Polls for ever: to be spawned. Faults are logged once an outage, and [`Feed::fresh`] tells how old the knowledge is.
    pub async fn watch(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let outcome = self.refresh().await;
            match &outcome {
                Ok(()) if failing => tracing::info!("revocations are followed again"),
                Err(fault) if !failing => {
                    tracing::error!(%fault, "revocations cannot be followed; trying again, and APIs are told how old the last ones are");
                }
                _ => {}
            }
            failing = outcome.is_err();
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.soon.notified() => tokio::time::sleep(SOON).await,
            }
        }
    }

    /// To be called after a revocation by this process: it is told of at once.
    pub fn soon(&self) {
        self.soon.notify_one();
    }

    /// One poll.
    ///
    /// # Errors
    /// A fault of the store: what is known stays.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let mut place = self.place.lock().await;
        let now = self.env.now();
        let fresh = self.fresh();
        let recent = fresh.unwrap_or(now - LONGEST_ACCESS_TOKEN - MARGIN) - OVERLAP;
        let (from, since) = match place.walk {
            Some(walk) => (walk, recent),
            None => {
                let since = place.begin(now, fresh.unwrap_or(now));
                (just_before(since), since)
            }
        };
        let (page, denied) = tokio::join!(self.store.list_revoked_statuses(from, PAGE), self.store.list_denied_tokens(since, now));
        let (page, denied) = (page?, denied?);
        let mut is_last = self.learn(&page, &denied, &mut place, now);
        place.walk = if is_last { None } else { page.last().copied() };
        // a crowd of old rows is read again page by page; what is new is read all the same
        for _ in 1..MOST_PAGES {
            if is_last {
                break;
            }
            let page = self.store.list_revoked_statuses(place.tail, PAGE).await?;
            is_last = self.learn(&page, &[], &mut place, now);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.live.sweep(now);
        if is_last {
            if fresh.is_none() {
                known.log.begin(now + OVERLAP);
            }
            self.fresh.store(now.0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Adds rows; true when no more are to be had.
    fn learn(&self, page: &[RevokedStatus], denied: &[DeniedToken], place: &mut Place, now: Timestamp) -> bool {
        if let Some(last) = page.last() {
            place.tail = place.tail.max(*last);
        }
        let id = place.tail.revoked_at;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&RevokedStatus> = page.iter().filter(|revoked| known.live.add(revoked, now)).collect();
        let new_denied: Vec<&DeniedToken> = denied.iter().filter(|token| known.live.deny(token)).collect();
        for some in new.chunks(MOST_ENTRIES) {
            let newest = some.iter().map(|revoked| revoked.revoked_at).max().unwrap_or_default();
            let statuses = some.iter().map(|revoked| revoked.status).collect();
            known.log.push(&Entries { statuses, denied: Vec::new(), until: over_at(newest), newest }, id, now);
        }
        for some in new_denied.chunks(MOST_ENTRIES) {
            let until = some.iter().map(|token| token.expires_at).max().unwrap_or_default() + MARGIN;
            let newest = some.iter().map(|token| token.denied_at).max().unwrap_or_default();
            let denied = some.iter().map(|token| token.jti.as_str().into()).collect();
            known.log.push(&Entries { statuses: Vec::new(), denied, until, newest }, id.max(newest), now);
        }
        drop(known);
        if !(new.is_empty() && new_denied.is_empty()) {
            let places = new.iter().map(|revoked| revoked.status).chain(new_denied.iter().filter_map(|token| token.status));
            self.lists.forget(places.map(StatusIndex::list));
            self.news.send_replace(());
        }
        i64::try_from(page.len()).unwrap_or(PAGE) < PAGE
    }

    /// True when the token was taken back, as far as this node knows: asks the memory alone.
    #[must_use]
    pub fn is_revoked(&self, token: &VerifiedAccessToken) -> bool {
        self.read().live.is_revoked(token.status(), token.jti())
    }

    /// Everything that was taken back before this moment is known, save what becomes visible late; `None` before the first poll.
    #[must_use]
    pub fn fresh(&self) -> Option<Timestamp> {
        Some(Timestamp(self.fresh.load(Ordering::Relaxed))).filter(|fresh| fresh.0 != i64::MIN)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when something is told.
    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

#[cfg(test)]
mod tests;
