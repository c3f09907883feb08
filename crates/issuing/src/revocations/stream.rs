//! The change stream: a snapshot or what was missed, then every revocation as it comes, and a sign of life between (server-sent events,
//! HTML §9.2). A stream is a place in the log and costs nothing while it waits; it is as fast as its reader.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use chabi_token::{Seconds, StatusIndex, Timestamp};
use futures_util::stream;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

use super::{
    feed::Feed,
    log::{Entries, MOST_ENTRIES, event},
};

/// All streams of this node.
const MOST_STREAMS: usize = 1_024;
/// Of one client's network.
const MOST_OF_ONE: usize = 64;
const ALIVE_EVERY: Duration = Duration::from_secs(5);
/// What became visible late is sent again, so that any node can go on with another's stream.
const RESUME_OVERLAP: Seconds = Seconds::minutes(1);

/// Who listens, by network.
#[derive(Debug, Default)]
pub struct Listeners(Arc<Mutex<HashMap<String, usize>>>);

/// One place among the listeners; given back when dropped.
pub struct Seat {
    network: String,
    listeners: Arc<Mutex<HashMap<String, usize>>>,
}

impl Listeners {
    /// `None`: there are too many, altogether or of this network.
    pub fn sit_down(&self, network: Option<&str>) -> Option<Seat> {
        let network = network.unwrap_or_default().to_owned();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = all.values().sum();
        let of_one = all.get(&network).copied().unwrap_or_default();
        // without an address all are one: an embedding application counts by itself
        let most_of_one = if network.is_empty() { MOST_STREAMS } else { MOST_OF_ONE };
        if total >= MOST_STREAMS || of_one >= most_of_one {
            return None;
        }
        all.insert(network.clone(), of_one.saturating_add(1));
        Some(Seat { network, listeners: Arc::clone(&self.0) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(&self.network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                all.remove(&self.network);
            }
        }
    }
}

/// What comes next.
enum Phase {
    /// The set as it is, after this place; what is heard meanwhile follows from `log` on. `denied`: single tokens still to be told.
    Snapshot { after: Option<StatusIndex>, denied: Option<Vec<(Box<str>, Timestamp)>>, name: &'static str, log: u64, id: Timestamp },
    /// The log, from this number on.
    Log(u64),
}

struct Listening {
    feed: Arc<Feed>,
    phase: Phase,
    news: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    alive: tokio::time::Interval,
    _seat: Seat,
}

/// The body of the answer. `since`: the id of the last event that the client has.
pub fn body(feed: Arc<Feed>, since: Option<Timestamp>, seat: Seat, closing: watch::Receiver<bool>) -> Body {
    // the first sign of life comes right after what was missed, and says that this was all
    let mut alive = tokio::time::interval_at(Instant::now(), ALIVE_EVERY);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let resumed = since.and_then(|since| feed.read().log.resume(since - RESUME_OVERLAP));
    let phase = resumed.map_or_else(|| snapshot(&feed), Phase::Log);
    let listening = Listening { news: feed.news(), feed, phase, closing, alive, _seat: seat };
    Body::from_stream(stream::unfold(listening, |mut listening| async move {
        let bytes = listening.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), listening))
    }))
}

fn snapshot(feed: &Feed) -> Phase {
    let id = feed.fresh().unwrap_or_default();
    Phase::Snapshot { after: None, denied: None, name: "snapshot", log: feed.read().log.next(), id }
}

impl Listening {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            self.news.mark_unchanged();
            if let Some(event) = self.ready() {
                return Some(event);
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                // who could have told us is gone, and with it the process
                closing = self.closing.changed() => closing.ok()?,
                _ = self.alive.tick() => return Some(self.sign_of_life()),
            }
        }
    }

    /// What can be said without waiting.
    fn ready(&mut self) -> Option<Bytes> {
        if let Phase::Log(number) = &mut self.phase {
            let told = self.feed.read().log.get(*number);
            if let Some(event) = told {
                *number = number.saturating_add(u64::from(event.is_some()));
                return event;
            }
            // the reader is so slow that the log has gone on without it
            self.phase = snapshot(&self.feed);
        }
        Some(self.page())
    }

    /// One page of the snapshot. Only the last has an id: who goes away before it begins anew.
    fn page(&mut self) -> Bytes {
        let Phase::Snapshot { after, denied, name, log, id } = &mut self.phase else { return Bytes::new() };
        let known = self.feed.read();
        let some: Vec<_> = known.live.after(*after).take(MOST_ENTRIES).collect();
        *after = some.last().map(|(status, _)| *status).or(*after);
        let left = denied.get_or_insert_with(|| known.live.all_denied());
        let some_denied = left.split_off(left.len().saturating_sub(MOST_ENTRIES.saturating_sub(some.len())));
        let until = some.iter().map(|(_, until)| *until).chain(some_denied.iter().map(|(_, until)| *until)).max();
        let entries = Entries {
            statuses: some.iter().map(|(status, _)| *status).collect(),
            denied: some_denied.into_iter().map(|(jti, _)| jti).collect(),
            until: until.unwrap_or(*id),
            newest: *id,
        };
        let is_last = left.is_empty() && some.len() < MOST_ENTRIES;
        let bytes = event(name, is_last.then_some(*id), &entries);
        *name = "revoked";
        if is_last {
            self.phase = Phase::Log(*log);
        }
        bytes
    }

    fn sign_of_life(&self) -> Bytes {
        let fresh = self.feed.fresh().unwrap_or_default().0;
        // nothing of the log is left to tell: everything before `fresh` was told
        format!("id: {fresh}\nevent: alive\ndata: {{\"fresh\":{fresh}}}\n\n").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: dos.map
    #[test]
    fn so_many_listen_in_all_and_of_one_network_and_a_place_is_given_back() {
        let listeners = Listeners::default();
        let mut seats: Vec<_> = (0..MOST_OF_ONE).map(|_| listeners.sit_down(Some("one")).unwrap()).collect();
        assert!(listeners.sit_down(Some("one")).is_none());
        drop(seats.pop());
        seats.push(listeners.sit_down(Some("one")).unwrap());
        assert!(listeners.sit_down(Some("one")).is_none(), "one place was given back, and no more");
        for network in 1..MOST_STREAMS / MOST_OF_ONE {
            seats.extend((0..MOST_OF_ONE).map(|_| listeners.sit_down(Some(&network.to_string())).unwrap()));
        }
        assert_eq!(seats.len(), MOST_STREAMS);
        assert!(listeners.sit_down(Some("other")).is_none() && listeners.sit_down(None).is_none());
        seats.clear();
        assert_eq!(listeners.0.lock().unwrap().len(), 0, "nothing is kept of who is gone");
    }

    #[test]
    fn without_an_address_all_are_one_that_may_have_every_place() {
        let listeners = Listeners::default();
        let seats: Vec<_> = (0..MOST_STREAMS).filter_map(|_| listeners.sit_down(None)).collect();
        assert_eq!(seats.len(), MOST_STREAMS);
        assert!(listeners.sit_down(None).is_none());
    }
}
