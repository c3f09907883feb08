//! The Token Status Lists (draft-ietf-oauth-status-list-21), made of the set in memory when somebody asks, signed, and kept for as long
//! as their `ttl`.
//!
//! The lists from 0 to the one after the last reserved place exist; what nobody can have a token of is all zeros, and so is a list
//! whose tokens have all expired.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chabi_spec::Fault;
use chabi_token::{
    Seconds, SigningKey, Timestamp,
    status::list_uri,
    status_list::StatusList,
    status_list_token::{self, MEDIA_TYPE, StatusListTokenClaims},
};

use super::feed::Feed;
use crate::document::Document;

/// How long a copy may be kept.
const TTL: Seconds = Seconds(10);
const CACHE: &str = "public, max-age=10";
/// How long a list is to be believed when the store cannot be asked, nor we: no token made in the meantime is worth more.
const BELIEVED: Seconds = Seconds::hours(1);
/// So many are kept at the most; 100 KB when nothing was taken back.
const MOST_KEPT: usize = 256;

/// Lists that were asked for a moment ago, each as its issuer signs it.
#[derive(Default)]
pub(super) struct Lists(Mutex<HashMap<(Box<str>, i64), Kept>>);

struct Kept {
    document: Document,
    until: Timestamp,
}

/// The list of the lists.
const AGGREGATION: i64 = -1;

impl Lists {
    /// These have changed.
    pub(super) fn forget(&self, lists: impl Iterator<Item = i64>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lists: Vec<i64> = lists.chain([AGGREGATION]).collect();
        kept.retain(|(_, list), _| !lists.contains(list));
    }

    /// The one that is kept, or else a new one. Made under the lock: whoever changes a list forgets it afterwards, so that none made of
    /// the older set stays.
    fn get(&self, (issuer, list): (&str, i64), now: Timestamp, make: impl FnOnce() -> Result<Document, Fault>) -> Result<Document, Fault> {
        let key = (issuer.into(), list);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&key).filter(|found| now < found.until) {
            return Ok(found.document.clone());
        }
        let document = make()?;
        kept.retain(|_, other| now < other.until);
        if kept.len() < MOST_KEPT {
            kept.insert(key, Kept { document: document.clone(), until: now + TTL });
        }
        Ok(document)
    }
}

impl Feed {
    /// The Status List Token of a list (§5.1).
    ///
    /// # Errors
    /// Unavailable when the store could not be asked for so long that the list would not be believed; a fault of signing.
    pub fn list(&self, list: i64, issuer: &str, key: &SigningKey, now: Timestamp) -> Result<Document, Fault> {
        let known_at = self.fresh().filter(|fresh| now < *fresh + BELIEVED).ok_or_else(not_known)?;
        self.lists.get((issuer, list), now, || {
            let known = self.read();
            let claims = StatusListTokenClaims {
                sub: list_uri(issuer, list),
                // honest in an outage: a list is as old as what it is made of
                iat: known_at.as_seconds(),
                exp: Some((known_at + BELIEVED).as_seconds()),
                ttl: Some(TTL.0),
                status_list: StatusList::of(known.live.of_list(list)).claim(),
                denied_jti: known.live.denied_of_list(list).into_iter().map(str::to_owned).collect(),
            };
            Ok(Document::new(status_list_token::issue(&claims, key)?, MEDIA_TYPE).kept_by_others(CACHE))
        })
    }

    /// §9: the lists that tell of something at present. All the others are zeros.
    ///
    /// # Errors
    /// Unavailable before the first poll.
    pub fn aggregation(&self, issuer: &str, now: Timestamp) -> Result<Document, Fault> {
        self.fresh().ok_or_else(not_known)?;
        self.lists.get((issuer, AGGREGATION), now, || {
            let lists: Vec<String> = self.read().live.lists().into_iter().map(|list| list_uri(issuer, list)).collect();
            let json = serde_json::json!({ "status_lists": lists }).to_string();
            Ok(Document::new(json, "application/json").kept_by_others(CACHE))
        })
    }
}

fn not_known() -> Fault {
    Fault::unavailable("telling what was taken back: the store could not be asked")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_list_is_kept_for_its_ttl_and_no_longer() {
        let (lists, made) = (Lists::default(), Cell::new(0));
        let at = |second| {
            let make = || Ok(Document::new(format!("{}", made.replace(made.get() + 1)), MEDIA_TYPE));
            lists.get(("https://id.example", 7), Timestamp::from_seconds(second), make).unwrap();
            made.get()
        };
        assert_eq!([0, 9, 10, 19].map(at), [1, 1, 2, 2]);
        lists.forget([7].into_iter());
        assert_eq!(at(19), 3, "it has changed");
    }

    // req: dos.map
    #[test]
    fn so_many_lists_are_kept_and_those_that_are_over_make_room() {
        let lists = Lists::default();
        let get = |list, second| {
            lists.get(("https://id.example", list), Timestamp::from_seconds(second), || Ok(Document::new("", MEDIA_TYPE))).map(|_| ())
        };
        for list in 0..300 {
            get(list, 0).unwrap();
        }
        assert_eq!(lists.0.lock().unwrap().len(), MOST_KEPT);
        get(300, 10).unwrap();
        assert_eq!(lists.0.lock().unwrap().keys().map(|(_, list)| *list).collect::<Vec<_>>(), [300]);
    }
}
