//! The set of what was taken back and may still be met.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    ops::Bound,
};

use chabi_store::revocation::{DeniedToken, RevokedStatus};
use chabi_token::{StatusIndex, Timestamp, status::LIST_LENGTH};

use super::{MARGIN, over_at};

/// So many entries are looked at in one go, to forget those that are over.
const SWEPT_AT_ONCE: usize = 10_000;
/// The list of tokens that name none.
const NO_LIST: i64 = -1;

/// By place, so that a list is a range; some 30 bytes an entry.
#[derive(Default)]
pub(super) struct Live {
    /// With the moment from which on nobody need know.
    statuses: BTreeMap<StatusIndex, Timestamp>,
    /// Single tokens, by list and `jti`.
    denied: BTreeMap<i64, HashMap<Box<str>, Timestamp>>,
    /// Where forgetting goes on.
    swept: Option<StatusIndex>,
}

impl Live {
    /// True when it was not known.
    pub(super) fn add(&mut self, revoked: &RevokedStatus, now: Timestamp) -> bool {
        let until = over_at(revoked.revoked_at);
        match self.statuses.entry(revoked.status) {
            Entry::Vacant(place) if now < until => {
                place.insert(until);
                true
            }
            _ => false,
        }
    }

    /// True when it was not known.
    pub(super) fn deny(&mut self, token: &DeniedToken) -> bool {
        let list = self.denied.entry(token.status.map_or(NO_LIST, StatusIndex::list)).or_default();
        !list.contains_key(token.jti.as_str()) && list.insert(token.jti.as_str().into(), token.expires_at + MARGIN).is_none()
    }

    pub(super) fn is_revoked(&self, status: Option<StatusIndex>, jti: &str) -> bool {
        let of_place = status.is_some_and(|status| self.statuses.contains_key(&status));
        of_place || self.denied.get(&status.map_or(NO_LIST, StatusIndex::list)).is_some_and(|list| list.contains_key(jti))
    }

    /// The positions of a list that are revoked.
    pub(super) fn of_list(&self, list: i64) -> impl Iterator<Item = i64> + '_ {
        let first = list.saturating_mul(LIST_LENGTH);
        let places = StatusIndex(first)..StatusIndex(first.saturating_add(LIST_LENGTH));
        self.statuses.range(places).map(|(status, _)| status.position())
    }

    /// The single tokens of a list that are denied.
    pub(super) fn denied_of_list(&self, list: i64) -> Vec<&str> {
        let mut denied: Vec<&str> = self.denied.get(&list).into_iter().flatten().map(|(jti, _)| &**jti).collect();
        denied.sort_unstable();
        denied
    }

    /// The lists that tell of anything.
    pub(super) fn lists(&self) -> Vec<i64> {
        let mut lists: Vec<i64> = self.denied.keys().copied().filter(|list| *list != NO_LIST).collect();
        let mut next = self.statuses.keys().next().copied();
        while let Some(found) = next {
            lists.push(found.list());
            let after = StatusIndex(found.list().saturating_add(1).saturating_mul(LIST_LENGTH));
            next = self.statuses.range(after..).next().map(|(status, _)| *status);
        }
        lists.sort_unstable();
        lists.dedup();
        lists
    }

    /// Entries after a place, in order.
    pub(super) fn after(&self, place: Option<StatusIndex>) -> impl Iterator<Item = (StatusIndex, Timestamp)> + '_ {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.statuses.range((from, Bound::Unbounded)).map(|(status, until)| (*status, *until))
    }

    /// All single tokens that are denied.
    pub(super) fn all_denied(&self) -> Vec<(Box<str>, Timestamp)> {
        self.denied.values().flatten().map(|(jti, until)| (jti.clone(), *until)).collect()
    }

    /// Forgets some of what is over: a few at a time, since everybody waits meanwhile.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let looked_at: Vec<_> = self.after(self.swept).take(SWEPT_AT_ONCE).collect();
        self.swept = if looked_at.len() < SWEPT_AT_ONCE { None } else { looked_at.last().map(|(status, _)| *status) };
        for (status, _) in looked_at.into_iter().filter(|(_, until)| *until <= now) {
            self.statuses.remove(&status);
        }
        self.denied.retain(|_, list| {
            list.retain(|_, until| now < *until);
            !list.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revoked(second: i64, status: i64) -> RevokedStatus {
        RevokedStatus { revoked_at: Timestamp::from_seconds(second), status: StatusIndex(status) }
    }

    // req: dos.map
    #[test]
    fn what_is_over_is_forgotten_a_part_at_a_time() {
        let (mut live, now) = (Live::default(), Timestamp::from_seconds(0));
        for place in 0..25_000 {
            assert!(live.add(&revoked(place % 2 * 1_000, place), now));
            assert!(!live.add(&revoked(0, place), now), "known");
        }
        let later = over_at(Timestamp::from_seconds(0));
        assert!(!live.add(&revoked(0, 99_999), later), "nobody need know any more");
        for _ in 0..3 {
            live.sweep(later);
        }
        assert_eq!(live.statuses.len(), 12_500);
        live.sweep(over_at(Timestamp::from_seconds(1_000)));
        assert_eq!(live.statuses.len(), 2_500);
    }

    #[test]
    fn a_single_token_is_denied_at_its_list_by_its_name_until_it_has_expired_for_everybody() {
        let (mut live, expires_at) = (Live::default(), Timestamp::from_seconds(300));
        let token = |status: Option<i64>, jti: &str| DeniedToken {
            jti: jti.into(),
            status: status.map(StatusIndex),
            denied_at: Timestamp::from_seconds(0),
            expires_at,
        };
        assert!(live.deny(&token(Some(5), "one")) && live.deny(&token(None, "two")));
        assert!(!live.deny(&token(Some(6), "one")), "the same list, known");
        assert!(live.is_revoked(Some(StatusIndex(9)), "one") && live.is_revoked(None, "two"));
        assert!(!live.is_revoked(Some(StatusIndex(LIST_LENGTH)), "one") && !live.is_revoked(None, "one"));
        assert!(!live.is_revoked(Some(StatusIndex(5)), "three"), "the place is good, and what else has it");
        live.sweep(expires_at + MARGIN - chabi_token::Seconds(1));
        assert!(live.is_revoked(None, "two"), "clocks differ");
        live.sweep(expires_at + MARGIN);
        assert!(!live.is_revoked(None, "two") && live.denied.is_empty());
    }

    #[test]
    fn lists_are_those_with_an_entry() {
        let mut live = Live::default();
        for place in [0, 5, LIST_LENGTH - 1, 7 * LIST_LENGTH, 9 * LIST_LENGTH + 3] {
            live.add(&revoked(0, place), Timestamp(0));
        }
        assert_eq!(live.lists(), [0, 7, 9]);
        assert_eq!(live.of_list(0).collect::<Vec<_>>(), [0, 5, LIST_LENGTH - 1]);
        assert_eq!(live.of_list(8).count(), 0);
    }
}
