//! Which applications that no operator made are used: those that are not go away by themselves.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chabi_store::{application::RegisteredClient, application_settings::RegisteredBy};
use chabi_token::Timestamp;

use crate::{respond::log_fault, server::Shared};

/// Beyond it, they are forgotten and written again.
const MOST_REMEMBERED: usize = 10_000;
const DAY: i64 = 86_400;

/// The day on which each was last written: one write a day is enough.
#[derive(Default)]
pub(crate) struct Usage(Mutex<HashMap<Box<str>, i64>>);

impl Usage {
    /// True when it was not yet written today.
    fn is_new_today(&self, client_id: &str, now: Timestamp) -> bool {
        let today = now.as_seconds().div_euclid(DAY);
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= MOST_REMEMBERED && !written.contains_key(client_id) {
            written.clear();
        }
        written.insert(client_id.into(), today) != Some(today)
    }
}

/// Takes note that an application gets a token. An operator's costs nothing.
pub(crate) async fn note_use(client: &RegisteredClient, shared: &Shared) {
    let now = shared.env.now();
    if client.settings.registered_by == RegisteredBy::Operator || !shared.usage.is_new_today(&client.client_id, now) {
        return;
    }
    let ends = now + shared.settings.registration.idle_lifetime;
    // a grant that is good does not fail by this; it is written with the next one
    if let Err(fault) = shared.store.touch_registration(&client.client_id, now, ends).await {
        log_fault(&fault);
        shared.usage.0.lock().unwrap_or_else(PoisonError::into_inner).remove(client.client_id.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_of_an_application_is_written_once_a_day() {
        let usage = Usage::default();
        let at = |seconds| Timestamp::from_seconds(seconds);
        assert!(usage.is_new_today("a", at(DAY)));
        assert!(!usage.is_new_today("a", at(DAY + 1)));
        assert!(usage.is_new_today("b", at(DAY + 1)));
        assert!(usage.is_new_today("a", at(2 * DAY)));
    }

    // req: dos.map
    #[test]
    fn the_memory_is_bounded() {
        let usage = Usage::default();
        for number in 0..MOST_REMEMBERED + 10 {
            usage.is_new_today(&number.to_string(), Timestamp(0));
        }
        assert!(usage.0.lock().unwrap().len() <= MOST_REMEMBERED);
    }
}
