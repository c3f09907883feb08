//! What may be presented once.

use chabi_store::{Answer, replay::ReplayVerbs};
use chabi_token::Timestamp;

use crate::{Execute, Sql};

// The key decides: of those that insert it at once, one changes a row.
const USE: &str = "INSERT INTO replays (expires_at, hash) VALUES ($1, $2) ON CONFLICT (expires_at, hash) DO NOTHING";

pub(super) const STATEMENTS: &[&str] = &[USE];

impl<E: Execute> ReplayVerbs for Sql<E> {
    fn use_once(&self, hash: [u8; 32], expires_at: Timestamp, now: Timestamp) -> Answer<'_, bool> {
        if expires_at <= now {
            // its row may be gone already
            return Box::pin(async { Ok(false) });
        }
        self.touched(USE, vec![expires_at.into(), hash.into()])
    }
}
