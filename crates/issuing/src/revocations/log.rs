//! The last revocations in the order in which this node heard of them, written as events once for all streams.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
};

use bytes::Bytes;
use chabi_token::{Seconds, StatusIndex, Timestamp};
use serde::Serialize;

/// An event has no more entries.
pub(super) const MOST_ENTRIES: usize = 1_000;
/// Streams go on from no further back; who was away for longer gets a snapshot.
const REMEMBERED: Seconds = Seconds::minutes(10);
/// Nor are there more events than this: some 10 MB when all are full.
const MOST_EVENTS: usize = 1_024;

/// What was taken back, as one event.
#[derive(Default)]
pub(super) struct Entries {
    pub statuses: Vec<StatusIndex>,
    pub denied: Vec<Box<str>>,
    /// From then on nobody need know of any of them.
    pub until: Timestamp,
    /// The latest of the moments when they were taken back.
    pub newest: Timestamp,
}

/// The body of an event.
#[derive(Serialize)]
struct Data<'a> {
    lists: BTreeMap<i64, Vec<i64>>,
    jti: &'a [Box<str>],
    until: i64,
}

/// An event of server-sent events (HTML §9.2).
pub(super) fn event(name: &str, id: Option<Timestamp>, entries: &Entries) -> Bytes {
    let mut lists: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for status in &entries.statuses {
        lists.entry(status.list()).or_default().push(status.position());
    }
    // rounded up: who forgets at that second forgets nothing too early
    let data = Data { lists, jti: &entries.denied, until: entries.until.as_seconds().saturating_add(1) };
    let data = serde_json::to_string(&data).unwrap_or_default();
    let mut text = String::with_capacity(data.len() + 64);
    if let Some(id) = id {
        let _ = writeln!(text, "id: {}", id.0);
    }
    let _ = write!(text, "event: {name}\ndata: {data}\n\n");
    text.into()
}

struct Told {
    event: Bytes,
    newest: Timestamp,
    heard_at: Timestamp,
}

/// Numbered events, the oldest forgotten.
pub(super) struct Log {
    events: VecDeque<Told>,
    /// The number of the first event that is still there.
    first: u64,
    /// Everything that was taken back at this moment or later is in `events`.
    complete_since: Timestamp,
}

impl Default for Log {
    fn default() -> Self {
        Self { events: VecDeque::new(), first: 0, complete_since: Timestamp(i64::MAX) }
    }
}

impl Log {
    /// What came before is known, and not told of: from now on it is.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.complete_since = now;
    }

    /// The number that the next event will have.
    pub(super) fn next(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.events.len()).unwrap_or(u64::MAX))
    }

    pub(super) fn push(&mut self, entries: &Entries, id: Timestamp, now: Timestamp) {
        if self.complete_since == Timestamp(i64::MAX) {
            return;
        }
        self.events.push_back(Told { event: event("revoked", Some(id), entries), newest: entries.newest, heard_at: now });
        while self.events.len() > MOST_EVENTS || self.events.front().is_some_and(|told| told.heard_at + REMEMBERED < now) {
            let Some(forgotten) = self.events.pop_front() else { break };
            self.first = self.first.saturating_add(1);
            self.complete_since = self.complete_since.max(Timestamp(forgotten.newest.0.saturating_add(1)));
        }
    }

    /// Where a stream goes on that knows what was taken back before `since`; `None`: it is too long ago.
    pub(super) fn resume(&self, since: Timestamp) -> Option<u64> {
        let complete = self.complete_since <= since;
        let skipped = self.events.iter().take_while(|told| told.newest < since).count();
        complete.then(|| self.first.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX)))
    }

    /// An event by its number, if it is there already; `None` when it was forgotten: then only a snapshot helps.
    pub(super) fn get(&self, number: u64) -> Option<Option<Bytes>> {
        let place = number.checked_sub(self.first)?;
        let told = usize::try_from(place).ok().and_then(|place| self.events.get(place));
        Some(told.map(|told| told.event.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    /// What was taken back in that second.
    fn entries(second: i64) -> Entries {
        Entries { statuses: vec![StatusIndex(second)], denied: Vec::new(), until: at(second + 1), newest: at(second) }
    }

    // req: dos.map
    #[test]
    fn so_many_events_are_kept_for_so_long_and_who_needs_one_that_was_forgotten_is_told_all() {
        let (mut log, most) = (Log::default(), i64::try_from(MOST_EVENTS).unwrap());
        log.begin(at(0));
        for second in 0..=most {
            log.push(&entries(second), at(second), at(0));
        }
        assert_eq!((log.events.len(), log.next()), (MOST_EVENTS, 1 + u64::try_from(most).unwrap()));
        assert!(log.get(0).is_none() && log.get(1).is_some_and(|event| event.is_some()));
        assert!(log.get(log.next()).is_some_and(|event| event.is_none()), "still to come");
        assert_eq!((log.resume(at(0)), log.resume(at(1))), (None, Some(1)));
        log.push(&entries(5_000), at(5_000), at(0) + REMEMBERED);
        assert_eq!(log.events.len(), MOST_EVENTS, "ten minutes are not over");
        log.push(&entries(5_001), at(5_001), at(1) + REMEMBERED);
        assert_eq!((log.events.len(), log.resume(at(most)), log.resume(at(5_000))), (2, None, Some(log.first)));
    }

    #[test]
    fn before_it_has_begun_nothing_is_kept_and_nobody_goes_on() {
        let mut log = Log::default();
        log.push(&entries(1), at(1), at(1));
        assert_eq!((log.events.len(), log.resume(at(1))), (0, None));
    }

    #[test]
    fn who_forgets_at_the_second_that_an_event_names_forgets_nothing_too_early() {
        let until = Timestamp(1_500_000);
        let bytes = event("revoked", None, &Entries { until, ..entries(0) });
        assert!(String::from_utf8(bytes.to_vec()).unwrap().contains("\"until\":2}"));
    }
}
