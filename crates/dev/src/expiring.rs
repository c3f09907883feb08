//! What a fake provider remembers for a while: codes and tokens, by their text, with an end and an upper bound on how many.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chabi_token::{Env, Seconds, Timestamp};

/// At most so many at a time; the one that ends first makes room.
const MOST: usize = 2_000;

/// Values by their unguessable text.
pub(crate) struct Expiring<T> {
    lifetime: Seconds,
    entries: Mutex<HashMap<String, (Timestamp, T)>>,
}

impl<T: Clone> Expiring<T> {
    /// Nothing remembered yet.
    pub(crate) fn new(lifetime: Seconds) -> Self {
        Self { lifetime, entries: Mutex::default() }
    }

    /// How long each lives.
    pub(crate) fn lifetime(&self) -> Seconds {
        self.lifetime
    }

    /// Keeps a value, and gives its new text, which begins with `prefix`.
    pub(crate) fn keep(&self, prefix: &str, value: T, env: &Env) -> String {
        let text = format!("{prefix}{}", random_text(env));
        let now = env.now();
        let mut entries = self.lock();
        entries.retain(|_, (end, _)| *end > now);
        if entries.len() >= MOST
            && let Some(first) = entries.iter().min_by_key(|(_, (end, _))| *end).map(|(text, _)| text.clone())
        {
            entries.remove(&first);
        }
        entries.insert(text.clone(), (now + self.lifetime, value));
        text
    }

    /// Looks without spending.
    pub(crate) fn find(&self, text: &str, env: &Env) -> Option<T> {
        let now = env.now();
        self.lock().get(text).filter(|(end, _)| *end > now).map(|(_, value)| value.clone())
    }

    /// Spends: only the first caller gets true.
    pub(crate) fn spend(&self, text: &str) -> bool {
        self.lock().remove(text).is_some()
    }

    /// Leaves room for one more among those for which the rule says so: at the most `most` with it. The oldest go.
    pub(crate) fn make_room(&self, most: usize, rule: impl Fn(&T) -> bool) {
        let mut entries = self.lock();
        let mut theirs: Vec<(Timestamp, String)> =
            entries.iter().filter(|(_, (_, value))| rule(value)).map(|(text, (end, _))| (*end, text.clone())).collect();
        theirs.sort();
        let too_many = (theirs.len() + 1).saturating_sub(most);
        for (_, text) in theirs.into_iter().take(too_many) {
            entries.remove(&text);
        }
    }

    /// Forgets all for which the rule says so.
    pub(crate) fn forget(&self, rule: impl Fn(&T) -> bool) {
        self.lock().retain(|_, (_, value)| !rule(value));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, T)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 32 random bytes as base64url.
pub(crate) fn random_text(env: &Env) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(env.random::<32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_spent_once_and_ends_by_itself() {
        let env = Env::system();
        let codes = Expiring::new(Seconds(60));
        let text = codes.keep("p/", 7, &env);
        assert_eq!(codes.find(&text, &env), Some(7));
        assert!(codes.spend(&text));
        assert!(!codes.spend(&text));
        let ended = Expiring::new(Seconds(0));
        let text = ended.keep("", 7, &env);
        assert_eq!(ended.find(&text, &env), None);
    }
}
